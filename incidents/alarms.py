"""Words that mean danger to life: heard while somebody types, and again when it is filed."""

import time as clock
from collections.abc import Iterable

from incidents.bigrams import plain, says
from incidents.models import AlarmWord, Category

REREAD_S = 30.0
_known: list[tuple[float, list[AlarmWord]]] = []


def words() -> list[AlarmWord]:
    return list(AlarmWord.objects.all())


def known() -> list[AlarmWord]:
    """The same, read by a process once in a while: every dispatch listens for them."""
    if not _known or clock.monotonic() - _known[0][0] > REREAD_S:
        _known[:] = [(clock.monotonic(), words())]
    return _known[0][1]


def forget() -> None:
    """Read them again the next time."""
    _known.clear()


def heard(text: str, known: Iterable[AlarmWord] | None = None) -> list[AlarmWord]:
    """The alarm words in this text; the page's script listens by the same rule."""
    said = plain(text)
    return [each for each in (words() if known is None else known) if says(said, each.word)]


def service_for(category: Category, said: str) -> str:
    """The emergency service that must know of it at once; "" for none.

    `said`: the words of the report. What they cry out weighs more than the category chosen.
    """
    heard_in = heard(said, known())
    return heard_in[0].call if heard_in else category.alarm
