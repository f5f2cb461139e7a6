"""What a letter becomes: added to a report, filed as one, ignored, or left to a person.

`decide` is given a locked letter (`incidents.mail_intake`), writes what it becomes into it, and
files or adds through the same doors as everybody else. Its row is saved by whoever locked it.
"""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet
from django.utils import timezone, translation

from accounts.models import User
from districts.datums import Datum
from incidents import letters, message_threads, sms_stopping, vault, wake
from incidents.alarming import heed
from incidents.bounces import Notice
from incidents.intake import GivenPosition, NewReport, Sender, file_report
from incidents.letter_scoring import LONGEST, is_delicate, surest, words_of
from incidents.lifecycle import Step, Who
from incidents.media import Sealed, attach
from incidents.message_threads import REPORTS
from incidents.models import Channel, Contact, Kind, Letter, Message, Origin, Report
from incidents.transitions import Noted, lock, move

# So many of one sender within an hour are a machine that answers our answers, or somebody who needs
# a person.
OFTEN, OFTEN_WITHIN = 5, timedelta(hours=1)
State, Why = Letter.State, Letter.Why


def decide(letter: Letter, read: letters.Read, media: Sequence[Sealed]) -> None:
    """What a locked letter becomes; its row is not saved."""
    if read.automatic:
        letter.state, letter.why = State.IGNORED, Why(read.automatic)
        letter.report = returned(read.notice) if read.notice else None
        return
    if read.phone and sms_stopping.heed(read.phone, read.said):
        letter.state, letter.why = State.IGNORED, Why.SMS_WISH
        return
    if report := message_threads.surveyed(read):
        letter.report, letter.state, letter.why = report, State.THREADED, Why.SURVEY
        return
    report, why = answered(letter, read)
    letter.report = report
    if report and not why:
        add(letter, read, report, media)
        letter.state = State.THREADED
    elif why := why or doubt(letter, read):
        letter.state, letter.why = State.TO_FILE, why
    else:
        file_surely(letter, read, media)


# --- Whose report it is about ---------------------------------------------------------------------


def answered(letter: Letter, read: letters.Read) -> tuple[Report | None, str]:
    """The report it answers, and why it is not added to it by itself, if so."""
    if letter.channel == Channel.MESSAGE:
        return message_threads.goes_on(letter, read)
    if found := by_our_message(read):
        return found, "" if found.incident.is_open else Why.ENDED
    if found := by_own_letter(letter, read) or by_number(read):
        if not is_theirs(found, read.email):
            return None, Why.NOT_THEIRS
        return found, "" if found.incident.is_open else Why.ENDED
    return None, ""


def by_our_message(read: letters.Read) -> Report | None:
    """Our Message-IDs cannot be guessed: whoever names one was written to."""
    sent = ours(read.answers).select_related("report__incident", "report__complainant")
    found = sent.order_by("-id").first()
    return found.report if found else None


def ours(message_ids: Sequence[str]) -> "QuerySet[Message]":
    """The e-mails of ours that have one of these Message-IDs."""
    uids = [uid for each in message_ids if (uid := as_uid(each.partition("@")[0]))]
    return Message.objects.filter(uid__in=uids, channel=Message.Channel.EMAIL)


def as_uid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def returned(notice: Notice) -> Report | None:
    """The report of the message that did not arrive; a delay is noted and changes nothing."""
    message = ours(notice.about).select_related("report__incident").order_by("-id").first()
    if message is None:
        return None
    why = f"{notice.status} {notice.told}".strip()
    sent = Message.objects.filter(pk=message.pk, state=Message.State.SENT)
    if notice.is_final:
        given_up = Message.State.GIVEN_UP
        sent.update(state=given_up, sent_at=None, error=f"bounced: {why}"[:200])
    else:
        sent.update(error=f"delayed: {why}"[:200])
    return message.report


def by_own_letter(letter: Letter, read: letters.Read) -> Report | None:
    """The citizen goes on from an earlier letter of theirs."""
    ids = [letters.digest_of(each) for each in read.answers]
    earlier = Letter.objects.filter(message_digest__in=ids, report__isnull=False)
    found = earlier.exclude(pk=letter.pk).order_by("-id").first()
    return REPORTS.get(letters=found) if found else None


def by_number(read: letters.Read) -> Report | None:
    return REPORTS.filter(number__in=read.numbers).order_by("-id").first() if read.numbers else None


def is_theirs(report: Report, email: str) -> bool:
    """Numbers can be guessed, and letters are seen by whoever gets a copy: the sender must be the
    one who reported. A forged sender can add words, and reads nothing."""
    if report.complainant is None or not email:
        return False
    known = vault.for_sending(report.complainant).email
    return known.strip().lower() == email.strip().lower()


# --- Filed, added ---------------------------------------------------------------------------------


def doubt(letter: Letter, read: letters.Read) -> str:
    """Why a person should look at it; empty where it may be filed by itself."""
    text = words_of(read)
    others = Letter.objects.exclude(pk=letter.pk)
    if letter.message_digest and others.filter(message_digest=letter.message_digest).exists():
        return Why.SAME_ID
    if not read.said.strip():
        return Why.NO_TEXT
    if is_delicate(text):
        return Why.DELICATE
    since = letter.received_at - OFTEN_WITHIN
    own = others.filter(sender_index=letter.sender_index, received_at__gte=since)
    if letter.sender_index and own.exclude(state=State.IGNORED).count() >= OFTEN:
        return Why.OFTEN
    return "" if surest(text) else Why.UNCLEAR


def file_surely(letter: Letter, read: letters.Read, media: Sequence[Sealed]) -> None:
    text = words_of(read)
    new = NewReport(
        kind=Kind.HELP,
        category=surest(text),
        channel=Channel(letter.channel),
        text=text,
        position=position_of(read),
    )
    file(letter, signed(new, read), Sender(), media)


def position_of(read: letters.Read) -> GivenPosition | None:
    if read.place is None:
        return None
    longitude, latitude, datum = read.place
    return GivenPosition(longitude, latitude, Datum(datum), origin=Origin.DEVICE)


def signed(new: NewReport, read: letters.Read) -> NewReport:
    """With who wrote, as far as it can be written to."""
    return replace(
        new,
        contact_name=new.contact_name or read.name[:60],
        contact_phone=new.contact_phone or read.phone,
        contact_email=new.contact_email or sound(read.email),
    )


def sound(email: str) -> str:
    try:
        validate_email(email)
    except ValidationError:
        return ""
    return email


def file(letter: Letter, new: NewReport, sender: Sender, media: Sequence[Sealed]) -> Report:
    """A report from a locked letter, through the one door; the row is not saved.

    Raises Refused, naming the field.
    """
    with translation.override(language_of(new.text)):
        filed = file_report(new, sender=sender, media=media, key=f"letter:{letter.uid}")
    report = REPORTS.get(number=filed.answer["number"])
    letter.report, letter.state, letter.why = report, State.FILED, ""
    note(letter, report, sender.user)
    return report


def language_of(text: str) -> str:
    """Who writes without a Chinese character is answered in English."""
    return "zh-hans" if any("\u3400" <= c <= "\u9fff" for c in text) else "en"


def add(
    letter: Letter,
    read: letters.Read,
    report: Report,
    media: Sequence[Sealed],
    actor: User | None = None,
) -> None:
    """What the citizen wrote more, in the history of an open incident; no status changes.

    Raises NotAllowedNow where it has ended.
    """
    text = read.said[:LONGEST] or words_of(read)
    told: dict[str, Any] = {"said": text, "letter": str(letter.uid)}
    incident = lock(report.incident_id)
    move(incident, Noted(Step.ADD, told), actor=actor, who=None if actor else Who.CITIZEN)
    heed(incident, text, urgent=False)
    attach(media, incident, report=report)
    if media:
        wake.after_commit("incidents.tasks.sweep_media")
    note(letter, report, actor)


def note(letter: Letter, report: Report, operator: User | None) -> Contact:
    """Every letter is a contact."""
    now = timezone.now()
    return Contact.objects.create(
        channel=letter.channel,
        began_at=letter.received_at,
        answered_at=now,
        ended_at=now,
        closed_at=now,
        operator=operator,
        division=operator.division if operator else report.incident.division,
        complainant=report.complainant,
        result=Contact.Result.REPORT,
        report=report,
        incident=report.incident,
    )
