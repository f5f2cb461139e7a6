"""The pages of a service manager: own firms, what they ask, and who wants to speak for them."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.desk import only, user_of
from accounts.models import User
from accounts.roles import Role
from districts.models import Division
from enterprises import asking, matching, pushing, speaking
from enterprises.errors import EnterpriseError
from enterprises.forms import VisitForm
from enterprises.models import Firm, FirmRequest, ManagerChange, Representative
from incidents.errors import IncidentError
from incidents.lifecycle import OPEN

A_PAGE = 30
MANAGERS = frozenset({Role.SERVICE_MANAGER})
DECIDING = MANAGERS | {Role.ADMINISTRATOR}
VERDICTS = {"approve": True, "refuse": False}


@require_GET
@never_cache
@only(MANAGERS)
def home(request: HttpRequest) -> HttpResponse:
    """Open requests, then the firms; `?q=` a name or credit code, `?division=` a code."""
    user = user_of(request)
    open_ones = FirmRequest.objects.visible_to(user).filter(report__incident__status__in=OPEN)
    context = {
        "firms": Paginator(chosen(request), A_PAGE).get_page(request.GET.get("page")),
        "requests": speaking.with_unread(open_ones.for_pages()).order_by("contacted_at", "pk")[
            :A_PAGE
        ],
        "unread": pushing.unread_of(user),
        "handed_on": handed_on(user),
        "claims": Representative.objects.judged_by(user).filter(state="claimed").count(),
        "q": request.GET.get("q", ""),
        "division": request.GET.get("division", ""),
        "now": timezone.now(),
    }
    return render(request, "enterprises/manager.html", context)


def handed_on(user: User) -> QuerySet[ManagerChange]:
    """Whose firms went to somebody else lately, and why; without the way to them."""
    lately = timezone.now() - timedelta(days=30)
    found = ManagerChange.objects.filter(before__user=user, at__gte=lately)
    return found.select_related("firm")[:A_PAGE]


def chosen(request: HttpRequest) -> QuerySet[Firm]:
    """Own firms, as far as they are looked for."""
    found = Firm.objects.visible_to(user_of(request)).active()
    found = found.search(request.GET.get("q", "").replace("\0", "")[:120])
    if code := request.GET.get("division", "").replace("\0", ""):
        division = Division.objects.filter(code=code).first()
        found = found.within(division) if division else found.none()
    is_open = Q(requests__report__incident__status__in=OPEN)
    counted = found.annotate(waiting=Count("requests", filter=is_open))
    return counted.select_related("division").order_by("-waiting", "pk")


def own_firm(request: HttpRequest, code: str) -> Firm:
    seen = Firm.objects.visible_to(user_of(request)).select_related("division")
    return get_object_or_404(seen, code=code)


@require_GET
@never_cache
@only(MANAGERS)
def firm(request: HttpRequest, code: str) -> HttpResponse:
    return firm_page(request, own_firm(request, code), VisitForm())


def firm_page(
    request: HttpRequest, found: Firm, form: VisitForm, status: int = 200
) -> HttpResponse:
    context = {
        "firm": found,
        "form": form,
        "requests": found.requests.for_pages()[:A_PAGE],
        "visits": found.visits.select_related("manager__user", "request__report")[:A_PAGE],
        "changes": found.manager_changes.select_related("before__user", "after__user")[:A_PAGE],
        "unread": found.notices.filter(read_at=None).count(),
        "speakers": found.representatives.filter(state="approved").select_related("user"),
    }
    return render(request, "enterprises/manager_firm.html", context, status=status)


@require_POST
@never_cache
@only(MANAGERS)
def visit(request: HttpRequest, code: str) -> HttpResponse:
    """A visit that no request was the reason of."""
    found, form = own_firm(request, code), VisitForm(request.POST)
    if form.is_valid():
        asking.visited(found, user_of(request), **form.cleaned_data)
        messages.success(request, _("Written down."))
        return redirect("manager-firm", code)
    return firm_page(request, found, form, status=400)


@require_GET
@never_cache
@only(MANAGERS)
def policies(request: HttpRequest, code: str) -> HttpResponse:
    found = own_firm(request, code)
    context = {"firm": found, "matches": matching.matches(found), "back": "manager-firm"}
    return render(request, "enterprises/policies.html", context)


def own_request(request: HttpRequest, number: str) -> FirmRequest:
    seen = FirmRequest.objects.visible_to(user_of(request)).for_pages()
    found = seen.filter(report__number=number).select_related(
        "report__incident__lead_unit", "usefulness", "need"
    )
    return get_object_or_404(found)


@require_GET
@never_cache
@only(MANAGERS)
def one(request: HttpRequest, number: str) -> HttpResponse:
    found = own_request(request, number)
    speaking.read(found)
    return request_page(request, found, VisitForm())


def request_page(
    request: HttpRequest, found: FirmRequest, form: VisitForm, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "asked": found,
        "incident": found.report.incident,
        "visits": found.visits.select_related("manager__user"),
        "written": found.messages.select_related("author"),
        "form": form,
        "now": timezone.now(),
    }
    return render(request, "enterprises/manager_request.html", context, status=status)


@require_POST
@never_cache
@only(MANAGERS)
def contact(request: HttpRequest, number: str) -> HttpResponse:
    """The manager talked to the firm about this request."""
    found, form = own_request(request, number), VisitForm(request.POST)
    if form.is_valid():
        asking.visited(found.firm, user_of(request), request=found, **form.cleaned_data)
        messages.success(request, _("Written down."))
        return redirect("manager-request", number)
    return request_page(request, found, form, status=400)


@require_GET
@never_cache
@only(DECIDING)
def claims(request: HttpRequest) -> HttpResponse:
    """Who wants to speak for a firm, and who does."""
    waiting = Representative.objects.judged_by(user_of(request)).filter(state="claimed")
    found = waiting.select_related("user", "firm__division").order_by("pk")
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    approved = Representative.objects.judged_by(user_of(request)).approved()
    known = approved.select_related("user", "firm").order_by("-pk")
    speakers = Paginator(known, A_PAGE).get_page(request.GET.get("speakers"))
    context = {"claims": page, "speakers": speakers}
    return render(request, "enterprises/claims.html", context)


@require_POST
@never_cache
@only(DECIDING)
def judge(request: HttpRequest, claim_id: int, verdict: str) -> HttpResponse:
    if verdict not in VERDICTS:
        raise Http404
    try:
        asking.judge(claim_id, user_of(request), approve=VERDICTS[verdict])
        messages.success(request, _("Done."))
    except Representative.DoesNotExist:
        raise Http404 from None
    except (EnterpriseError, IncidentError) as error:
        messages.error(request, str(error))
    return redirect("manager-claims")
