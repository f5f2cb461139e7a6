"""Messages leave the house: claimed with a lease, handed over outside of any transaction.

The queue is a WHERE clause (`Message.objects.due`). Whoever dies between handing over and writing
so leaves its lease to run out; the repeat carries the same key, and the provider knows it.
"""

import logging
import time
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import F, Q
from django.template import TemplateSyntaxError
from django.utils import timezone

from incidents import sms_stopping
from incidents.errors import IncidentError
from incidents.gateways import Undeliverable, Undelivered, send
from incidents.messages import earliest
from incidents.models import CallBack, Follow, Incident, Message
from incidents.recipients import address_of
from incidents.wording import worded

BATCH = 20
# A batch stops in time for its last message to be handed over within the lease.
LEASE = timedelta(minutes=2)
LAST_BEGINS_S = 90.0
State, T = Message.State, Message.Template
log = logging.getLogger(__name__)


def send_due() -> int:
    """Send a batch of what is due; returns how many were taken up."""
    began = time.monotonic()
    claimed = claim()
    for message in claimed:
        if time.monotonic() - began > LAST_BEGINS_S:
            break
        deliver(message)
    return len(claimed)


def claim() -> list[Message]:
    """Lease a batch; two workers never hold the same message."""
    with transaction.atomic():
        due = Message.objects.due().select_for_update(of=("self",), skip_locked=True)
        batch = list(
            due.select_related(
                "complainant__user", "report__incident", "follow__incident__category"
            ).order_by("not_before", "id")[:BATCH]
        )
        lease = timezone.now() + LEASE
        held = Message.objects.filter(pk__in=[message.pk for message in batch])
        held.update(leased_until=lease, tries=F("tries") + 1)
    for message in batch:
        message.leased_until, message.tries = lease, message.tries + 1
    return batch


def deliver(message: Message) -> None:
    """One message; whatever is wrong with it concerns no other."""
    now = timezone.now()
    later = earliest(message, now)
    if is_unneeded(message):
        write(message, State.UNNEEDED)
    elif later > now:
        # Claimed in the quiet hours: no try was made.
        write(message, message.state, not_before=later, tries=message.tries - 1)
    else:
        hand_over(message)


def is_unneeded(message: Message) -> bool:
    """Overtaken: the citizen has answered by another way, or withdrew the report."""
    if message.follow is not None:
        return is_over(message, message.follow)
    if message.report is None:
        return False  # who follows a place no more has no address any more
    if message.report.withdrawn_at and message.template not in (T.RECEIVED, T.WITHDRAWN):
        return True
    if message.template == T.MERGED and message.report.came_from_id is None:
        return True  # taken out again meanwhile
    call_back = message.values.get("call_back")
    waits = CallBack.objects.filter(pk=call_back, result=CallBack.Result.WAITING)
    return bool(call_back) and not waits.exists()


def is_over(message: Message, follow: Follow) -> bool:
    """Followed no more, not confirmed, or not for everybody any more."""
    asked = follow.confirmed_at is not None or message.template == T.CONFIRM_FOLLOW
    seen = Incident.objects.where_it_lives(follow.incident_id)
    return follow.ended_at is not None or not asked or not seen.exists()


def hand_over(message: Message) -> None:
    try:
        address = address_of(message.complainant, message.channel) if message.complainant else ""
        if not address or is_unwished(message, address):
            # Erased meanwhile, never given, or asked to stop.
            write(message, State.UNNEEDED)
            return
        provider_id = send(message, address, worded(message))
    except Undeliverable as error:
        log.warning("message %s given up: %s", message.uid, error)
        write(message, State.GIVEN_UP, error=str(error))
    except (Undelivered, IncidentError, ObjectDoesNotExist, TemplateSyntaxError) as error:
        log.warning("message %s waits: %s", message.uid, error)
        again(message, str(error))
    else:
        sent = {"provider_id": provider_id[:120], "sent_at": timezone.now(), "error": ""}
        write(message, State.SENT, **sent)


def is_unwished(message: Message, address: str) -> bool:
    return message.channel == Message.Channel.SMS and sms_stopping.is_stopped(address)


def again(message: Message, error: str) -> None:
    """Later, after a longer pause each time; after the last one it is given up."""
    pauses = settings.MESSAGE_PAUSES
    if message.tries > len(pauses):
        write(message, State.GIVEN_UP, error=error)
        return
    later = earliest(message, timezone.now() + pauses[message.tries - 1])
    write(message, State.FAILED, error=error, not_before=later)


def write(message: Message, state: str, **changes: object) -> None:
    """End our lease. A failure counts only while it is ours; what was sent was sent."""
    own = Message.objects.filter(pk=message.pk).exclude(state=State.SENT)
    if state != State.SENT:
        own = own.filter(Q(leased_until=message.leased_until))
    if isinstance(error := changes.get("error"), str):
        changes["error"] = error[:200]
    own.update(state=state, leased_until=None, **changes)


def try_again(message: Message) -> bool:
    """A person's wish, for what failed or was given up; False where another was faster."""
    failed = Message.objects.filter(pk=message.pk, state__in=(State.FAILED, State.GIVEN_UP))
    now = earliest(message, timezone.now())
    return bool(failed.update(state=State.WAITING, tries=0, not_before=now, leased_until=None))
