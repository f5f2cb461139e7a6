"""The history cannot be edited without a trace: how each event is chained to the one before it.

The canonical form of an event is UTF-8 text of nine parts with a line feed between them:

    incident's id, place in its chain (1, 2 ...), own id, time in whole microseconds since 1970,
    step, actor's id (nothing for the machine), status before, status after, data

`data` is PostgreSQL's own text of the jsonb and comes last. None of the other parts ever holds a
line feed, so no two events have the same text. An event's hash is SHA-256 over the hash of the one
before it in its incident (32 bytes; nothing before the first) and this text. The database computes
it when the row is inserted (migration 0032); what is here computes it again, without the database.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Kept:
    """One event as its row says. `data`: the text PostgreSQL gives for it."""

    incident: int
    nth: int
    id: int
    microseconds: int
    step: str
    actor: int | None
    from_status: str
    to_status: str
    data: str
    hash: bytes

    def follows(self, former: bytes) -> bool:
        return sha256(former + self.canonical()).digest() == self.hash

    def canonical(self) -> bytes:
        actor = "" if self.actor is None else str(self.actor)
        parts = (self.incident, self.nth, self.id, self.microseconds, self.step, actor)
        return "\n".join(map(str, (*parts, self.from_status, self.to_status, self.data))).encode()


@dataclass(frozen=True, slots=True)
class Standing:
    """An incident as its own row says, with one of its events; None where it has none."""

    number: str
    status: str
    event: Kept | None


def findings(rows: Iterable[Standing]) -> Iterator[str]:
    """What is wrong, a sentence each. Rows come by incident, then by place in the chain."""
    last: Standing | None = None
    for row in rows:
        former = last.event if last and last.number == row.number else None
        if last and former is None:
            yield from at_the_end(last)
        yield from between(row, former)
        last = row
    if last:
        yield from at_the_end(last)


def between(row: Standing, former: Kept | None) -> Iterator[str]:
    """How one event follows the one before it."""
    event = row.event
    if event is None:
        return
    due = former.nth + 1 if former else 1
    if event.nth > due:
        # What it was chained to is gone: the chain goes on from what it says of itself.
        missing = str(due) if event.nth == due + 1 else f"{due}-{event.nth - 1}"
        yield f"{row.number}: missing event {missing}"
        return
    if event.nth < due or (former and event.id <= former.id):
        yield f"{row.number}: event {event.nth} (id {event.id}) is forged, it stands out of order"
    if not event.follows(former.hash if former else b""):
        yield f"{row.number}: event {event.nth} (id {event.id}) was changed, or is forged"


def at_the_end(row: Standing) -> Iterator[str]:
    if row.event is None:
        yield f"{row.number}: missing history, it has no event at all"
    elif row.event.to_status != row.status:
        yield (
            f"{row.number}: its status is {row.status}, its last event (id {row.event.id}) says "
            f"{row.event.to_status}: the tail was removed, or the status changed by hand"
        )
