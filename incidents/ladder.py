"""The ladder of supervision: which pressure comes next on a late case, and when. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Rung:
    """`before`: share of the time limit left when it comes; else `after` the due time."""

    step: str
    before: float = 0.0
    after: timedelta = timedelta()

    def at(self, began: datetime, due: datetime) -> datetime:
        return due - (due - began) * self.before if self.before else due + self.after


def next_rung(
    ladder: Sequence[Rung], climbed: int, began: datetime, due: datetime
) -> tuple[Rung, datetime] | None:
    """The rung after `climbed` many, and when it comes; None at the top."""
    if climbed >= len(ladder):
        return None
    return ladder[climbed], ladder[climbed].at(began, due)
