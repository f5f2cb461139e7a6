"""What stands out about a case, as chips: flags, what waits, the time left."""

from collections.abc import Iterator

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from incidents.models import Incident
from incidents.timeleft import time_left

Chip = tuple[str, str]


def chips_of(incident: Incident) -> Iterator[Chip]:
    """`(css class, words)`, the pressing ones first."""
    if incident.is_urgent:
        yield "urgent", _("urgent")
    if incident.is_confidential:
        yield "flag", _("confidential")
    yield from waiting(incident)
    yield from course(incident)
    yield from pressure(incident)
    if incident.alarm:
        yield "urgent", incident.alarm + (" ✓" if incident.alarm_taken_at else "")


def waiting(incident: Incident) -> Iterator[Chip]:
    if incident.waiting:
        yield "triage", incident.get_waiting_display()
    if incident.asked:
        yield "triage", _("asked: %(what)s") % {"what": incident.get_asked_display()}
    if incident.under_review:
        yield "triage", _("under review")


def course(incident: Incident) -> Iterator[Chip]:
    if incident.open_cooperations:
        yield "flag", _("joint")
    if incident.extended_at:
        yield "flag", _("extended")
    if incident.paused_at:
        yield "flag", _("paused: %(why)s") % {"why": incident.get_pause_reason_display()}
    if incident.repeats:
        yield "flag", _("repeat %(n)s") % {"n": incident.repeats}
    if incident.reworks:
        yield "flag", _("rework %(n)s") % {"n": incident.reworks}


def pressure(incident: Incident) -> Iterator[Chip]:
    if incident.supervised:
        yield "flag", _("supervised %(n)s") % {"n": incident.supervised}
    if incident.escalated:
        yield "urgent", _("escalated %(n)s") % {"n": incident.escalated}
    if incident.is_faked:
        yield "urgent", _("faked closing")


def shown(incident: Incident) -> SafeString:
    """The chips and the time left as HTML: written here, for a list has hundreds of them."""
    chips = format_html_join(" ", '<span class="chip {}">{}</span>', chips_of(incident))
    return format_html("{} {}", chips, shown_time(incident))


def shown_time(incident: Incident) -> SafeString | str:
    found = time_left(incident)
    if found is None or incident.due_at is None:
        return ""
    return format_html(
        '<time class="left {}" datetime="{}">{}</time>',
        found.state,
        incident.due_at.isoformat(),
        found.words,
    )
