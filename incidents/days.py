"""Sealing the days that are over: one line each, in the file of `incidents.roots`."""

import time
from datetime import date, datetime
from datetime import time as clock

from django.utils import timezone

from incidents import roots
from incidents.roots import BEFORE_ALL, ONE_DAY, Root, root_of
from incidents.streams import ask, streamed

# So long may somebody who writes events keep a day from being sealed; the next try is in an hour.
PATIENCE_S, LOOK_S = 20.0, 0.2

HASHES = "SELECT id, hash FROM incidents_event WHERE id > %s AND id <= %s ORDER BY id"
# By the ids: an event of the past that was imported today belongs to today.
LAST_BEFORE = """
SELECT coalesce(
    (SELECT id - 1 FROM incidents_event WHERE id > %s AND at >= %s ORDER BY id LIMIT 1),
    (SELECT max(id) FROM incidents_event),
    0)
"""
# An id is drawn before the commit. Whoever draws one holds this lock before, and until its end.
WRITING = """
SELECT coalesce(array_agg(virtualtransaction), '{}') FROM pg_locks
WHERE relation = 'incidents_event'::regclass AND mode = 'RowExclusiveLock' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND pid <> pg_backend_pid()
"""


class StillWriting(RuntimeError):
    """A transaction that may hold an event of the day has not ended; try again later."""


def seal_days(until: date | None = None) -> list[Root]:
    """Append the lines of the days that are over and have none; once more, and nothing is to do.

    `until`: the first day not to be sealed, today if not given. Raises StillWriting, or CrookedLine
    where a line of the file is not ours; what was sealed before that stays.
    """
    until = until or timezone.localdate()
    made: list[Root] = []
    with roots.ours():
        former, after = roots.newest()
        day = former.next_day if former else until - ONE_DAY
        while day < until:
            last = settled(day, after)
            former = sealed(day, former.root if former else BEFORE_ALL, after, last)
            made.append(former)
            day, after = day + ONE_DAY, max(after, last)
    return made


def sealed(day: date, former: str, after: int, last: int) -> Root:
    root = computed(day, former, after, last)
    roots.append(root)
    return root


def computed(day: date, former: str, after: int, last: int) -> Root:
    """The root of the events after one id and up to another, as the database has them now."""
    with streamed(HASHES, [after, last]) as rows:
        return root_of(former, day, ((pk, bytes(hashed)) for pk, hashed in rows))


def settled(day: date, after: int) -> int:
    """The last id of a day, once nobody can add one below it any more."""
    midnight = timezone.make_aware(datetime.combine(day + ONE_DAY, clock.min))
    last = int(ask(LAST_BEFORE, [after, midnight]))
    writing, give_up = set(ask(WRITING)), time.monotonic() + PATIENCE_S
    while writing & set(ask(WRITING)):
        if time.monotonic() > give_up:
            raise StillWriting(f"{day} is not settled yet: somebody is still writing events.")
        time.sleep(LOOK_S)
    return last
