"""What must hold, judged from rows and files alone. Pure: `records.py` brings them.

Once: every report answered 201 is one report, with equal fields, number, tracking code and photos
(by checksum of the sealed file). One more, whoever sent it, is one too many.
In hand: every incident is dispatched (no dispatch due, one live order) or names its queue.
Sent once: one `register` and at most one `dispatch` event, a first offer and one more only after
each decline or miss, as many offers as orders, never two live ones; each change wrote exactly one
outbox row in its own transaction.
Told: the listener has heard of every incident, up to its newest outbox id and its status.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.drills.siege.drafts import Draft
from tests.drills.siege.stream import Answered

MISSING, DOUBLE, CHANGED, PHOTO = "missing", "double", "changed", "photo"
NOT_IN_HAND, SENT_TWICE, OUTBOX, STREAM = "not in hand", "sent twice", "outbox", "stream"
ANSWER, DOWN = "answer", "down"


@dataclass(frozen=True)
class Violation:
    kind: str
    text: str


@dataclass(frozen=True)
class Stored:
    """One report as the database has it. `fields`: by the names the sender used."""

    key: str
    incident: int
    number: str
    tracking_code: str
    fields: Mapping[str, Any]
    division: str | None
    photos: tuple[tuple[str, str], ...]  # (uid, checksum), by checksum


@dataclass(frozen=True)
class Story:
    """What happened to one incident, counted."""

    incident: int
    registered: int = 1
    dispatched: int = 1
    offered: int = 1
    ended: int = 0  # declined, missed or withdrawn
    orders: int = 1
    live: int = 1
    silent: int = 0  # events without an outbox row of the same transaction
    told_twice: int = 0  # outbox rows beyond the first of one transaction


@dataclass(frozen=True)
class Standing:
    """Where an incident stands."""

    incident: int
    waiting: str
    due: bool  # dispatch_after is set
    live: int


def once(
    answered: Iterable[Answered],
    stored: Iterable[Stored],
    checksum_of: Callable[[str], str | None],
) -> list[Violation]:
    """Every promise is kept exactly once; what nobody was promised is there at most once."""
    stored = list(stored)
    times = Counter(each.key for each in stored)
    found = [Violation(DOUBLE, f"{key} is there {n} times") for key, n in times.items() if n > 1]
    by_key = {each.key: each for each in stored}
    for promise in answered:
        kept = by_key.get(promise.draft.key)
        if kept is None:
            found.append(Violation(MISSING, f"{promise.draft.key} was answered 201"))
        else:
            found += equal(promise, kept) + intact(promise.draft, kept, checksum_of)
    return found


def equal(promise: Answered, kept: Stored) -> list[Violation]:
    answer, given = promise.answer, promise.draft.fields
    differing = {
        name: (value, kept.fields.get(name))
        for name, value in given.items()
        if kept.fields.get(name) != value
    }
    division = (answer.get("division") or {}).get("code")
    for name, told, there in (
        ("number", answer.get("number"), kept.number),
        ("tracking_code", answer.get("tracking_code"), kept.tracking_code),
        ("division", division, kept.division),
    ):
        if told != there:
            differing[name] = (told, there)
    if not differing:
        return []
    return [Violation(CHANGED, f"{kept.key}: {differing}")]


def intact(draft: Draft, kept: Stored, checksum_of: Callable[[str], str | None]) -> list[Violation]:
    if tuple(checksum for _uid, checksum in kept.photos) != draft.checksums:
        return [Violation(PHOTO, f"{kept.key}: {len(kept.photos)} rows, other checksums")]
    return [
        Violation(PHOTO, f"{kept.key}: the sealed file {uid} is missing or differs")
        for uid, checksum in kept.photos
        if checksum_of(uid) != checksum
    ]


def in_hand(standings: Iterable[Standing]) -> list[Violation]:
    return [
        Violation(NOT_IN_HAND, f"incident {each.incident}: due={each.due}, {each.live} live orders")
        for each in standings
        if not each.waiting and (each.due or each.live != 1)
    ]


def sent_once(stories: Iterable[Story]) -> list[Violation]:
    found = []
    for story in stories:
        if (
            story.registered != 1
            or story.dispatched > 1
            or story.offered != story.orders
            or story.offered > 1 + story.ended
            or story.live > 1
        ):
            found.append(Violation(SENT_TWICE, str(story)))
        if story.silent or story.told_twice:
            found.append(Violation(OUTBOX, str(story)))
    return found


def told(
    newest: Mapping[int, tuple[int, str | None]], heard: Mapping[int, tuple[int, str]]
) -> list[Violation]:
    """`newest` and `heard`: incident -> (outbox id, status); a status of None is not compared."""
    return [
        Violation(STREAM, f"incident {incident}: {heard.get(incident)} heard of {last}")
        for incident, last in newest.items()
        if not up_to_date(heard.get(incident), last)
    ]


def up_to_date(heard: tuple[int, str] | None, last: tuple[int, str | None]) -> bool:
    if heard is None or heard[0] != last[0]:
        return heard is not None and heard[0] > last[0]
    return last[1] is None or heard[1] == last[1]
