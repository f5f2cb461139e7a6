"""Tasks of intake: prepare photos, forget old outbox rows. PostgreSQL holds what is due."""

from datetime import timedelta

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from incidents import wake
from incidents.media import UNREADABLE, make_copies
from incidents.models import IdempotencyKey, Media, Outbox

SWEEP_MEDIA = "incidents.tasks.sweep_media"
BATCH = 20
MAX_TRIES = 3
# Replays after a reconnect reach back this far; older listeners load the layer anew.
OUTBOX_KEPT = timedelta(days=7)
KEYS_KEPT = timedelta(days=30)


@shared_task
def sweep_media() -> int:
    """Prepare the photos that wait; returns how many were taken up."""
    wake.begun(SWEEP_MEDIA)
    taken = claim_media()
    for media in taken:
        prepare(media)
    if taken:
        wake.look()
    if len(taken) == BATCH:
        wake.start(SWEEP_MEDIA)
    return len(taken)


def claim_media() -> list[Media]:
    """Lease a batch: whoever dies with it leaves it to the next sweep, a minute later."""
    with transaction.atomic():
        due = Media.objects.filter(state=Media.State.WAITING, process_after__lte=timezone.now())
        batch = list(due.select_for_update(skip_locked=True).order_by("process_after")[:BATCH])
        lease = timezone.now() + timedelta(minutes=1)
        for media in batch:
            media.tries += 1
            media.process_after = lease
        Media.objects.bulk_update(batch, ["tries", "process_after"])
    return batch


def prepare(media: Media) -> None:
    try:
        make_copies(media.uid)
        media.state = Media.State.READY
    except UNREADABLE:
        # A full disk also raises OSError: only the third failure says the photo is to blame.
        if media.tries < MAX_TRIES:
            return
        media.state = Media.State.UNREADABLE
    with transaction.atomic():
        media.save(update_fields=["state"])
        Outbox.objects.create(topic=Outbox.Topic.INCIDENT, incident_id=media.incident_id)


@shared_task
def forget_outbox() -> int:
    """Delete outbox rows and idempotency keys nobody will ask for again; returns how many."""
    old = Outbox.objects.filter(created_at__lt=timezone.now() - OUTBOX_KEPT)
    keys = IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEYS_KEPT)
    return old.delete()[0] + keys.delete()[0]
