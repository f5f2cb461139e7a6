"""What a unit asks for and somebody else judges: a return, an extension, a pause.

One open application an incident. The guards (time, role, whose dispatch) are the table's.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Unit, User
from dispatch import orders
from dispatch.assigning import close_assignments
from dispatch.errors import NotYours
from dispatch.models import Application, Assignment
from incidents import clocks
from incidents.errors import NotAllowedNow, Refused
from incidents.lifecycle import Step, Who
from incidents.models import Asked, Incident, PauseReason, Status, Waiting
from incidents.said import words
from incidents.transitions import Noted, case_limits, lock, move

Verdict = Application.Verdict
STEPS = {
    Asked.RETURN: (Step.ASK_RETURN, Step.APPROVE_RETURN, Step.REFUSE_RETURN),
    Asked.EXTENSION: (Step.ASK_EXTENSION, Step.APPROVE_EXTENSION, Step.REFUSE_EXTENSION),
    Asked.PAUSE: (Step.ASK_PAUSE, Step.APPROVE_PAUSE, Step.REFUSE_PAUSE),
}


def lead_of(incident: Incident, user: User) -> Assignment:
    """The lead assignment, if it is this person's unit's; raises NotYours."""
    lead = incident.assignments.filter(is_lead=True, is_current=True, unit=user.unit).first()
    if lead is None or user.unit_id is None:
        raise NotYours(_("Your unit does not lead this incident."))
    return lead


@transaction.atomic
def ask_return(
    incident_id: int, user: User, *, reason: str, basis: str, suggested: Unit | None = None
) -> Application:
    """退单: not ours, for this reason and on this basis."""
    said = {"reason": words("reason", reason), "basis": words("basis", basis, most=300)}
    return ask(incident_id, user, Asked.RETURN, **said, suggested_unit=suggested)


@transaction.atomic
def ask_extension(incident_id: int, user: User, *, reason: str, days: int) -> Application:
    """延期: so many working days more, before it is due, once."""
    said = {"reason": words("reason", reason), "days": days}
    most = case_limits().extension_days
    if not 1 <= days <= most:
        raise Refused("days", _("At most %(most)d working days.") % {"most": most})
    return ask(incident_id, user, Asked.EXTENSION, **said)


@transaction.atomic
def ask_pause(
    incident_id: int, user: User, *, pause_reason: str, reason: str, until: datetime
) -> Application:
    """挂起: the clock stands still, for one of the listed reasons, until a day."""
    if pause_reason not in PauseReason.values:
        raise Refused("pause_reason", _("Choose one of the listed reasons."))
    if until <= timezone.now():
        raise Refused("until", _("The day must lie in the future."))
    said = {"reason": words("reason", reason), "pause_reason": pause_reason, "until": until}
    return ask(incident_id, user, Asked.PAUSE, **said)


def ask(incident_id: int, user: User, asks: Asked, **said: Any) -> Application:
    incident = lock(incident_id)
    lead = lead_of(incident, user)
    step = STEPS[asks][0]
    told = {name: str(said[name]) for name in ("reason", "basis", "days") if said.get(name)}
    move(incident, Noted(step, told), actor=user, asked=asks)
    return Application.objects.create(
        incident=incident, assignment=lead, asks=asks, asked_by=user, **said
    )


@transaction.atomic
def judge(incident_id: int, actor: User, *, approve: bool, reason: str) -> Application:
    """Approve or refuse what is asked, with a reason; raises as the table does."""
    reason = words("reason", reason)
    incident = lock(incident_id)
    application = incident.applications.filter(verdict=Verdict.WAITING).first()
    if application is None:
        raise NotAllowedNow(_("Nothing is asked for it any more."))
    asks = Asked(application.asks)
    step = STEPS[asks][1 if approve else 2]
    changes = {"asked": ""} | (granted(incident, application) if approve else {})
    noted = [Noted(step, {"reason": reason})]
    if approve and asks == Asked.RETURN:
        noted = [*orders.take_back(incident, reason), *noted]
    application.verdict = Verdict.APPROVED if approve else Verdict.REFUSED
    application.verdict_reason, application.judged_by = reason, actor
    application.judged_at = timezone.now()
    move(incident, *noted, actor=actor, **changes)
    application.save(update_fields=["verdict", "verdict_reason", "judged_by", "judged_at"])
    if approve and asks == Asked.RETURN:
        close_assignments(incident)
    return application


def granted(incident: Incident, application: Application) -> dict[str, Any]:
    """What an approval changes."""
    now = timezone.now()
    match application.asks:
        case Asked.RETURN:
            return returned(incident)
        case Asked.EXTENSION:
            assert application.days is not None
            return {"extended_at": now, **clocks.extended(incident, application.days)}
        case _:
            return {
                "paused_at": now,
                "pause_reason": application.pause_reason,
                "paused_until": application.until,
                "next_rung_at": None,
            }


def returned(incident: Incident) -> dict[str, Any]:
    """Back to the desk; the clock of the case goes on."""
    used_up = incident.dispatches >= case_limits().dispatches
    running = clocks.resumed(incident, timezone.now()) if incident.paused_at else {}
    return running | {
        "asked": "",
        "lead_unit": None,
        "visible_units": [],
        "field_worker": None,
        "open_cooperations": 0,
        "waiting": Waiting.DESIGNATE if used_up else Waiting.RETURNED,
        "dispatch_after": None,
    }


@transaction.atomic
def resume(incident_id: int, actor: User | None, *, reason: str = "") -> Incident:
    """The clock goes on: the unit says so, or the day has come (actor None)."""
    incident = lock(incident_id)
    if actor is not None and actor.role == Who.LIAISON:
        lead_of(incident, actor)
    changes = clocks.resumed(incident, timezone.now()) if incident.paused_at else {}
    told = {"reason": reason} if reason else {}
    return move(incident, Noted(Step.RESUME, told), actor=actor, **changes)


def resume_due(now: datetime) -> int:
    """Pauses whose day has come; returns how many."""
    over = Incident.objects.filter(
        paused_until__lte=now, paused_at__isnull=False, status=Status.IN_PROGRESS
    )
    due = list(over.values_list("pk", flat=True)[:200])
    for incident_id in due:
        resume_if_due(incident_id, now)
    return len(due)


@transaction.atomic
def resume_if_due(incident_id: int, now: datetime) -> None:
    incident = lock(incident_id)
    is_over = incident.paused_until is not None and incident.paused_until <= now
    if incident.paused_at and is_over and incident.status == Status.IN_PROGRESS:
        move(incident, Step.RESUME, **clocks.resumed(incident, now))
