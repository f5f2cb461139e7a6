"""How a contact ends: answered, filed, handed on, refused, to be called again; and the slip."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.desk import only, user_of
from accounts.roles import ANSWERING
from incidents import contacts, desk_filing
from incidents.errors import IncidentError, KeyReused, NotAllowedNow, Refused
from incidents.intake import NewReport
from incidents.models import Channel, Contact, Incident, Kind, KnowledgeItem, KnowledgeVersion
from incidents.operator_desk import own, screen
from incidents.serializers import ReportIn

End = Callable[[HttpRequest, Contact], Contact]
# What of the form is a report; the rest says how the contact ends.
REPORTED = frozenset(ReportIn().fields) - {"position", "datum", "accuracy_m"}
# Who came in person or wrote takes a slip along.
ON_PAPER = frozenset({Channel.WALK_IN, Channel.MAIL})


class Wrong(Exception):
    """The form as a whole: every field that cannot be taken, with its sentences."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(errors)
        self.errors = errors


@require_POST
@only(ANSWERING)
def answered(request: HttpRequest, uid: UUID) -> HttpResponse:
    """ "This answered it": `item` or, to be recorded as a report as well, `record`."""
    return ended(request, uid, answered_by)


@require_POST
@only(ANSWERING)
def file(request: HttpRequest, uid: UUID) -> HttpResponse:
    """A report for somebody else to handle."""
    return ended(request, uid, filed)


@require_POST
@only(ANSWERING)
def end(request: HttpRequest, uid: UUID) -> HttpResponse:
    """`end`: transfer, refuse, follow_up or abandoned."""
    return ended(request, uid, other_end)


def ended(request: HttpRequest, uid: UUID, way: End) -> HttpResponse:
    """Take one way out; what is wrong is said beside its field, and the contact stays open."""
    found = own(request, uid)
    try:
        done = way(request, found)
    except Wrong as error:
        return screen(request, found, error.errors, 400)
    except Refused as error:
        return screen(request, found, {error.field: [str(error.message)]}, error.status)
    except (NotAllowedNow, KeyReused):
        messages.warning(request, _("This contact has its result already."))
        done = own(request, uid)
    except IncidentError as error:
        return screen(request, found, {"all": [str(error)]}, 409)
    return after(request, done)


def after(request: HttpRequest, done: Contact) -> HttpResponse:
    if done.report is None:
        messages.success(request, _("Closed: %(result)s.") % {"result": done.get_result_display()})
        return redirect("operator")
    if done.channel in ON_PAPER:
        return redirect("slip", done.report.number)
    words = {
        "result": done.get_result_display(),
        "number": done.report.number,
        "code": spaced(done.report.tracking_code),
    }
    told = _("%(result)s. Number %(number)s, tracking code %(code)s.")
    messages.success(request, told % words)
    return redirect("operator")


def of(request: HttpRequest, found: Contact) -> tuple[UUID, Any]:
    return found.uid, user_of(request)


def spaced(code: str) -> str:
    """In fours, as it is read out."""
    return " ".join(code[i : i + 4] for i in range(0, len(code), 4))


def report_of(request: HttpRequest, found: Contact, **fixed: str) -> NewReport:
    """The checked report of the form; raises Wrong, every field named."""
    given = {name: request.POST[name] for name in REPORTED if request.POST.get(name)} | fixed
    fields = ReportIn(data=given)
    if not fields.is_valid():
        raise Wrong({name: [str(text) for text in texts] for name, texts in fields.errors.items()})
    new = fields.new_report(Channel(found.channel))
    return replace(new, urgent=request.POST.get("urgent") == "true")


# --- Ways out ---------------------------------------------------------------------------------


def filed(request: HttpRequest, found: Contact) -> Contact:
    return desk_filing.file(*of(request, found), report_of(request, found))


def answered_by(request: HttpRequest, found: Contact) -> Contact:
    record = request.POST.get("record", "")
    item = item_of(record or request.POST.get("item", ""))
    if not record:
        return contacts.answer(found.uid, user_of(request), item)
    version = KnowledgeVersion.objects.shown().get(item=item)
    fixed = {"kind": Kind.CONSULTATION.value}
    if not request.POST.get("category") and version.category_id:
        fixed["category"] = version.category_id
    if not request.POST.get("text", "").strip():
        fixed["text"] = version.question
    new = report_of(request, found, **fixed)
    return desk_filing.answer(*of(request, found), new, version)


def item_of(given: str) -> KnowledgeItem:
    shown = KnowledgeVersion.objects.shown().select_related("item")
    number = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
    if (version := shown.filter(item=number).first()) is None:
        raise Refused("item", _("This answer is not in force any more; choose another."))
    return version.item


def other_end(request: HttpRequest, found: Contact) -> Contact:
    ways: dict[str, End] = {
        "transfer": transferred,
        "refuse": refused,
        "follow_up": follow_up,
        "abandoned": lambda req, it: contacts.hung_up(*of(req, it)),
    }
    way = ways.get(request.POST.get("end", ""))
    if way is None:
        raise Refused("end", _("Choose how the contact ends."))
    return way(request, found)


def transferred(request: HttpRequest, found: Contact) -> Contact:
    """Handed on, with a report where something was written down."""
    to = desk_filing.target(request.POST.get("to", ""))
    written = request.POST.get("text", "").strip()
    new = report_of(request, found) if written else None
    return desk_filing.transfer(*of(request, found), to, new)


def refused(request: HttpRequest, found: Contact) -> Contact:
    why = desk_filing.Refusal(
        request.POST.get("reason", "").strip(), request.POST.get("right_channel", "").strip()
    )
    return desk_filing.refuse(*of(request, found), report_of(request, found), why)


def follow_up(request: HttpRequest, found: Contact) -> Contact:
    at = moment(request.POST.get("follow_up_at", ""))
    return contacts.follow_up(*of(request, found), at, request.POST.get("note", ""))


def moment(given: str) -> datetime:
    """A time as a browser writes it, on the hotline's clock."""
    try:
        at = parse_datetime(given)
    except ValueError:
        at = None
    if at is None:
        raise Refused("follow_up_at", _("Choose a day and a time."))
    return at if timezone.is_aware(at) else timezone.make_aware(at)


# --- The slip -----------------------------------------------------------------------------------


@require_GET
@never_cache
@only(ANSWERING)
def slip(request: HttpRequest, number: str) -> HttpResponse:
    """For the visitor to take along: number, code and a QR of the tracking link; `?language=`."""
    user = user_of(request)
    found = get_object_or_404(
        Contact.objects.visible_to(user).select_related("report__incident__category"),
        report__number=number,
        incident__in=Incident.objects.visible_to(user),
    )
    asked = request.GET.get("language", "")
    language = asked if asked in ("zh-hans", "en") else translation.get_language()
    assert found.report is not None
    link = request.build_absolute_uri(reverse("track", args=[found.report.tracking_code]))
    context = {
        "report": found.report,
        "code": spaced(found.report.tracking_code),
        "link": link,
        "qr": mark_safe(segno.make(link, error="m").svg_inline(scale=5, border=2)),
        "slip_language": language,
    }
    return render(request, "incidents/slip.html", context)
