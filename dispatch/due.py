"""What is due to be dispatched: taken up one by one, or together where many wait.

The queue is `dispatch_after <= now`. Claiming leases what it takes for a while, so that a worker
that dies leaves its incidents to the next sweep, and one bad incident never blocks those behind it.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from dispatch.batch import dispatch_many
from dispatch.engine import dispatch
from dispatch.errors import DispatchError
from incidents.errors import IncidentError
from incidents.models import Incident

# Much longer than a batch takes, and with a sweep after it well within the promised minute.
LEASE = timedelta(seconds=20)
EXPECTED = (IncidentError, DispatchError, DatabaseError, ObjectDoesNotExist)
log = logging.getLogger(__name__)


def most() -> int:
    """So many are taken up at a time."""
    return int(settings.BATCH_MOST)


def dispatch_due(*, again: bool = False) -> int:
    """Dispatch a batch of what is due; returns how many were taken up.

    `again`: of those that wait for a worker, instead of new ones.
    """
    claimed = claim(again=again)
    take_up(claimed)
    return len(claimed)


def claim(*, again: bool = False) -> list[int]:
    """Urgent ones first. Thousands may wait for a worker: they never stand before a new one."""
    now = timezone.now()
    waits = ~Q(waiting="") if again else Q(waiting="")
    with transaction.atomic():
        due = (
            Incident.objects.filter(waits, dispatch_after__lte=now)
            .select_for_update(skip_locked=True)
            .order_by("-is_urgent", "dispatch_after")
            .values_list("pk", flat=True)
        )
        claimed = list(due[: most()])
        Incident.objects.filter(pk__in=claimed).update(dispatch_after=now + LEASE)
    return claimed


def take_up(ids: Sequence[int]) -> None:
    """Many together; what cannot go so, and what little there is, one by one.

    Where a batch fails its halves are tried, until the one that spoils it stands alone.
    """
    if len(ids) < settings.BATCH_FROM:
        return one_by_one(ids)
    try:
        return one_by_one(dispatch_many(ids))
    except EXPECTED:
        # Rolled back as a whole. It is somewhere in here.
        log.exception("a batch of %s was not dispatched", len(ids))
        if connection.is_usable():
            half = len(ids) // 2
            take_up(ids[:half])
            take_up(ids[half:])
    return None


def one_by_one(ids: Sequence[int]) -> None:
    for incident_id in ids:
        try:
            dispatch(incident_id)
        except EXPECTED:
            # Rolled back alone; its lease brings it back soon, those behind it go on.
            log.exception("incident %s was not dispatched", incident_id)
            if not connection.is_usable():
                # Each of the others might wait for a connection in vain; their lease will do.
                break
