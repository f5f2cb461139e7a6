"""What must hold, beside the status and the role, before a step is taken. Pure.

A guard reads `Facts`, which `incidents.transitions` fills from the locked incident alone: nobody
who takes a step can forget to check it, and nothing it reads can change in between.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class CaseLimits:
    """The city's limits on a case; data, from the settings."""

    dispatches: int = 3
    extension_days: int = 10
    attempts: int = 3
    attempts_days: int = 2
    reworks: int = 1
    low_score: timedelta = timedelta(hours=24)
    reopen: timedelta = timedelta(days=15)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards ask. `actor`: user id; `said`: what the actor stated for this step."""

    now: datetime
    actor: int | None = None
    dispatches: int = 0
    dispatched_by: int | None = None
    designated: bool = False
    signed: bool = False
    return_until: datetime | None = None
    due_at: datetime | None = None
    asked: str = ""
    extended: bool = False
    paused: bool = False
    open_cooperations: int = 0
    reworks: int = 0
    under_review: bool = False
    ended_at: datetime | None = None
    said: frozenset[str] = frozenset()
    limits: CaseLimits = field(default_factory=CaseLimits)


class Guard(StrEnum):
    """The name of each; `incidents.refusals` has the sentence for when it does not hold."""

    DISPATCHES_LEFT = "dispatches_left"
    NOT_DESIGNATED = "not_designated"
    NOT_SIGNED = "not_signed"
    IN_RETURN_TIME = "in_return_time"
    NOT_OWN_DISPATCH = "not_own_dispatch"
    NOTHING_ASKED = "nothing_asked"
    RETURN_ASKED = "return_asked"
    EXTENSION_ASKED = "extension_asked"
    PAUSE_ASKED = "pause_asked"
    BEFORE_DUE = "before_due"
    NOT_EXTENDED = "not_extended"
    RUNNING = "running"
    PAUSED = "paused"
    ALL_COOPERATED = "all_cooperated"
    REWORK_LEFT = "rework_left"
    REWORKS_USED = "reworks_used"
    NOT_UNDER_REVIEW = "not_under_review"
    UNDER_REVIEW = "under_review"
    IN_REOPEN_TIME = "in_reopen_time"
    PAST_REOPEN_TIME = "past_reopen_time"
    HAD_A_UNIT = "had_a_unit"


DISSENT = "dissent"
NEW_FACT = "new_fact"
_G = Guard

HOLDS: Mapping[Guard, Callable[[Facts], bool]] = MappingProxyType(
    {
        _G.DISPATCHES_LEFT: lambda f: f.dispatches < f.limits.dispatches,
        _G.NOT_DESIGNATED: lambda f: not f.designated,
        _G.NOT_SIGNED: lambda f: not f.signed,
        _G.IN_RETURN_TIME: lambda f: f.return_until is not None and f.now <= f.return_until,
        # Nobody's dispatch (the machine's) may be judged by anybody.
        _G.NOT_OWN_DISPATCH: lambda f: f.dispatched_by is None or f.dispatched_by != f.actor,
        _G.NOTHING_ASKED: lambda f: f.asked == "",
        _G.RETURN_ASKED: lambda f: f.asked == "return",
        _G.EXTENSION_ASKED: lambda f: f.asked == "extension",
        _G.PAUSE_ASKED: lambda f: f.asked == "pause",
        _G.BEFORE_DUE: lambda f: f.due_at is not None and f.now < f.due_at,
        _G.NOT_EXTENDED: lambda f: not f.extended,
        _G.RUNNING: lambda f: not f.paused,
        _G.PAUSED: lambda f: f.paused,
        _G.ALL_COOPERATED: lambda f: f.open_cooperations == 0 or DISSENT in f.said,
        _G.REWORK_LEFT: lambda f: f.reworks < f.limits.reworks,
        _G.REWORKS_USED: lambda f: f.reworks >= f.limits.reworks,
        _G.NOT_UNDER_REVIEW: lambda f: not f.under_review,
        _G.UNDER_REVIEW: lambda f: f.under_review,
        _G.IN_REOPEN_TIME: lambda f: NEW_FACT in f.said or _since_the_end(f) <= f.limits.reopen,
        _G.PAST_REOPEN_TIME: lambda f: _since_the_end(f) > f.limits.reopen,
        # What ended on a merged line was never ours: nobody here could go on with it.
        _G.HAD_A_UNIT: lambda f: f.dispatches > 0,
    }
)


def _since_the_end(facts: Facts) -> timedelta:
    return facts.now - (facts.ended_at or facts.now)
