"""A unit chosen by hand: by the dispatcher, or after three dispatches by the duty manager.

A report of wrongdoing always comes this way: a person names whom it is about, and it goes to
somebody who is not that unit and not below it.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Unit, User
from accounts.roles import Role
from dispatch import orders
from dispatch.candidates import Choice, choices
from dispatch.engine import claim_first, hand_out, led_by
from dispatch.models import Application, Assignment, Worker
from incidents.errors import NotAllowedNow, Refused
from incidents.lifecycle import Status, Step
from incidents.models import Incident, Kind
from incidents.said import words
from incidents.transitions import Noted, case_limits, lock, move


@transaction.atomic
def to_unit(
    incident_id: int,
    unit: Unit,
    actor: User,
    *,
    reason: str,
    about: Unit | None = None,
    seen: int | None = None,
) -> Incident:
    """Dispatch to `unit`, by hand and with a reason.

    `about`: the unit a report of wrongdoing is about. `seen`: how often it had been dispatched
    when the actor looked; another dispatch in between is not overruled unseen. Raises Refused,
    NotAllowedNow or NotForRole.
    """
    reason = words("reason", reason)
    incident = lock(incident_id)
    if seen is not None and incident.dispatches != seen:
        raise NotAllowedNow(_("Somebody has dispatched it in the meantime; please look again."))
    check_unit(incident, unit, about)
    step = step_for(incident, actor)
    noted = before(incident, reason)
    close_assignments(incident)
    assignment = Assignment.objects.create(
        incident=incident, unit=unit, made_by=actor, why={"reason": reason, "by": "hand"}
    )
    changes = led_by(incident, unit, by=actor) | {
        "is_designated": step == Step.DESIGNATE,
        "about_unit": about or incident.about_unit,
        "open_cooperations": 0,
        "field_worker": None,
        "waiting": "",
        "dispatch_after": None,
    }
    told = Noted(step, {"unit": unit.name, "reason": reason})
    if not goes_to_a_worker(incident):
        return move(incident, *noted, told, actor=actor, **changes)
    if noted:
        # The order is back in nobody's hands before the next is offered.
        move(incident, *noted, actor=actor)
    found = first_free(incident, unit)
    taken_by_offer = ("waiting", "dispatch_after", "field_worker")
    hand_out(
        incident,
        assignment,
        found,
        told,
        by=actor,
        changes={name: value for name, value in changes.items() if name not in taken_by_offer},
    )
    return incident


def check_unit(incident: Incident, unit: Unit, about: Unit | None) -> None:
    if incident.kind == Kind.WRONGDOING:
        about = about or incident.about_unit
        if about is None:
            raise Refused("about", _("Say which unit the report of wrongdoing is about."))
        not_below(about.pk, unit)
        return
    if incident.about_unit_id is not None:
        # A firm complains of a department.
        not_below(incident.about_unit_id, unit)
    if incident.lead_unit_id == unit.pk and incident.status != Status.TRIAGE:
        raise Refused("unit", _("This unit leads it already."))


def not_below(about_id: int, unit: Unit) -> None:
    if about_id in unit.lineage:
        raise Refused(
            "unit", _("This unit is the one reported, or below it: choose the level above.")
        )


def step_for(incident: Incident, actor: User) -> Step:
    """After the last ordinary dispatch the duty manager designates, and there is no return."""
    used_up = incident.dispatches >= case_limits().dispatches
    return Step.DESIGNATE if used_up and actor.role == Role.DUTY_MANAGER else Step.DISPATCH


def before(incident: Incident, reason: str) -> list[Noted]:
    return orders.take_back(incident, reason)


def goes_to_a_worker(incident: Incident) -> bool:
    """What is about a unit goes to a unit alone; what has no place, to nobody in the street."""
    about_nobody = incident.kind != Kind.WRONGDOING and incident.about_unit_id is None
    return about_nobody and incident.position is not None


def first_free(incident: Incident, unit: Unit) -> Choice | None:
    own = Worker.objects.filter(unit=unit).exists()
    return claim_first(choices(incident, unit, own_workers=own))


def close_assignments(incident: Incident) -> None:
    """Whoever had it has it no longer; what they did stays in the history."""
    current = incident.assignments.filter(is_current=True)
    current.update(is_current=False, ended_at=timezone.now())
    drop_applications(incident)


def drop_applications(incident: Incident) -> None:
    """What was asked and not judged is moot; a new application may be made later."""
    waiting = incident.applications.filter(verdict=Application.Verdict.WAITING)
    waiting.update(verdict=Application.Verdict.DROPPED, judged_at=timezone.now())
