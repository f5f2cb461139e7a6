"""How long a worker has to answer an offer. Pure; the limits are data."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """`answer_*`: time to acknowledge an offer. `misses`: then a person decides.

    `fresh`: how old a shared position may be. `retry`: how soon to look again when nobody is free.
    """

    answer_urgent: timedelta = timedelta(minutes=5)
    answer_normal: timedelta = timedelta(minutes=30)
    misses: int = 3
    fresh: timedelta = timedelta(minutes=10)
    retry: timedelta = timedelta(minutes=1)


def answer_by(offered_at: datetime, limits: Limits, *, urgent: bool) -> datetime:
    """When an offer that nobody answered goes to the next worker."""
    return offered_at + (limits.answer_urgent if urgent else limits.answer_normal)
