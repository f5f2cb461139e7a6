"""The arithmetic of working time: borders told as stories, laws held for any time."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.worktime import Calendar, Limit, NoWorkingDay, TimeUnit

SHENYANG = ZoneInfo("Asia/Shanghai")
OPEN = ((time(8, 30), time(12)), (time(13), time(17, 30)))
# 2026: National Day 1 to 7 October, made up for on Saturday the 10th of October.
HOLIDAYS = {date(2026, 10, day) for day in range(1, 8)}
MAKE_UP = {date(2026, 10, 10)}


def is_working(day: date) -> bool:
    return day in MAKE_UP or (day.weekday() < 5 and day not in HOLIDAYS)


CALENDAR = Calendar(SHENYANG, OPEN, is_working)
UNITS = st.sampled_from(TimeUnit)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)).map(
    lambda naive: naive.replace(tzinfo=SHENYANG)
)
SPANS = st.integers(0, 200 * 60).map(lambda minutes: timedelta(minutes=minutes))
LIMITS = st.builds(Limit, st.integers(1, 60), UNITS)


def at(text: str) -> datetime:
    return datetime.strptime(text, "%m-%d %H:%M").replace(year=2026, tzinfo=SHENYANG)


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        # Round the clock, whatever the day.
        ("09-30 22:00", Limit(24, TimeUnit.HOURS), "10-01 22:00"),
        ("09-30 22:00", Limit(7, TimeUnit.DAYS), "10-07 22:00"),
        # Working hours: over lunch, over night, from a day off, to the minute of closing.
        ("11-24 11:00", Limit(2, TimeUnit.WORKING_HOURS), "11-24 14:00"),
        ("11-24 16:30", Limit(2, TimeUnit.WORKING_HOURS), "11-25 09:30"),
        ("11-24 20:00", Limit(4, TimeUnit.WORKING_HOURS), "11-25 13:30"),
        ("11-24 13:30", Limit(4, TimeUnit.WORKING_HOURS), "11-24 17:30"),
        ("10-03 03:00", Limit(1, TimeUnit.WORKING_HOURS), "10-08 09:30"),
        # Working days: from the next one, to its close; the make-up Saturday counts.
        ("11-24 10:00", Limit(1, TimeUnit.WORKING_DAYS), "11-25 17:30"),
        ("11-27 10:00", Limit(1, TimeUnit.WORKING_DAYS), "11-30 17:30"),
        ("09-30 10:00", Limit(3, TimeUnit.WORKING_DAYS), "10-10 17:30"),
        ("10-09 10:00", Limit(1, TimeUnit.WORKING_DAYS), "10-10 17:30"),
        ("11-28 10:00", Limit(2, TimeUnit.WORKING_DAYS), "12-01 17:30"),
    ],
)
def test_when_it_is_due(start: str, limit: Limit, due: str) -> None:
    assert CALENDAR.due(at(start), limit) == at(due)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("11-24 08:00", "11-24 17:30"),
        ("11-24 17:29", "11-24 17:30"),
        ("11-24 17:30", "11-25 17:30"),
        ("11-28 12:00", "11-30 17:30"),
    ],
)
def test_the_same_working_day_ends_when_offices_close(now: str, end: str) -> None:
    assert CALENDAR.end_of_day(at(now)) == at(end)


def test_a_pause_over_the_holiday_gives_back_no_working_time() -> None:
    due = at("10-09 12:00")
    stood = (at("09-30 18:00"), at("10-08 08:00"))
    assert CALENDAR.later(due, *stood, TimeUnit.WORKING_HOURS) == due
    assert CALENDAR.later(due, *stood, TimeUnit.HOURS) == due + (stood[1] - stood[0])


def test_a_pause_of_two_working_days_moves_the_due_day_by_two() -> None:
    due = at("11-26 17:30")
    assert CALENDAR.later(due, at("11-23 15:00"), at("11-25 09:00"), TimeUnit.WORKING_DAYS) == at(
        "11-30 17:30"
    )


def test_what_was_late_already_gets_no_time_back() -> None:
    due = at("11-24 12:00")
    for unit in TimeUnit:
        assert CALENDAR.later(due, at("11-24 12:00"), at("11-26 12:00"), unit) == due


def test_a_calendar_without_working_days_says_so() -> None:
    closed = Calendar(SHENYANG, OPEN, lambda _day: False)
    with pytest.raises(NoWorkingDay):
        closed.due(at("11-24 12:00"), Limit(1, TimeUnit.WORKING_DAYS))
    with pytest.raises(NoWorkingDay):
        closed.due(at("11-24 12:00"), Limit(1, TimeUnit.WORKING_HOURS))


@given(MOMENTS, LIMITS)
def test_due_lies_after_the_start_and_grows_with_the_limit(start: datetime, limit: Limit) -> None:
    due = CALENDAR.due(start, limit)
    assert due > start
    assert CALENDAR.due(start, Limit(limit.amount + 1, limit.unit)) > due


@given(MOMENTS, MOMENTS, LIMITS)
def test_who_begins_later_is_never_due_earlier(a: datetime, b: datetime, limit: Limit) -> None:
    first, second = sorted((a, b))
    assert CALENDAR.due(first, limit) <= CALENDAR.due(second, limit)


@given(MOMENTS, st.integers(1, 200))
def test_working_hours_added_are_the_working_hours_between(start: datetime, hours: int) -> None:
    span = timedelta(hours=hours)
    assert CALENDAR.between(start, CALENDAR.add(start, span)) == span


@given(MOMENTS, SPANS, SPANS)
def test_working_time_adds_up(start: datetime, one: timedelta, two: timedelta) -> None:
    middle, end = start + one, start + one + two
    whole = CALENDAR.between(start, end)
    assert whole == CALENDAR.between(start, middle) + CALENDAR.between(middle, end)
    assert timedelta() <= whole <= one + two


@given(MOMENTS, LIMITS)
def test_due_of_working_units_falls_into_opening_hours(start: datetime, limit: Limit) -> None:
    due = CALENDAR.due(start, limit)
    if limit.unit in (TimeUnit.WORKING_HOURS, TimeUnit.WORKING_DAYS):
        assert CALENDAR.is_open(due - timedelta(minutes=1))


@given(MOMENTS, LIMITS, SPANS, SPANS)
def test_a_pause_never_shortens_and_two_in_a_row_are_one(
    start: datetime, limit: Limit, one: timedelta, two: timedelta
) -> None:
    due = CALENDAR.due(start, limit)
    since, middle, until = start, start + one, start + one + two
    once = CALENDAR.later(due, since, until, limit.unit)
    twice = CALENDAR.later(
        CALENDAR.later(due, since, middle, limit.unit), middle, until, limit.unit
    )
    assert once >= due
    assert once == twice


@given(MOMENTS, LIMITS)
def test_the_time_zone_of_the_start_makes_no_difference(start: datetime, limit: Limit) -> None:
    assert CALENDAR.due(start.astimezone(UTC), limit) == CALENDAR.due(start, limit)
