"""Arithmetic of working time (工作时, 工作日): hours and days by a calendar with holidays and
make-up days. Pure; which days are working days is data.

- `h` and `d` run round the clock: 24 h are 24 hours, 7 d are 7 times 24 hours.
- `wh` count only while offices are open; outside, counting waits for the next opening.
- `wd` begin on the next working day after the start; the limit ends when offices close on the
  last one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

# A calendar with no working day for so long is a mistake in its data.
LONGEST_CLOSURE = 60
DAY = timedelta(days=1)


class NoWorkingDay(Exception):
    """The calendar names no working day within LONGEST_CLOSURE days."""


class TimeUnit(StrEnum):
    HOURS = "h"
    DAYS = "d"
    WORKING_HOURS = "wh"
    WORKING_DAYS = "wd"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many hours or days in which something is due."""

    amount: int
    unit: TimeUnit


@dataclass(frozen=True, slots=True)
class Calendar:
    """`hours`: the open spans of a working day, in order, in the local time of `zone`."""

    zone: tzinfo
    hours: tuple[tuple[time, time], ...]
    is_working: Callable[[date], bool]

    def due(self, start: datetime, limit: Limit) -> datetime:
        """When something begun at `start` (aware) is due."""
        match limit.unit:
            case TimeUnit.HOURS:
                return start + timedelta(hours=limit.amount)
            case TimeUnit.DAYS:
                return start + limit.amount * DAY
            case TimeUnit.WORKING_HOURS:
                return self.add(start, timedelta(hours=limit.amount))
            case TimeUnit.WORKING_DAYS:
                return self.close_of(self.days_after(self.local_day(start), limit.amount))

    def later(self, due: datetime, since: datetime, until: datetime, unit: TimeUnit) -> datetime:
        """`due`, moved by the time between, in which its clock stood still.

        A clock that had run out already does not get time back.
        """
        if due <= since or until <= since:
            return due
        match unit:
            case TimeUnit.HOURS | TimeUnit.DAYS:
                return due + (until - since)
            case TimeUnit.WORKING_HOURS:
                return self.add(due, self.between(since, until))
            case TimeUnit.WORKING_DAYS:
                return self.more_days(due, self.days_between(since, until))

    def more_days(self, due: datetime, days: int) -> datetime:
        """The close of the working day so many working days after the day of `due`."""
        return self.close_of(self.days_after(self.local_day(due), days)) if days else due

    def add(self, start: datetime, span: timedelta) -> datetime:
        """When `span` of open time has passed since `start`."""
        end = start
        for opens, closes in self.spans(start):
            end = max(start, opens)
            if closes - end >= span:
                return end + span
            span -= max(closes - end, timedelta())
        raise NoWorkingDay(start)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The open time within [start, end]."""
        passed = timedelta()
        for opens, closes in self.spans(start):
            if opens >= end:
                break
            passed += max(min(closes, end) - max(opens, start), timedelta())
        return passed

    def days_between(self, start: datetime, end: datetime) -> int:
        """Working days that began after the day of `start`, up to and with the day of `end`."""
        day, last, days = self.local_day(start), self.local_day(end), 0
        while day < last:
            day += DAY
            days += self.is_working(day)
        return days

    def days_after(self, day: date, days: int) -> date:
        """The working day that is the `days`-th after `day`; for 0 `day` itself or the next."""
        left = days if days else int(not self.is_working(day))
        since = 0
        while left:
            day += DAY
            since += 1
            if self.is_working(day):
                left, since = left - 1, 0
            elif since > LONGEST_CLOSURE:
                raise NoWorkingDay(day)
        return day

    def end_of_day(self, now: datetime) -> datetime:
        """The close of this working day; after it, or on a day off, of the next one."""
        today = self.local_day(now)
        if self.is_working(today) and now < self.close_of(today):
            return self.close_of(today)
        return self.close_of(self.days_after(today, 1))

    def is_open(self, now: datetime) -> bool:
        day = self.local_day(now)
        return self.is_working(day) and any(a <= now < b for a, b in self.spans_of(day))

    def spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Open spans from the day of `start` on."""
        day = self.days_after(self.local_day(start), 0)
        while True:
            yield from self.spans_of(day)
            day = self.days_after(day, 1)

    def spans_of(self, day: date) -> list[tuple[datetime, datetime]]:
        return [(self.at(day, opens), self.at(day, closes)) for opens, closes in self.hours]

    def close_of(self, day: date) -> datetime:
        return self.at(day, self.hours[-1][1])

    def local_day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone)
