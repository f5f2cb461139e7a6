"""A contact from its beginning to its result: begun by an operator, or announced by a switch."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from districts.models import Division
from incidents import knowledge, vault
from incidents.errors import NotAllowedNow, Refused
from incidents.models import Channel, Complainant, Contact, KnowledgeItem, Report

# Clocks of two machines differ by so much at most.
CLOCKS_DIFFER = timedelta(minutes=5)
# A call nobody took by then is not shown to be taken any more.
RINGS_FOR = timedelta(minutes=3)
Result = Contact.Result


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a telephone system says: `event` is offered, answered or ended."""

    call_id: str
    event: str
    at: datetime
    caller: str = ""
    operator: User | None = None
    division: Division | None = None
    direction: str = Contact.Direction.IN
    # Where it can be heard; told with the end.
    recording: str = ""


@transaction.atomic
def announce(told: Announcement) -> Contact:
    """Stamp the call; told twice, or in another order, it comes to the same.

    Raises Refused (`at`) where the three times would contradict each other.
    """
    if told.at > timezone.now() + CLOCKS_DIFFER:
        raise Refused("at", _("This time lies in the future."))
    contact, _made = Contact.objects.select_for_update().get_or_create(
        call_id=told.call_id,
        defaults={
            "channel": Channel.TELEPHONE,
            "direction": told.direction,
            "began_at": told.at,
        },
    )
    stamp = f"{told.event}_at"
    if getattr(contact, stamp) is None:
        setattr(contact, stamp, told.at)
    check_order(contact)
    contact.began_at = min(contact.began_at, told.at)
    contact.operator = contact.operator or told.operator
    contact.division = contact.division or told.division or division_of(contact.operator)
    contact.complainant = contact.complainant or known(told.caller)
    contact.recording = contact.recording or told.recording
    contact.result = result_told(contact)
    contact.save()
    return contact


def check_order(contact: Contact) -> None:
    stamps = [contact.offered_at, contact.answered_at, contact.ended_at]
    known_stamps = [stamp for stamp in stamps if stamp is not None]
    if known_stamps != sorted(known_stamps):
        raise Refused("at", _("A call is offered, then answered, then ended."))


def result_told(contact: Contact) -> str:
    """Ended without an answer means abandoned, until an answer is announced after all."""
    if contact.result not in ("", Result.ABANDONED):
        return contact.result
    missed = contact.ended_at is not None and contact.answered_at is None
    return Result.ABANDONED if missed else ""


def division_of(operator: User | None) -> Division | None:
    return operator.division if operator else None


def known(phone: str) -> Complainant | None:
    """Who gave this number last, or a new entry of the vault; None where no number came."""
    if not phone.strip():
        return None
    return vault.with_phone(phone.strip()).first() or vault.keep(phone=phone.strip())


@transaction.atomic
def begin(operator: User, channel: Channel, uid: UUID, phone: str = "") -> Contact:
    """The operator takes a call, a visitor or a letter; the open contact, where there is one.

    `uid` was drawn with the form, so a form sent twice begins one contact.
    """
    # Two tabs of one operator wait here for each other.
    User.objects.select_for_update(of=("self",)).get(pk=operator.pk)
    if held := Contact.objects.open_of(operator).first():
        return held
    if earlier := Contact.objects.filter(uid=uid, operator=operator).first():
        return earlier
    now = timezone.now()
    return Contact.objects.create(
        uid=uid,
        channel=channel,
        began_at=now,
        # A letter is read, a visitor received: nobody offered them to somebody else before.
        answered_at=now,
        operator=operator,
        division=operator.division,
        complainant=known(phone),
    )


@transaction.atomic
def take(contact_id: int, operator: User) -> Contact:
    """A call that rings for everybody is this operator's now. Raises NotAllowedNow."""
    now = timezone.now()
    taken = Contact.objects.filter(pk=contact_id, operator=None, result="").update(
        operator=operator, answered_at=now
    )
    if not taken:
        raise NotAllowedNow(_("Somebody else has taken this call."))
    return Contact.objects.get(pk=contact_id)


@transaction.atomic
def call_again(contact_id: int, operator: User) -> Contact:
    """The promised call: a new outgoing contact after the earlier one."""
    User.objects.select_for_update(of=("self",)).get(pk=operator.pk)
    if held := Contact.objects.open_of(operator).first():
        return held
    earlier = Contact.objects.select_for_update(of=("self",)).get(pk=contact_id)
    if earlier.result != Result.FOLLOW_UP or earlier.later.exists():
        raise NotAllowedNow(_("Somebody else has called already."))
    return Contact.objects.create(
        channel=Channel.TELEPHONE,
        direction=Contact.Direction.OUT,
        operator=operator,
        division=operator.division,
        complainant=earlier.complainant,
        earlier=earlier,
    )


def in_hand(uid: UUID, operator: User) -> Contact:
    """The operator's own contact, locked until the transaction ends.

    Raises NotAllowedNow where it has its result already: another tab was quicker.
    """
    contact = (
        Contact.objects.select_for_update(of=("self",))
        .select_related("complainant")
        .get(uid=uid, operator=operator)
    )
    if contact.result:
        raise NotAllowedNow(_("This contact has its result already."))
    return contact


def close(contact: Contact, result: str, **more: object) -> Contact:
    """Write the result of a locked contact; a telephone system's own stamps stay."""
    now = timezone.now()
    contact.result, contact.closed_at = result, now
    if contact.call_id is None:
        contact.ended_at = now
    for name, value in more.items():
        setattr(contact, name, value)
    contact.save()
    return contact


@transaction.atomic
def answer(uid: UUID, operator: User, item: KnowledgeItem) -> Contact:
    """Answered on the spot from the knowledge base, and nothing more to do."""
    contact = close(in_hand(uid, operator), Result.ANSWERED, knowledge_item=item)
    knowledge.answered_it(item.pk)
    return contact


@transaction.atomic
def follow_up(uid: UUID, operator: User, at: datetime, note: str) -> Contact:
    """To be called again at `at`."""
    if at <= timezone.now():
        raise Refused("follow_up_at", _("Choose a time still to come."))
    contact = in_hand(uid, operator)
    if contact.complainant is None:
        raise Refused("follow_up_at", _("Without a number nobody can call again."))
    return close(contact, Result.FOLLOW_UP, follow_up_at=at, note=note.strip()[:500])


@transaction.atomic
def hung_up(uid: UUID, operator: User) -> Contact:
    """Nobody spoke, or the caller went away in the middle."""
    return close(in_hand(uid, operator), Result.ABANDONED)


def reported(contact: Contact, report: Report, result: str, **more: object) -> Contact:
    """The locked contact came to a report."""
    who = report.complainant or contact.complainant
    return close(contact, result, report=report, incident=report.incident, complainant=who, **more)
