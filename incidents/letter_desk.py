"""Letters that could not be filed by themselves, one of them, and what a person does with it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.desk import only, page_of, user_of
from accounts.roles import ANSWERING
from incidents import letter_filing, letter_scoring, letters, mail_intake
from incidents.errors import IncidentError, Refused, SealedAway
from incidents.intake import NewReport
from incidents.models import Category, Channel, Kind, Letter
from incidents.operator_ends import Wrong
from incidents.sealing import masked_name, masked_phone
from incidents.serializers import ReportIn
from incidents.suggest import suggest

SHOWN = 50
# Of a letter that cannot be read, so much is shown as it came.
EXCERPT = 4000
REPORTED = frozenset(ReportIn().fields) - {"position", "datum", "accuracy_m", "same_as"}
Act = Callable[[HttpRequest, Letter], str]


@dataclass(frozen=True, slots=True)
class Line:
    """A letter in the list: who wrote is masked."""

    letter: Letter
    sender: str
    subject: str


@require_GET
@never_cache
@only(ANSWERING)
def letter_list(request: HttpRequest) -> HttpResponse:
    """What waits for a person, oldest first; `?state=` any other state, newest first."""
    state, page = request.GET.get("state", ""), page_of(request)
    seen = Letter.objects.visible_to(user_of(request)).select_related("report")
    if state in Letter.State.values:
        found = seen.filter(state=state).order_by("-id")
    else:
        state, found = "", seen.filter(state__in=Letter.WAITING).order_by("id")
    rows = list(found[(page - 1) * SHOWN : page * SHOWN + 1])
    context = {
        "lines": [line_of(letter) for letter in rows[:SHOWN]],
        "more": len(rows) > SHOWN,
        "page": page,
        "state": state,
        "states": Letter.State.choices,
    }
    return render(request, "incidents/letters.html", context)


def line_of(letter: Letter) -> Line:
    try:
        head = mail_intake.head_of(letter)
    except SealedAway:
        return Line(letter, "", "")
    return Line(letter, sender_of(head), head.subject)


def sender_of(head: mail_intake.Head) -> str:
    """Masked; of a message the gateway is named as well."""
    if head.gateway:
        phone = head.sender.removeprefix("tel:")
        shown = masked_phone(phone) if phone != head.sender else masked_name(phone[-6:])
        return f"{shown} ({head.gateway})"
    return masked(head.name, head.email or head.envelope or "")


def masked(name: str, email: str) -> str:
    """`王** w***@example.cn`: enough to tell two writers apart."""
    local, at, host = email.partition("@")
    return f"{masked_name(name)} {local[:1]}***{at}{host}".strip() if email else masked_name(name)


@require_GET
@never_cache
@only(ANSWERING)
def letter(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One letter, and the three forms."""
    return shown(request, found(request, uid))


def found(request: HttpRequest, uid: UUID) -> Letter:
    seen = Letter.objects.visible_to(user_of(request))
    return get_object_or_404(seen.select_related("report__incident", "done_by"), uid=uid)


def shown(
    request: HttpRequest,
    it: Letter,
    errors: dict[str, list[str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "line": line_of(it),
        "letter": it,
        "open": it.state in letter_filing.OPEN_TO,
        "errors": errors or {},
        "given": request.POST,
        "kinds": Kind.choices,
    } | words_in(it)
    if context["open"]:
        context["categories"] = Category.objects.in_use()
        context["suggestions"] = suggest(context["text"].lower())
    return render(request, "incidents/letter.html", context, status=status)


def words_in(it: Letter) -> dict[str, Any]:
    """What it says; of what cannot be read the beginning as it came."""
    try:
        head = mail_intake.head_of(it)
        raw = mail_intake.raw_of(it, head)
    except (SealedAway, OSError):
        return {"text": "", "away": True}
    try:
        read = mail_intake.read(it, raw, head)
    except letters.Unreadable:
        return {"text": "", "excerpt": letters.clean(letters.decoded(raw[:EXCERPT], ""))}
    return {"text": letter_scoring.words_of(read), "read": read}


# --- What is done ---------------------------------------------------------------------------------


@require_POST
@only(ANSWERING)
def file(request: HttpRequest, uid: UUID) -> HttpResponse:
    """File it as a report."""
    return acted(request, uid, filed)


@require_POST
@only(ANSWERING)
def add(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Add it to the report with this `number`."""
    return acted(request, uid, added)


@require_POST
@only(ANSWERING)
def aside(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Put it aside, with a `reason`."""
    return acted(request, uid, put_aside)


def acted(request: HttpRequest, uid: UUID, act: Act) -> HttpResponse:
    """Take one way; what is wrong is said beside its field."""
    it = found(request, uid)
    try:
        told = act(request, it)
    except Wrong as error:
        return shown(request, it, error.errors, 400)
    except Refused as error:
        return shown(request, it, {error.field: [str(error.message)]}, error.status)
    except SealedAway:
        return shown(request, it, {"all": [_("This letter cannot be opened.")]}, 503)
    except IncidentError as error:
        it.refresh_from_db()
        return shown(request, it, {"all": [str(error)]}, 409)
    except OSError:
        text = _("The letter cannot be fetched at the moment. Please try again soon.")
        return shown(request, it, {"all": [text]}, 503)
    messages.success(request, told)
    return redirect("letters")


def filed(request: HttpRequest, it: Letter) -> str:
    new = report_of(request, Channel(it.channel))
    report = letter_filing.file(it, user_of(request), new)
    return _("Filed with the number %(number)s.") % {"number": report.number}


def report_of(request: HttpRequest, channel: Channel) -> NewReport:
    """The checked report of the form; raises Wrong, every field named."""
    given = {name: request.POST[name] for name in REPORTED if request.POST.get(name)}
    fields = ReportIn(data=given)
    if not fields.is_valid():
        raise Wrong({name: [str(text) for text in texts] for name, texts in fields.errors.items()})
    new = fields.new_report(channel)
    return replace(new, urgent=request.POST.get("urgent") == "true")


def added(request: HttpRequest, it: Letter) -> str:
    report = letter_filing.add(it, user_of(request), request.POST.get("number", ""))
    return _("Added to the report %(number)s.") % {"number": report.number}


def put_aside(request: HttpRequest, it: Letter) -> str:
    letter_filing.put_aside(it, user_of(request), request.POST.get("reason", ""))
    return _("Put aside.")
