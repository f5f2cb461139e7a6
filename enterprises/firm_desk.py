"""The pages of a firm's representative: own firm, own requests, and nothing else."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.desk import only, user_of
from accounts.roles import Role
from dispatch.dossier import units_near
from enterprises import asking, matching, pushing
from enterprises.errors import EnterpriseError
from enterprises.forms import AskForm, ClaimForm, UsefulForm
from enterprises.models import FirmRequest, Representative
from incidents.errors import KeyReused, Refused
from incidents.models import Incident

A_PAGE = 20
FIRMS = frozenset({Role.FIRM})


@require_GET
@never_cache
@only(FIRMS)
def home(request: HttpRequest) -> HttpResponse:
    """The firm and its requests; before the claim is approved, how it stands, or a form for it."""
    firm = asking.spoken_for(user_of(request))
    if firm is None:
        return render(request, "enterprises/claim.html", claim_page(request, ClaimForm()))
    found = FirmRequest.objects.filter(firm=firm).for_pages()
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    visits = firm.visits.filter(request=None).select_related("manager__user")[:5]
    context = {
        "firm": firm,
        "requests": page,
        "visits": visits,
        "news": pushing.news(firm)[:A_PAGE],
        "changes": firm.manager_changes.select_related("before__user", "after__user")[:5],
    }
    return render(request, "enterprises/firm.html", context)


def claim_page(request: HttpRequest, form: ClaimForm) -> dict[str, Any]:
    last = Representative.objects.filter(user=user_of(request)).select_related("firm").last()
    return {"form": form, "last": last}


@require_POST
@never_cache
@only(FIRMS)
def claim(request: HttpRequest) -> HttpResponse:
    form = ClaimForm(request.POST)
    if form.is_valid():
        try:
            asking.claim(user_of(request), **form.cleaned_data)
            messages.success(request, _("Sent. The firm's service manager decides on it."))
            return redirect("firm")
        except Refused as error:
            form.add_error(error.field, str(error.message))
        except EnterpriseError as error:
            form.add_error(None, str(error))
    return render(request, "enterprises/claim.html", claim_page(request, form), status=400)


@require_http_methods(["GET", "POST"])
@never_cache
@only(FIRMS)
def ask(request: HttpRequest) -> HttpResponse:
    firm = asking.spoken_for(user_of(request))
    if firm is None:
        return redirect("firm")
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            given = form.cleaned_data | {"key": str(form.cleaned_data["key"])}
            filed = asking.ask(firm, user=user_of(request), **given)
            messages.success(request, _("Your request is filed."))
            return redirect("firm-request", filed.report.number)
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        except KeyReused:
            form.add_error(None, _("This was filed already. Open the page anew for another."))
    status = 400 if request.method == "POST" else 200
    context = {"form": form, "firm": firm, "units": units_near(Incident(division=firm.division))}
    return render(request, "enterprises/ask.html", context, status=status)


def own_request(request: HttpRequest, number: str) -> FirmRequest:
    seen = FirmRequest.objects.visible_to(user_of(request)).for_pages()
    found = (
        seen.filter(report__number=number)
        .select_related("usefulness", "need", "advice__adviser__user")
        .first()
    )
    if found is None:
        raise Http404
    return found


def request_page(found: FirmRequest, form: UsefulForm | None = None) -> dict[str, Any]:
    said = getattr(found, "usefulness", None)
    given = {"useful": "yes" if said.useful else "no", "level": said.level} if said else {}
    advice = getattr(found, "advice", None)
    return {
        "advice": advice,
        "documents": advice.documents.all() if advice else [],
        "now": timezone.now(),
        "asked": found,
        "incident": found.report.incident,
        "visits": found.visits.select_related("manager__user"),
        "written": found.messages.select_related("author"),
        "is_over": found.report.incident.status in asking.OVER,
        "said": said,
        "form": form or UsefulForm(initial=given),
    }


@require_GET
@never_cache
@only(FIRMS)
def one(request: HttpRequest, number: str) -> HttpResponse:
    found = own_request(request, number)
    return render(request, "enterprises/firm_request.html", request_page(found))


@require_POST
@never_cache
@only(FIRMS)
def useful(request: HttpRequest, number: str) -> HttpResponse:
    """Whether it was of use, once it is closed."""
    found, form = own_request(request, number), UsefulForm(request.POST)
    if form.is_valid():
        try:
            asking.rate(found, **form.cleaned_data)
            messages.success(request, _("Thank you."))
            return redirect("firm-request", number)
        except EnterpriseError as error:
            form.add_error(None, str(error))
    context = request_page(found, form)
    return render(request, "enterprises/firm_request.html", context, status=400)


@require_GET
@never_cache
@only(FIRMS)
def policies(request: HttpRequest) -> HttpResponse:
    firm = asking.spoken_for(user_of(request))
    if firm is None:
        return redirect("firm")
    new = set(pushing.news(firm).values_list("policy", flat=True))
    context = {"firm": firm, "matches": matching.matches(firm), "back": "firm", "new": new}
    pushing.read(firm)
    return render(request, "enterprises/policies.html", context)
