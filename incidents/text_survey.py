"""The survey by SMS: `000123 15` says of the report that ends in 000123: solved, very satisfied.

The first of the two digits: 1 solved, 2 not solved. The second: the five levels, 5 the best. What
follows are words. With one question open the number may be left out; where it is not clear which
report is meant nothing is recorded, and the SMS is for a person.
"""

import re
import unicodedata
from dataclasses import dataclass

from django.db.models import QuerySet

from incidents import call_backs, vault
from incidents.errors import NotAllowedNow
from incidents.lifecycle import Status
from incidents.models import CallBack, Message

ANSWER = re.compile(
    r"(?:(?P<number>\d{6})[\s#*,，:：-]+)?(?P<solved>[12])[\s#*,，-]*(?P<level>[1-5])"
    r"(?:[\s,，。.;；]+(?P<words>.*))?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One SMS, taken apart. `number`: the last six digits of the report's, or empty."""

    number: str
    solved: bool
    level: str
    words: str


def read(text: str) -> Answer | None:
    """None for what is no answer; full-width digits are digits."""
    found = ANSWER.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return None
    number, solved, level, words = found.group("number", "solved", "level", "words")
    return Answer(number or "", solved == "1", level, words or "")


def take(phone: str, text: str) -> CallBack | None:
    """Record what this number answers; None where it answers no question, or not clearly one."""
    if (answer := read(text)) is None:
        return None
    asked = questions(phone)
    if answer.number:
        asked = asked.filter(report__number__endswith=answer.number)
    found = list(asked.values_list("pk", flat=True)[:2])
    if len(found) != 1:
        return None
    try:
        return call_backs.record(
            found[0],
            solved=answer.solved,
            satisfaction=answer.level,
            words_said=answer.words,
            by_text=True,
        )
    except NotAllowedNow:
        return None  # somebody else recorded it in this moment


def questions(phone: str) -> "QuerySet[CallBack]":
    """Open call-backs whose question went to this number by SMS."""
    told = Message.objects.filter(
        template=Message.Template.REPLIED, channel=Message.Channel.SMS, state=Message.State.SENT
    )
    return CallBack.objects.filter(
        result=CallBack.Result.WAITING,
        incident__status=Status.CALL_BACK,
        report__in=told.values("report"),
        report__complainant__in=vault.with_phone(phone).order_by().values("pk"),
    ).order_by("pk")
