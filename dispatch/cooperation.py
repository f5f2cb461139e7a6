"""协办: units that help the lead, each with a task and a time of its own."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Unit, User
from dispatch.applications import lead_of
from dispatch.errors import NotYours
from dispatch.models import Assignment
from incidents.errors import Refused
from incidents.lifecycle import Step, Who
from incidents.models import Incident
from incidents.said import words
from incidents.transitions import Noted, lock, move


@transaction.atomic
def add(
    incident_id: int, unit: Unit, actor: User, *, task: str, due_at: datetime | None = None
) -> Assignment:
    """Ask `unit` to help; by the lead's liaison or the dispatcher."""
    task = words("task", task)
    incident = lock(incident_id)
    if actor.role == Who.LIAISON:
        lead_of(incident, actor)
    check(incident, unit)
    made = Assignment.objects.create(
        incident=incident,
        unit=unit,
        is_lead=False,
        made_by=actor,
        task=task,
        due_at=due_at or incident.due_at,
    )
    move(
        incident,
        Noted(Step.COOPERATE, {"unit": unit.name, "task": task}),
        actor=actor,
        visible_units=sorted({*incident.visible_units, *unit.lineage}),
        open_cooperations=incident.open_cooperations + 1,
    )
    return made


def check(incident: Incident, unit: Unit) -> None:
    if incident.assignments.filter(unit=unit, is_current=True).exists():
        raise Refused("unit", _("This unit has it already."))
    if incident.about_unit_id is not None and incident.about_unit_id in unit.lineage:
        raise Refused("unit", _("This unit is the one reported, or below it."))


@transaction.atomic
def answer(incident_id: int, user: User, text: str) -> Assignment:
    """A cooperating unit has done its part, or says why not."""
    text = words("answer", text, most=2000)
    incident = lock(incident_id)
    own = incident.assignments.filter(
        is_lead=False, is_current=True, unit=user.unit, ended_at=None
    ).first()
    if own is None or user.unit_id is None:
        raise NotYours(_("Your unit has no open task here."))
    own.answer, own.answered_by, own.ended_at = text, user, timezone.now()
    own.save(update_fields=["answer", "answered_by", "ended_at"])
    move(
        incident,
        Noted(Step.COOPERATED, {"unit": own.unit.name}),
        actor=user,
        open_cooperations=max(0, incident.open_cooperations - 1),
    )
    return own
