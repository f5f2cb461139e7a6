"""The door for messages that a gateway brings: kept like a letter, and settled at once.

The gateway's id names a message. Told twice it is answered twice the same; another body under a
known id is refused. Whatever cannot be settled now waits as every letter does.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.sealing import key_from
from incidents import gateway_messages, mail_intake, recipients, sms_stopping
from incidents.errors import Refused
from incidents.letter_deciding import language_of
from incidents.models import Channel, Letter, Message, Report
from incidents.throttle import within
from incidents.wording import absolute, written

State, Why = Letter.State, Letter.Why
# What a gateway changes when it says the same once more.
PASSING = ("at",)


class IdReused(Refused):
    """The gateway's id came with another message."""

    status = 409


class TooMany(Refused):
    """More than one sender may send; the gateway comes again."""

    status = 429
    retry_after_s = 60


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of it. `number` and `reply` may be empty."""

    result: str
    number: str = ""
    reply: str = ""


def take(raw: bytes, given: dict[str, Any], at: datetime) -> Taken:
    """Keep it and settle it. `given`: the checked fields of `raw`.

    Raises IdReused, TooMany, OSError or DatabaseError: then nothing was taken.
    """
    letter = known(given) or kept(raw, given, at)
    if letter.state == State.NEW:
        mail_intake.take_up(letter)
        letter = Letter.objects.select_related("report").get(pk=letter.pk)
    return told(letter, given)


def known(given: dict[str, Any]) -> Letter | None:
    """The one kept under this id before. Raises IdReused where it said something else."""
    letter = Letter.objects.select_related("report").filter(digest=digest_of(given)).first()
    if letter and letter.message_digest != content_digest(given):
        raise IdReused("id", _("This id was used with another message."))
    return letter


def kept(raw: bytes, given: dict[str, Any], at: datetime) -> Letter:
    sender = gateway_messages.sender_of(given)
    if not within(settings.MAIL_RATE, "mail", f"mail:{mail_intake.index_of(sender)[:40]}"):
        raise TooMany("from", _("Too many messages of this sender. Please try again later."))
    now = timezone.now()
    letter = Letter(
        channel=Channel.MESSAGE,
        digest=digest_of(given),
        message_digest=content_digest(given),
        received_at=min(at, now),
        # It is read here; whoever dies over it leaves it to the next reader.
        process_after=now + mail_intake.LEASE,
    )
    head = mail_intake.Head(sender=sender, gateway=given["gateway"])
    if not mail_intake.store(letter, raw, head):
        return known(given) or letter  # the same came at once by another request
    return Letter.objects.get(uid=letter.uid)


def digest_of(given: dict[str, Any]) -> str:
    name = f"message\0{given['gateway']}\0{given['id']}"
    return sha256(name.encode("utf-8", "surrogateescape")).hexdigest()


def content_digest(given: dict[str, Any]) -> str:
    """Keyed: numbers are few enough to try them all."""
    said = {name: value for name, value in given.items() if name not in PASSING}
    words = repr(sorted(said.items())).encode("utf-8", "backslashreplace")
    return hmac.new(key_from(settings.VAULT_INDEX_KEY), words, sha256).hexdigest()


# --- What the gateway is told ---------------------------------------------------------------------


def told(letter: Letter, given: dict[str, Any]) -> Taken:
    language = language_of(given["text"])
    with translation.override(language):
        if letter.why == Why.SMS_WISH:
            return Taken("wish", reply=sms_stopping.reply_to(given["text"]))
        if letter.report is None or letter.state not in (State.FILED, State.THREADED):
            return Taken("waiting", reply=when_waiting(letter))
        if letter.why == Why.SURVEY:
            return Taken("survey", letter.report.number, _("Thank you. Your answer is recorded."))
        if letter.state == State.THREADED:
            return Taken("added", letter.report.number, when_added(letter.report))
        return Taken("filed", letter.report.number, when_filed(letter.report, given, language))


def when_waiting(letter: Letter) -> str:
    """Nothing where two machines may be answering each other."""
    if letter.why == Why.OFTEN:
        return ""
    return _("Your message has come. A person will read it.")


def when_added(report: Report) -> str:
    words = _("Added to your report %(number)s. Follow it: %(link)s")
    return words % {"number": report.number, "link": link_to(report)}


def when_filed(report: Report, given: dict[str, Any], language: str) -> str:
    """Nothing where the receipt leaves as an SMS of its own."""
    if given["channel"] == gateway_messages.SMS and recipients.is_on(Message.Channel.SMS):
        return ""
    context = {"number": report.number, "link": link_to(report)}
    return written(Message.Template.RECEIVED, language, Message.Channel.SMS, context).text


def link_to(report: Report) -> str:
    return absolute(reverse("track", args=[report.tracking_code]))
