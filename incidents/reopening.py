"""After the end: opened again by the citizen's word or a new fact, or put into the archive."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from incidents import clocks
from incidents.guards import NEW_FACT
from incidents.lifecycle import Status, Step
from incidents.models import Incident
from incidents.said import words
from incidents.transitions import Noted, case_limits, lock, move

BATCH = 500


@transaction.atomic
def reopen(incident_id: int, actor: User, *, reason: str, new_fact: bool) -> Incident:
    """The same incident goes on; within 15 days of closing, or at any time for a new fact."""
    reason = words("reason", reason)
    incident = lock(incident_id)
    said = {NEW_FACT} if new_fact else ()
    told = {"reason": reason, "new_fact": new_fact}
    changes = clocks.reworked(incident, timezone.now())
    return move(
        incident,
        Noted(Step.REOPEN, told),
        actor=actor,
        said=said,
        reworks=incident.reworks + 1,
        **changes,
    )


def archive_due(now: datetime) -> int:
    """What was closed and may not be reopened without a new fact; returns how many."""
    old = Incident.objects.filter(
        status=Status.CLOSED, ended_at__lt=now - case_limits().reopen
    ).order_by("pk")
    due = list(old.values_list("pk", flat=True)[:BATCH])
    for incident_id in due:
        archive(incident_id)
    return len(due)


@transaction.atomic
def archive(incident_id: int) -> None:
    incident = lock(incident_id)
    if incident.status == Status.CLOSED:
        move(incident, Step.ARCHIVE)
