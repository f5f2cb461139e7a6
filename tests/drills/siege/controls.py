"""Mistakes planted on purpose: a check that does not notice them is worth nothing.

Each has a stream and reports of its own, told apart by the beginning of their text, and runs after
the main run was judged. What a mistake left in the tables stays: the house is thrown away.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.drills.siege import checks, cut
from tests.drills.siege.checks import Violation
from tests.drills.siege.house import House, NotUp
from tests.drills.siege.kinds import CannotInject, KillUnwritten
from tests.drills.siege.ordeal import LONG_AGO, Ordeal, begin, settled
from tests.drills.siege.result import Control

HAND_S, STREAM_S = 30.0, 5.0
NEW_CONNECTIONS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def nothing(house: House) -> None:
    """The file of its name is enough."""


def let_keys_repeat(house: House) -> None:
    house.tell("ALTER TABLE incidents_idempotencykey DROP CONSTRAINT idempotency_key_once")


def let_orders_repeat(house: House) -> None:
    """The database refuses two live orders by itself; without its help the lock stands alone."""
    house.tell("DROP INDEX one_live_order", "DROP INDEX one_lead_at_a_time")


def confirm_before_writing(house: House) -> None:
    # For the database: the server's own command line, which says on, counts for less.
    house.tell("ALTER DATABASE hotline SET synchronous_commit = off", NEW_CONNECTIONS)


def confirm_after_writing(house: House) -> None:
    house.tell("ALTER DATABASE hotline RESET synchronous_commit", NEW_CONNECTIONS)


def kill_unwritten(house: House) -> None:
    KillUnwritten().inject(house)
    time.sleep(1)
    house.wait_until_up(60)


@dataclass(frozen=True)
class Mistake:
    """`prepare` before its stream, `strike` in the middle of it, `undo` after it."""

    name: str
    expected: frozenset[str]
    prepare: Callable[[House], None] = nothing
    strike: Callable[[House], None] = nothing
    undo: Callable[[House], None] = nothing
    impatience: float = 0.0


MISTAKES = (
    Mistake(cut.OUTBOX_LEFT_OUT, frozenset({checks.OUTBOX, checks.STREAM})),
    Mistake(
        cut.CHECK_THEN_INSERT, frozenset({checks.DOUBLE}), prepare=let_keys_repeat, impatience=0.5
    ),
    Mistake(cut.LOCK_OFF, frozenset({checks.SENT_TWICE}), prepare=let_orders_repeat),
    # The last: rows that listeners heard of are gone afterwards.
    Mistake(
        "synchronous-commit-off",
        frozenset({checks.MISSING}),
        prepare=confirm_before_writing,
        strike=kill_unwritten,
        undo=confirm_after_writing,
    ),
)


def notice(
    house: House, mistake: Mistake, random: Random, *, rate: float, api_key: str, seconds: float
) -> Control:
    """Plant one mistake under a stream of its own, and say which checks noticed it."""
    armed = cut.folder(house.var) / mistake.name
    mistake.prepare(house)
    armed.touch()
    try:
        ordeal = begin(
            house,
            f"control-{mistake.name}-{random.randrange(10**6)}",
            random,
            rate=rate,
            api_key=api_key,
            impatience=mistake.impatience,
        )
        time.sleep(seconds)
        mistake.strike(house)
        found = judge(ordeal)
    except (CannotInject, NotUp) as reason:
        return Control(mistake.name, mistake.expected, not_run=str(reason)[:200])
    finally:
        armed.unlink(missing_ok=True)
        mistake.undo(house)
    kinds = Counter(violation.kind for violation in found)
    return Control(mistake.name, mistake.expected, ordeal.stream.count(), dict(kinds))


def judge(ordeal: Ordeal) -> list[Violation]:
    """The checks of the main run, less patient with what a mistake keeps from ever coming."""
    ordeal.stream.end(20)
    records, until = ordeal.records, ordeal.records.now()
    violations = settled(lambda: checks.in_hand(records.out_of_hand(until)), HAND_S)
    violations += checks.once(
        ordeal.stream.answered, records.reports(LONG_AGO), records.checksum_of
    )
    violations += checks.sent_once(records.stories(until))
    violations += settled(
        lambda: checks.told(records.newest(until), dict(ordeal.listener.heard)), STREAM_S
    )
    ordeal.listener.end()
    return violations
