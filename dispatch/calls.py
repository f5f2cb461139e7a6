"""From what came with a button to the one call it means; parsing only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from accounts.models import User
from dispatch import applications, assigning, cooperation, reclassifying, replies
from dispatch.forms import day_of, end_of, unit_of
from dispatch.models import Application
from incidents import call_backs, checks, ends, pressure
from incidents.lifecycle import Step
from incidents.media import sealed_from
from incidents.models import Check, Incident
from incidents.said import whole


@dataclass(frozen=True, slots=True)
class Sent:
    """What came with the button: the incident, who pressed it, words and files."""

    incident: Incident
    user: User
    words: QueryDict
    files: Sequence[UploadedFile[Any]] = ()

    def __getitem__(self, name: str) -> str:
        return str(self.words.get(name, ""))

    def has(self, name: str) -> bool:
        return bool(self.words.get(name))


def assign(sent: Sent) -> None:
    about = unit_of("about", sent["about"]) if sent.has("about") else None
    assigning.to_unit(
        sent.incident.pk,
        unit_of("unit", sent["unit"]),
        sent.user,
        reason=sent["reason"],
        about=about,
        seen=whole("seen", sent["seen"], least=0, most=9999) if sent.has("seen") else None,
    )


def classify(sent: Sent) -> None:
    reclassifying.reclassify(
        sent.incident.pk,
        sent.user,
        category=sent["category"],
        kind=sent["kind"],
        urgency=sent["urgency"],
        reason=sent["reason"],
    )


def refuse(sent: Sent) -> None:
    ends.refuse(
        sent.incident.pk, sent.user, reason=sent["reason"], right_channel=sent["right_channel"]
    )


def transfer(sent: Sent) -> None:
    ends.transfer(
        sent.incident.pk, sent.user, reason=sent["reason"], right_channel=sent["right_channel"]
    )


def ask_return(sent: Sent) -> None:
    suggested = unit_of("suggested", sent["suggested"]) if sent.has("suggested") else None
    applications.ask_return(
        sent.incident.pk,
        sent.user,
        reason=sent["reason"],
        basis=sent["basis"],
        suggested=suggested,
    )


def ask_extension(sent: Sent) -> None:
    days = whole("days", sent["days"], least=1, most=99)
    applications.ask_extension(sent.incident.pk, sent.user, reason=sent["reason"], days=days)


def ask_pause(sent: Sent) -> None:
    applications.ask_pause(
        sent.incident.pk,
        sent.user,
        pause_reason=sent["pause_reason"],
        reason=sent["reason"],
        until=end_of(day_of("until", sent["until"])),
    )


def judging(*, approve: bool) -> Callable[[Sent], Application]:
    def judge(sent: Sent) -> Application:
        return applications.judge(
            sent.incident.pk, sent.user, approve=approve, reason=sent["reason"]
        )

    return judge


def log_contact(sent: Sent) -> None:
    replies.log_contact(
        sent.incident.pk,
        sent.user,
        way=sent["way"],
        reached=sent.has("reached"),
        note=sent["note"],
    )


def cooperate(sent: Sent) -> None:
    cooperation.add(sent.incident.pk, unit_of("unit", sent["unit"]), sent.user, task=sent["task"])


def reply(sent: Sent) -> None:
    planned: date | None = (
        day_of("planned_for", sent["planned_for"]) if sent.has("planned_for") else None
    )
    new = replies.NewReply(
        outcome=sent["outcome"],
        public_text=sent["public_text"],
        internal_note=sent["internal_note"],
        dissent=sent["dissent"],
        planned_for=planned,
    )
    with sealed_from(list(sent.files)) as media:
        replies.reply(sent.incident.pk, sent.user, new, media=media)


def checking(verdict: Check.Verdict) -> Callable[[Sent], Check]:
    def check(sent: Sent) -> Check:
        return checks.judge(sent.incident.pk, sent.user, verdict, sent["reason"])

    return check


def pressing(step: Step) -> Callable[[Sent], Incident]:
    def press(sent: Sent) -> Incident:
        return pressure.press(sent.incident.pk, sent.user, step, sent["reason"])

    return press


def reviewing(*, rework: bool) -> Callable[[Sent], Incident]:
    def review(sent: Sent) -> Incident:
        return call_backs.review(sent.incident.pk, sent.user, rework=rework, reason=sent["reason"])

    return review
