"""Tasks of intake: copies of media, old rows forgotten. PostgreSQL holds what is due."""

import logging
from datetime import timedelta

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from accounts import lockout
from incidents import days, mail_fetching, mail_intake, pressure, reopening, sending, tally, wake
from incidents.decoding import DecoderGone
from incidents.mail_intake import READ_LETTERS
from incidents.media import make_copies
from incidents.merged_lines import beginning, passing
from incidents.merged_lines.passing import IMPORT_CASES
from incidents.messages import SEND
from incidents.models import IdempotencyKey, Media, Original, Outbox
from incidents.roots import CrookedLine
from incidents.unreadable import Unreadable
from incidents.uploads import forget_arrivals
from incidents.voices import following

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


# A pass ends by itself within a minute or so; a server that stands still ends it too.
@shared_task(soft_time_limit=300, time_limit=360)
def fetch_letters() -> int:
    """Fetch from the mailbox that was set up; returns how many letters are new."""
    return mail_fetching.fetch()


# A letter made to cost time ends its task; a batch is done within its lease.
@shared_task(name=READ_LETTERS, soft_time_limit=300, time_limit=360)
def read_letters() -> int:
    """Read the letters that wait; returns how many. A full batch wakes the next."""
    wake.begun(READ_LETTERS)
    taken = mail_intake.read_due()
    if taken == mail_intake.BATCH:
        wake.start(READ_LETTERS)
    return taken


@shared_task(name=IMPORT_CASES)
def import_cases() -> bool:
    """Go on with one file of a merged line's cases; it wakes the next slice itself."""
    wake.begun(IMPORT_CASES)
    return passing.work_due()


@shared_task(name=SEND)
def send_messages() -> int:
    """Tell citizens what is due; returns how many were taken up. A full batch wakes the next."""
    wake.begun(SEND)
    taken = sending.send_due()
    if taken == sending.BATCH:
        wake.start(SEND)
    return taken


@shared_task
def press_late() -> int:
    """The next rung of the ladder for every case that stands before one."""
    return pressure.climb_due(timezone.now())


@shared_task
def archive_closed() -> int:
    """What was closed long enough ago; returns how many."""
    return reopening.archive_due(timezone.now())


@shared_task
def forget_case_files() -> int:
    """Files of merged lines that nobody imported in time; how many."""
    return beginning.discard_old(timezone.now())


@shared_task
def forget_follows() -> int:
    """Contacts that were never confirmed, or have nothing to wait for any more; how many."""
    return following.forget_due(timezone.now())


@shared_task
def forget_outbox() -> int:
    """Delete outbox rows, idempotency keys and tallies nobody will ask for; returns how many."""
    old = Outbox.objects.filter(created_at__lt=timezone.now() - OUTBOX_KEPT)
    keys = IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEYS_KEPT)
    return old.delete()[0] + keys.delete()[0] + tally.forget() + lockout.forget()


@shared_task(name="incidents.tasks.seal_days")
def seal_days() -> int:
    """Seal the days that are over; returns how many. What cannot be now is done in an hour."""
    try:
        return len(days.seal_days())
    except (days.StillWriting, CrookedLine) as error:
        log.error("the history is not sealed: %s", error)
        return 0


@shared_task
def forget_leftovers() -> int:
    """Remove half-arrived files of requests and tasks that were killed; returns how many."""
    return forget_arrivals((timezone.now() - ARRIVALS_KEPT).timestamp())
