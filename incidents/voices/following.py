"""Follow an incident: begin, confirm, end; a contact goes into the vault and out of it again."""

import re
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents import tally, vault, wake
from incidents.errors import NotAllowedNow, Refused
from incidents.lifecycle import OPEN, Status
from incidents.messages import SEND, keep
from incidents.models import Complainant, Follow, Incident, Message
from incidents.recipients import is_on
from incidents.sealing import digits
from incidents.voices import devices, hearing

FOLLOWABLE = frozenset({*OPEN, Status.CLOSED})
PHONE = re.compile(r"\+?[0-9][0-9 ()-]{4,28}")
CONFIRM_WITHIN = timedelta(days=2)
# So many confirmations a contact is sent within a day, whoever asks for them.
MOST_ASKED, DAY_S = 5, 24 * 3600
LONGEST = 254
BATCH = 500


def may_follow(incident: Incident) -> bool:
    return incident.status in FOLLOWABLE


def own(token: str) -> QuerySet[Follow]:
    """What this device follows."""
    going_on = Follow.objects.going_on()
    return going_on.filter(device=devices.device(token)) if token else going_on.none()


# --- Begin ------------------------------------------------------------------------------------


def begin(incident: Incident, token: str, contact: str) -> bool:
    """By the device alone, or with a contact to be confirmed; returns whether one was given.

    The answer never tells whether a contact was known. Raises Refused, and NotAllowedNow where
    there is nothing to come any more.
    """
    plain = contact_of(contact)
    if not may_follow(incident):
        raise NotAllowedNow(_("It is over; there is nothing to follow any more."))
    with transaction.atomic():
        follow = of_device(incident, token)
        asked = bool(plain) and ask(follow, incident, plain)
    if asked:
        wake.start(SEND)
    return bool(plain)


def contact_of(given: str) -> str:
    """A telephone number as its digits, an e-mail address in small letters; empty for none."""
    text = given.strip()
    if not text:
        return ""
    if PHONE.fullmatch(text) and is_on(Message.Channel.SMS):
        return digits(text)
    if "@" in text and is_on(Message.Channel.EMAIL):
        return email_of(text)
    raise Refused("contact", _("Write a telephone number or an e-mail address we can write to."))


def email_of(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise Refused("contact", _("This is no e-mail address.")) from None
    if len(text) > LONGEST:
        raise Refused("contact", _("At most %(most)d characters.") % {"most": LONGEST})
    return text.lower()


def of_device(incident: Incident, token: str) -> Follow:
    """The one following of this device, made where there is none."""
    found, _made = Follow.objects.going_on().get_or_create(
        incident=incident,
        device=devices.device(token),
        ended_at=None,
        defaults={"voice": devices.voice(token, incident)},
    )
    return found


def ask(follow: Follow, incident: Incident, contact: str) -> bool:
    """Keep the contact and ask whether it is theirs, unless it follows already or is asked often.

    Of two devices with one contact the first keeps it.
    """
    index = devices.contact_index(contact, incident)
    known = Follow.objects.going_on().filter(incident=incident, contact_index=index)
    if follow.person_id is not None or known.exists():
        return False
    if not tally.count(f"follow:{devices.contact_name(contact)[:40]}", MOST_ASKED, DAY_S):
        return False
    try:
        with transaction.atomic():
            Follow.objects.filter(pk=follow.pk).update(contact_index=index)
    except IntegrityError:
        return False  # the other device was faster
    follow.person, follow.asked_at = kept(contact), timezone.now()
    follow.contact_index = index
    follow.save(update_fields=["person", "asked_at"])
    report = incident.reports.order_by("pk").first()
    assert report is not None
    return keep(hearing.to(follow, report, Message.Template.CONFIRM_FOLLOW))


def kept(contact: str) -> Complainant:
    """In the vault, and not to be found there by its number: a follower is no caller."""
    given = {"email": contact} if "@" in contact else {"phone": contact}
    return vault.keep_apart(**given)


# --- Confirm and end --------------------------------------------------------------------------


def confirm(follow: Follow) -> bool:
    """It is theirs; False where it is too late, or over."""
    now = timezone.now()
    waiting = Follow.objects.going_on().filter(pk=follow.pk, person__isnull=False)
    if follow.confirmed_at is not None:
        return waiting.exists()
    fresh = waiting.filter(asked_at__gte=now - CONFIRM_WITHIN)
    return bool(fresh.update(confirmed_at=now))


@transaction.atomic
def end(follow: Follow) -> None:
    """Follow no more; the contact leaves the vault at once."""
    ours = Follow.objects.select_for_update().select_related(None).get(pk=follow.pk)
    person = ours.person
    if ours.ended_at is None:
        ours.ended_at = timezone.now()
    ours.contact_index, ours.person = "", None
    ours.save(update_fields=["ended_at", "contact_index", "person"])
    if person is not None:
        vault.forget(person)


def forget_due(now: datetime) -> int:
    """End what has a contact nobody confirmed in time, or is in the archive; returns how many."""
    never = Q(confirmed_at=None, asked_at__lt=now - CONFIRM_WITHIN)
    over = ~Q(incident__status__in=FOLLOWABLE) & Q(incident__merged_into=None)
    due = Follow.objects.going_on().filter(person__isnull=False).filter(never | over)
    found = list(due.order_by("pk")[:BATCH])
    for follow in found:
        end(follow)
    return len(found)
