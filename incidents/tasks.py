"""Tasks of intake: copies of media, old rows forgotten. PostgreSQL holds what is due."""

import logging
from datetime import timedelta

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from incidents import tally, wake
from incidents.decoding import DecoderGone
from incidents.media import make_copies
from incidents.models import IdempotencyKey, Media, Original, Outbox
from incidents.unreadable import Unreadable
from incidents.uploads import forget_arrivals

# A lease outlasts a batch of files that each take as long as they may.
BATCH = 3
LEASE = timedelta(minutes=1)
MAX_TRIES = 3
# Replays after a reconnect reach back this far; older listeners load the layer anew.
OUTBOX_KEPT = timedelta(days=7)
KEYS_KEPT = timedelta(days=30)
# No upload stands still for so long, and no task lasts.
ARRIVALS_KEPT = timedelta(hours=1)
SWEEP_MEDIA = "incidents.tasks.sweep_media"
log = logging.getLogger(__name__)


@shared_task(name=SWEEP_MEDIA)
def sweep_media() -> int:
    """Prepare the originals that wait; returns how many. A full batch wakes the next."""
    wake.begun(SWEEP_MEDIA)
    taken = claim()
    for original in taken:
        prepare(original)
        wake.look()
    if len(taken) == BATCH:
        wake.start(SWEEP_MEDIA)
    return len(taken)


def claim() -> list[Original]:
    """Lease a batch: whoever dies with it leaves it to a later sweep."""
    with transaction.atomic():
        due = Original.objects.filter(
            state=Original.State.WAITING, process_after__lte=timezone.now()
        )
        batch = list(due.select_for_update(skip_locked=True).order_by("process_after")[:BATCH])
        lease = timezone.now() + LEASE
        for original in batch:
            original.tries += 1
            original.process_after = lease
        Original.objects.bulk_update(batch, ["tries", "process_after"])
    return batch


def prepare(original: Original) -> None:
    """Make the copies and tell those who look at its incidents."""
    try:
        make_copies(original)
    except Unreadable as error:
        # It could be opened when it came: only the third failure says that the file is to blame.
        log.warning("original %s: %s", original.uid, error)
        if original.tries < MAX_TRIES:
            return
        finish(original, Original.State.UNREADABLE)
    except (DecoderGone, OSError) as error:
        # No room, no storage, no decoder: that says nothing about the file, it is tried for ever.
        log.warning("original %s waits: %s", original.uid, error)
        Original.objects.filter(pk=original.pk).update(tries=0)
    else:
        finish(original, Original.State.READY)


@transaction.atomic
def finish(original: Original, state: Original.State) -> None:
    original.state = state
    original.save(update_fields=["state"])
    incidents = Media.objects.filter(original=original).values_list("incident_id", flat=True)
    Outbox.objects.bulk_create(
        Outbox(topic=Outbox.Topic.INCIDENT, incident_id=pk) for pk in incidents.distinct()
    )


@shared_task
def forget_outbox() -> int:
    """Delete outbox rows, idempotency keys and tallies nobody will ask for; returns how many."""
    old = Outbox.objects.filter(created_at__lt=timezone.now() - OUTBOX_KEPT)
    keys = IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEYS_KEPT)
    return old.delete()[0] + keys.delete()[0] + tally.forget()


@shared_task
def forget_leftovers() -> int:
    """Remove half-arrived files of requests and tasks that were killed; returns how many."""
    return forget_arrivals((timezone.now() - ARRIVALS_KEPT).timestamp())
