"""Whose duty it is when: shifts, and patterns of shifts that come round. Pure; all of it is data.

A shift belongs to the day on which it begins: who works the night of Monday is on duty on Tuesday
at one in the morning, whatever Tuesday says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

ONE_DAY = timedelta(days=1)
IsWorking = Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class Hours:
    """Of one day, local time. `ends` no later than `starts`: so far into the next day."""

    starts: time
    ends: time

    @property
    def past_midnight(self) -> bool:
        return self.ends <= self.starts

    def hold(self, clock: time) -> bool:
        """Whether somebody works at this hour who works these hours every day."""
        return self.hold_today(clock) or self.hold_since_yesterday(clock)

    def hold_today(self, clock: time) -> bool:
        """Whether who began today works at this hour of today."""
        return self.starts <= clock and (self.past_midnight or clock < self.ends)

    def hold_since_yesterday(self, clock: time) -> bool:
        """Whether who began yesterday still works at this hour of today."""
        return self.past_midnight and clock < self.ends


@dataclass(frozen=True, slots=True)
class Cycle:
    """轮班: the hours of each of its days, None for a day off; then it begins again.

    `on_working_days`: nobody begins on what the calendar calls a day off.
    """

    days: tuple[Hours | None, ...]
    on_working_days: bool = False

    def stage(self, day: date, begins: date) -> int:
        """Which day of the cycle `day` is for whom it began on `begins`, from 0."""
        return (day - begins).days % len(self.days)

    def hours(self, stage: int, day: date, is_working: IsWorking) -> Hours | None:
        """Of `day`, for whom it is this day of the cycle."""
        if self.on_working_days and not is_working(day):
            return None
        return self.days[stage]

    def stages_on(self, now: datetime, is_working: IsWorking) -> frozenset[int]:
        """The days of the cycle whose people are on duty at `now`, in local time."""
        return frozenset(n for n in range(len(self.days)) if self.on_duty(n, now, is_working))

    def on_duty(self, stage: int, now: datetime, is_working: IsWorking) -> bool:
        """Whether those work at `now` for whom today is this day of the cycle."""
        today, clock = now.date(), now.time()
        mine = self.hours(stage, today, is_working)
        before = self.hours((stage - 1) % len(self.days), today - ONE_DAY, is_working)
        begun = mine is not None and mine.hold_today(clock)
        return begun or (before is not None and before.hold_since_yesterday(clock))
