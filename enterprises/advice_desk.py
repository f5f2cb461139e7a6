"""The pages of legal affairs: the firm's form, the adviser's desk `/advice/`, the documents."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.desk import only, user_of
from enterprises import advising, asking, documents
from enterprises.errors import EnterpriseError
from enterprises.firm_desk import FIRMS
from enterprises.forms import AnswerForm, LegalForm
from enterprises.manager_desk import MANAGERS
from enterprises.models import Advice, Document
from incidents.errors import IncidentError, KeyReused, Refused, SealedAway
from incidents.showing import INERT
from incidents.uploads import is_cut

A_PAGE = 30


@require_http_methods(["GET", "POST"])
@never_cache
@only(FIRMS)
def ask(request: HttpRequest) -> HttpResponse:
    firm = asking.spoken_for(user_of(request))
    if firm is None:
        return redirect("firm")
    form = LegalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            filed = advising.ask(
                firm,
                form.cleaned_data["speciality"],
                form.cleaned_data["text"],
                form.cleaned_data["phone"],
                user_of(request),
                uploads_of(request),
                str(form.cleaned_data["key"]),
            )
            messages.success(request, _("Your request is filed."))
            return redirect("firm-request", filed.report.number)
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        except KeyReused:
            form.add_error(None, _("This was filed already. Open the page anew for another."))
    status = 400 if request.method == "POST" else 200
    context = {"form": form, "firm": firm, "title": _("Ask a legal adviser"), "files": True}
    return render(request, "enterprises/ask.html", context, status=status)


def uploads_of(request: HttpRequest) -> list[Any]:
    if is_cut(request):
        raise Refused("documents", _("The connection broke while it was sent; send it again."))
    return request.FILES.getlist("documents")


@require_GET
@never_cache
@only(MANAGERS)
def home(request: HttpRequest) -> HttpResponse:
    """What this adviser has in hand, then what was answered. Nothing for who is no adviser."""
    seen = Advice.objects.visible_to(user_of(request)).for_pages()
    answered = seen.exclude(answered_at=None).order_by("-answered_at")
    context = {
        "open": seen.filter(answered_at=None).order_by("contacted_at", "contact_due_at", "pk"),
        "answered": Paginator(answered, A_PAGE).get_page(request.GET.get("page")),
        "adviser": getattr(user_of(request), "adviser", None),
        "now": timezone.now(),
    }
    return render(request, "enterprises/advice.html", context)


def in_hand(request: HttpRequest, number: str) -> Advice:
    seen = Advice.objects.visible_to(user_of(request)).for_pages()
    return get_object_or_404(seen, request__report__number=number)


@require_GET
@never_cache
@only(MANAGERS)
def one(request: HttpRequest, number: str) -> HttpResponse:
    return advice_page(request, in_hand(request, number), AnswerForm())


def advice_page(
    request: HttpRequest, found: Advice, form: AnswerForm, status: int = 200
) -> HttpResponse:
    context = {
        "advice": found,
        "asked": found.request,
        "documents": found.documents.all(),
        "form": form,
        "now": timezone.now(),
    }
    return render(request, "enterprises/advice_one.html", context, status=status)


@require_POST
@never_cache
@only(MANAGERS)
def contact(request: HttpRequest, number: str) -> HttpResponse:
    """The first contact is written down; later ones change nothing."""
    try:
        advising.contacted(in_hand(request, number).pk, user_of(request))
        messages.success(request, _("Written down."))
    except IncidentError as error:
        messages.error(request, str(error))
    return redirect("advice-one", number)


@require_POST
@never_cache
@only(MANAGERS)
def answer(request: HttpRequest, number: str) -> HttpResponse:
    found, form = in_hand(request, number), AnswerForm(request.POST)
    if form.is_valid():
        try:
            advising.answer(found.pk, user_of(request), form.cleaned_data["answer"])
            messages.success(request, _("Answered; the firm reads it on its page."))
            return redirect("advice-one", number)
        except (EnterpriseError, IncidentError) as error:
            form.add_error(None, str(error))
    return advice_page(request, found, form, status=400)


@require_GET
@never_cache
@only(FIRMS | MANAGERS)
def document(request: HttpRequest, number: str, uid: UUID) -> HttpResponse:
    """For the firm and the adviser in charge alone: as it came, to be saved and not shown."""
    seen = Advice.objects.visible_to(user_of(request))
    found = get_object_or_404(
        Document, uid=uid, advice__in=seen, advice__request__report__number=number
    )
    try:
        content = documents.opened(found)
    except (OSError, SealedAway):
        raise Http404 from None
    # Not the type it is of: a browser that will not save it shall not know what to do with it.
    answer = HttpResponse(content, content_type="application/octet-stream", headers=INERT)
    answer["Content-Disposition"] = content_disposition_header(True, found.name) or "attachment"
    return answer
