"""Who is on duty now, and whose duty it will be: shifts, patterns, the calendar, and what departs
from them, read together. The rule itself is `dispatch.rota`, pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    Value,
    When,
)
from django.utils import timezone

from dispatch.models import DutyChange, RotaPlace, Shift, ShiftPattern, Worker, WorkerQuerySet
from dispatch.rota import ONE_DAY, Cycle, Hours, IsWorking
from incidents.clocks import calendar


@dataclass(frozen=True, slots=True)
class Roster:
    """All shifts and patterns, and which days are working days."""

    shifts: Mapping[str, Shift]
    cycles: Mapping[str, Cycle]
    patterns: Mapping[str, ShiftPattern]
    is_working: IsWorking

    def shift_on(self, worker: Worker, day: date) -> Shift | None:
        """Which shift of theirs begins that day; a day off: None.

        `worker` comes with its `rota_place`.
        """
        place = getattr(worker, "rota_place", None)
        if place is None:
            return self.shifts[worker.shift_id]
        cycle = self.cycles[place.pattern_id]
        stage = cycle.stage(day, place.begins_on)
        if cycle.hours(stage, day, self.is_working) is None:
            return None
        return self.shifts.get(self.patterns[place.pattern_id].cycle[stage])


def roster() -> Roster:
    """As it is now; two statements."""
    shifts = {shift.pk: shift for shift in Shift.objects.all()}
    patterns = {pattern.pk: pattern for pattern in ShiftPattern.objects.all()}
    cycles = {code: cycle_of(pattern, shifts) for code, pattern in patterns.items()}
    return Roster(shifts, cycles, patterns, calendar().is_working)


def cycle_of(pattern: ShiftPattern, shifts: Mapping[str, Shift]) -> Cycle:
    """A shift that is no longer there is a day off."""
    days = (shifts.get(code) for code in pattern.cycle)
    hours = tuple(Hours(shift.starts, shift.ends) if shift else None for shift in days)
    return Cycle(hours, pattern.on_working_days)


# --- Now, of everybody ----------------------------------------------------------------------------


def with_duty(workers: WorkerQuerySet, now: datetime) -> Any:
    """Each with `due`: whether it is their duty at `now`, by rota, leave and extra duty."""
    changed = DutyChange.objects.filter(worker=OuterRef("pk"), begins_at__lte=now, ends_at__gt=now)
    off = Exists(changed.filter(kind__in=DutyChange.AWAY)) | Q(user__is_active=False)
    extra = Exists(changed.filter(kind=DutyChange.Kind.EXTRA))
    cases = [When(off, then=False), When(extra, then=True)]
    return workers.annotate(
        due=Case(
            *cases,
            When(by_rota(roster(), timezone.localtime(now)), then=True),
            default=False,
            output_field=BooleanField(),
        )
    )


def by_rota(known: Roster, now: datetime) -> Q:
    """Whose shift it is at `now`, in local time: one condition for everybody."""
    clock = now.time()
    on = [s.pk for s in known.shifts.values() if Hours(s.starts, s.ends).hold(clock)]
    every_day = Q(rota_place=None, shift__in=on)
    return reduce(or_, (of_pattern(code, known, now) for code in sorted(known.cycles)), every_day)


def of_pattern(code: str, known: Roster, now: datetime) -> Q:
    """Those of one pattern for whom today is a day of its cycle on which it is their duty now."""
    cycle = known.cycles[code]
    stages = sorted(cycle.stages_on(now, known.is_working))
    asked = RotaPlace.objects.filter(pattern=code).annotate(
        stage=stage_at(now.date(), len(cycle.days))
    )
    return Q(pk__in=asked.filter(stage__in=stages).values("worker"))


def stage_at(day: date, length: int) -> Any:
    """As `Cycle.stage`, in SQL, where the remainder of what is below 0 is below 0."""
    days = Func(
        Value(day),
        F("begins_on"),
        arg_joiner=" - ",
        template="(%(expressions)s)",
        output_field=IntegerField(),
    )
    return (days % length + length) % length


# --- The days to come, of some --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DutyDay:
    """What one day says for one worker: a shift that begins, or a day off, and what departs."""

    day: date
    shift: Shift | None
    changes: tuple[DutyChange, ...] = ()

    @property
    def is_away(self) -> bool:
        return any(change.is_away for change in self.changes)


def days_of(
    workers: Iterable[Worker], first: date, days: int, known: Roster | None = None
) -> list[tuple[Worker, list[DutyDay]]]:
    """The duty of each on `days` days from `first` on; one statement beside the roster's two.

    The workers come with their `rota_place`.
    """
    known, given = known or roster(), list(workers)
    changes = changes_of(given, first, days)
    return [
        (
            worker,
            [
                DutyDay(day, known.shift_on(worker, day), that_day(changes, worker, day))
                for day in (first + n * ONE_DAY for n in range(days))
            ],
        )
        for worker in given
    ]


def changes_of(workers: Iterable[Worker], first: date, days: int) -> dict[int, list[DutyChange]]:
    begin = midnight(first)
    found: dict[int, list[DutyChange]] = {}
    for change in DutyChange.objects.filter(
        worker__in=[worker.pk for worker in workers],
        begins_at__lt=begin + timedelta(days=days),
        ends_at__gt=begin,
    ):
        found.setdefault(change.worker_id, []).append(change)
    return found


def that_day(
    changes: Mapping[int, list[DutyChange]], worker: Worker, day: date
) -> tuple[DutyChange, ...]:
    begin, end = midnight(day), midnight(day + ONE_DAY)
    mine = changes.get(worker.pk, ())
    return tuple(change for change in mine if change.begins_at < end and change.ends_at > begin)


def midnight(day: date) -> datetime:
    """The first moment of a day, by the clock of the city."""
    return timezone.make_aware(datetime(day.year, day.month, day.day))
