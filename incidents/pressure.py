"""催办, 督办, 提级: reminder, supervision, escalation; by the ladder or by a person.

The ladder's queue is `next_rung_at <= now`. Each rung is taken with the incident locked and the
count of rungs with it, so that a second run finds nothing left to do.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, transaction

from accounts.models import User
from incidents import clocks
from incidents.errors import IncidentError
from incidents.ladder import next_rung
from incidents.lifecycle import Step
from incidents.models import Incident
from incidents.said import words
from incidents.transitions import Noted, lock, move

BATCH = 200
REST = timedelta(hours=1)
log = logging.getLogger(__name__)
COUNTED = {Step.REMIND: "reminders", Step.SUPERVISE: "supervised", Step.ESCALATE: "escalated"}


def climb_due(now: datetime) -> int:
    """Take the next rung of every case that stands before one; returns how many."""
    due = Incident.objects.filter(next_rung_at__lte=now).order_by("next_rung_at")
    taken = list(due.values_list("pk", flat=True)[:BATCH])
    for incident_id in taken:
        try:
            climb(incident_id, now)
        except (IncidentError, DatabaseError):
            # Rolled back alone; those behind it go on, and it comes again when it has rested.
            log.exception("incident %s climbed no rung", incident_id)
            Incident.objects.filter(pk=incident_id).update(next_rung_at=now + REST)
    return len(taken)


@transaction.atomic
def climb(incident_id: int, now: datetime) -> bool:
    """One rung of one case; False where somebody was faster or nothing is due any more."""
    incident = lock(incident_id)
    if incident.next_rung_at is None or incident.next_rung_at > now:
        return False
    assert incident.due_at is not None
    assert incident.dispatched_at is not None
    found = next_rung(clocks.ladder(), incident.rungs, incident.dispatched_at, incident.due_at)
    if found is None or not stands(incident):
        Incident.objects.filter(pk=incident_id).update(next_rung_at=None)
        return False
    step = Step(found[0].step)
    incident.rungs += 1
    following = clocks.rung_at(incident.rungs, incident.dispatched_at, incident.due_at)
    changes = {"rungs": incident.rungs, "next_rung_at": following, **counted(incident, step)}
    move(incident, Noted(step, {"rung": incident.rungs}), **changes)
    return True


def stands(incident: Incident) -> bool:
    """Still owed: open, its clock running and no reply given."""
    return incident.is_open and incident.paused_at is None and incident.replied_at is None


def counted(incident: Incident, step: Step) -> dict[str, Any]:
    name = COUNTED[step]
    return {name: getattr(incident, name) + 1}


@transaction.atomic
def press(incident_id: int, actor: User, step: Step, reason: str) -> Incident:
    """A person reminds, supervises or escalates, with a word why."""
    reason = words("reason", reason)
    incident = lock(incident_id)
    return move(incident, Noted(step, {"reason": reason}), actor=actor, **counted(incident, step))
