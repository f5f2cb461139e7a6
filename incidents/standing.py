"""How a report stands, in plain words for the citizen: when an answer is due, and why later."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from incidents.lifecycle import JOINABLE, WITH_THE_UNIT, Step
from incidents.messages import is_confidential
from incidents.models import Incident, Report


@dataclass(frozen=True, slots=True)
class Standing:
    sentences: list[str] = field(default_factory=list)
    may_withdraw: bool = False


def standing(report: Report) -> Standing:
    """At most one statement, and that only where more time was given."""
    incident = report.incident
    if report.withdrawn_at is not None:
        return Standing([_("You withdrew this report.")])
    return Standing([*of_clock(incident)], may_withdraw=incident.status in JOINABLE)


def of_clock(incident: Incident) -> list[str]:
    if incident.due_at is None or not incident.is_open or incident.replied_at is not None:
        return []
    stands = of_pause(incident)
    return [
        *of_extension(incident),
        stands or of_due(incident.due_at),
        *([] if stands else of_visit(incident)),
    ]


def of_visit(incident: Incident) -> list[str]:
    """When somebody should be there; of a confidential report not even that."""
    expected = incident.expected_at
    with_somebody = incident.field_worker_id is not None and incident.status in WITH_THE_UNIT
    if expected is None or not with_somebody or is_confidential(incident):
        return []
    if expected < timezone.now():
        return [_("Somebody should be there about now.")]
    return [_("Somebody should be there by about %(when)s.") % at(expected)]


def of_due(due: datetime) -> str:
    if due < timezone.now():
        return _("The reply was due on %(when)s. It is late, and we press for it.") % at(due)
    return _("You get a reply by %(when)s.") % at(due)


def of_pause(incident: Incident) -> str:
    if incident.paused_at is None or incident.paused_until is None:
        return ""
    return _("The clock stands still until %(when)s: %(why)s.") % {
        **at(incident.paused_until),
        "why": incident.get_pause_reason_display(),
    }


def of_extension(incident: Incident) -> list[str]:
    if incident.extended_at is None:
        return []
    why = "" if is_confidential(incident) else reason_for_extension(incident)
    if not why:
        return [_("More time was given on %(when)s.") % at(incident.extended_at)]
    return [
        _("More time was given on %(when)s: %(why)s") % {**at(incident.extended_at), "why": why}
    ]


def reason_for_extension(incident: Incident) -> str:
    """What the unit gave as its reason; it knew that the citizen reads it."""
    asked = incident.events.filter(step=Step.ASK_EXTENSION).order_by("-pk").first()
    return str(asked.data.get("reason", "")) if asked else ""


def at(moment: datetime) -> dict[str, str]:
    return {"when": date_format(timezone.localtime(moment), "Y-m-d H:i")}
