"""Where reports gather: cells for the heatmap, places for those who read tables, days to play back.

All of it comes from the grid's counts (`maps.rollups`): for a province, city or county from whole
cells, for any other scope from what each incident counts for. Reports of wrongdoing are in none.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.scope import Scope
from districts import households
from districts.models import Boundary, Division, Level
from incidents.models import Incident
from maps.cells import FINEST
from maps.models import CountedIncident, GridCount
from maps.rollups import BEGINNING, COARSEST, DAYS, KEPT

MEASURES = {
    "n": gettext_lazy("all incidents"),
    "open": gettext_lazy("still open"),
    "late": gettext_lazy("late"),
    "unhappy": gettext_lazy("not solved or not satisfied"),
}
# In days; 0 is all time.
PERIODS = {
    7: gettext_lazy("7 days"),
    30: gettext_lazy("30 days"),
    90: gettext_lazy("90 days"),
    365: gettext_lazy("12 months"),
    0: gettext_lazy("all time"),
}
# Further back months are counted, not days.
IN_DAYS = 90
PLAYED = 30
Span = GridCount.Span


# What a period is compared with: as many days, so many days before.
COMPARED = {"week": 7, "month": 30, "year": 365}
COMPARISONS = {
    "": gettext_lazy("nothing"),
    "week": gettext_lazy("last week"),
    "month": gettext_lazy("last month"),
    "year": gettext_lazy("last year"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """`measure`: of MEASURES; `days`: of PERIODS; `field`: a service field's code, or empty;
    `compare`: of COMPARISONS."""

    measure: str = "n"
    days: int = 30
    field: str = ""
    compare: str = ""

    def begins(self, today: date) -> date:
        if self.days == 0:
            return BEGINNING
        first = today - timedelta(days=self.days - 1)
        return first if self.days <= IN_DAYS else first.replace(day=1)

    @property
    def span(self) -> Span:
        if self.days == 0:
            return Span.EVER
        return Span.DAY if self.days <= IN_DAYS else Span.MONTH

    @property
    def shift(self) -> int:
        """How many days before; 0: compared with nothing. A period never overlaps the one before
        it that it is compared with."""
        days = COMPARED.get(self.compare, 0)
        return days if 0 < self.days <= days else 0

    def before(self, today: date) -> tuple[date, date]:
        """First day of the period compared with, and the day after its last."""
        first = self.begins(today)
        if self.days > IN_DAYS:
            return first.replace(year=first.year - 1), first
        return first - timedelta(days=self.shift), today - timedelta(days=self.shift - 1)


def is_whole(scope: Scope) -> bool:
    """Whether this scope sees all of every county it sees anything of."""
    return scope.prefix is not None and len(scope.prefix) <= 6


def level_of(scope: Scope) -> int:
    """Cells of 1.8 km for the province, of 460 m for a city and less."""
    return 14 if scope.prefix == "" else 16


def finest(asked: Asked) -> int:
    """By month and day the smallest cells are not kept."""
    return max(level for level, span in KEPT if span == asked.span)


def cells(scope: Scope, asked: Asked, level: int) -> "QuerySet[GridCount]":
    """The counts of a whole scope."""
    found = whole_counts(scope, asked, level)
    return found.filter(since__gte=asked.begins(timezone.localdate()))


def whole_counts(scope: Scope, asked: Asked, level: int) -> "QuerySet[GridCount]":
    """Of all days; of the field asked for, or of all together."""
    found = GridCount.objects.filter(level=level, span=asked.span, field=asked.field)
    return found.filter(county__startswith=scope.prefix) if scope.prefix else found


def counted(user: User, asked: Asked) -> "QuerySet[CountedIncident]":
    """One by one, of what this person sees."""
    found = counted_ever(user, asked)
    return found.filter(day__gte=asked.begins(timezone.localdate()))


def counted_ever(user: User, asked: Asked) -> "QuerySet[CountedIncident]":
    """Of all days; where whole counties are seen, their codes say so."""
    scope = Scope.of(user)
    if is_whole(scope):
        found = CountedIncident.objects.filter(county__startswith=scope.prefix or "")
    else:
        found = CountedIncident.objects.filter(incident__in=Incident.objects.visible_to(user))
    return found.filter(field=asked.field) if asked.field else found


def of(measure: str) -> Any:
    """How a row of CountedIncident counts for it."""
    return Count("pk") if measure == "n" else Sum(measure)


def columns(user: User, asked: Asked, level: int, *by: str) -> "QuerySet[Any, Any]":
    """`(*by, cell, count)` of what this person sees: cells of `level`, or finer ones (`fineness`)
    where incidents are counted one by one. `by`: `day`."""
    if is_whole(Scope.of(user)):
        days = ["since"] if by else []
        rows = cells(Scope.of(user), asked, level).order_by().values_list(*days, "cell")
        return rows.annotate(m=Sum(asked.measure))
    found = counted(user, asked).order_by().values_list(*by, "cell")
    return found.annotate(m=of(asked.measure))


def columns_before(user: User, asked: Asked, level: int) -> "tuple[QuerySet[Any, Any], int]":
    """The same of the period compared with, and the level of its cells: days and months where they
    are kept, else incident by incident."""
    today = timezone.localdate()
    first, end = asked.before(today)
    kept = asked.span == Span.MONTH or first >= today - timedelta(days=DAYS)
    if is_whole(Scope.of(user)) and kept:
        rows = whole_counts(Scope.of(user), asked, level).filter(since__gte=first, since__lt=end)
        return rows.order_by().values_list("cell").annotate(m=Sum(asked.measure)), level
    found = counted_ever(user, asked).filter(day__gte=first, day__lt=end)
    return found.order_by().values_list("cell").annotate(m=of(asked.measure)), FINEST


def fineness(user: User, level: int) -> int:
    """The level of the cells that `columns` gives."""
    return level if is_whole(Scope.of(user)) else FINEST


# --- The same in a table --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """One county or street: its count, and that of the period compared with (None: of none)."""

    division: Division
    n: int
    before: int | None
    per_1000: float | None
    is_estimate: bool

    @property
    def difference(self) -> int:
        return self.n - (self.before or 0)


@dataclass(frozen=True, slots=True)
class Table:
    """`n`, `before`: of all places, also of those not shown."""

    places: list[Place]
    n: int
    before: int | None
    by_county: bool


def table(user: User, asked: Asked) -> Table:
    """Counties of a province or city, else streets: twenty with most, or that changed most."""
    prefix = Scope.of(user).prefix
    level = Level.COUNTY if prefix is not None and len(prefix) <= 4 else Level.STREET
    now = by_place(user, asked, level)
    before = by_place_before(user, asked, level)
    known = households.lately(level)
    codes = most_telling(now, before)
    divisions = Division.objects.select_related("county", "city").in_bulk(codes)
    return Table(
        [
            Place(
                division=divisions[code],
                n=now[code],
                before=before[code] if before is not None else None,
                per_1000=1000 * now[code] / known[code].n if code in known else None,
                is_estimate=code in known and known[code].is_estimate,
            )
            for code in codes
        ],
        now.total(),
        before.total() if before is not None else None,
        level == Level.COUNTY,
    )


def most_telling(now: Counter[str], before: Counter[str] | None) -> list[str]:
    """Codes, without what lies in no county or street."""
    if before is None:
        ranked = sorted(now, key=lambda code: (-now[code], code))
    else:
        ranked = sorted(now | before, key=lambda code: (-abs(now[code] - before[code]), code))
    return [code for code in ranked if code][:20]


def by_place(user: User, asked: Asked, level: Level) -> Counter[str]:
    """Code -> count; "" for what lies in no county, or street."""
    if level == Level.COUNTY:
        told = (
            cells(Scope.of(user), asked, COARSEST)
            .values_list("county")
            .annotate(m=Sum(asked.measure))
        )
        return as_counter(told)
    return of_streets(counted(user, asked), asked)


def by_place_before(user: User, asked: Asked, level: Level) -> Counter[str] | None:
    if not asked.shift:
        return None
    today = timezone.localdate()
    first, end = asked.before(today)
    kept = asked.span == Span.MONTH or first >= today - timedelta(days=DAYS)
    if level == Level.COUNTY and kept:
        found = whole_counts(Scope.of(user), asked, COARSEST).filter(
            since__gte=first, since__lt=end
        )
        return as_counter(found.values_list("county").annotate(m=Sum(asked.measure)))
    days = counted_ever(user, asked).filter(day__gte=first, day__lt=end)
    if level == Level.COUNTY:
        rows = days.order_by().values_list("county").annotate(m=of(asked.measure))
        return as_counter(rows)
    return of_streets(days, asked)


def of_streets(found: "QuerySet[CountedIncident]", asked: Asked) -> Counter[str]:
    rows = found.order_by().values_list(F("incident__division__street"))
    return as_counter(rows.annotate(m=of(asked.measure)))


def as_counter(rows: "QuerySet[Any, Any]") -> Counter[str]:
    return Counter({code or "": m for code, m in rows if m})


def home_of(user: User) -> list[float] | None:
    """Where this person's map opens: `[west, south, east, north]` of the jurisdiction."""
    if user.division_id is None:
        return None
    boundary = Boundary.objects.open().filter(division=user.division_id).first()
    return list(boundary.geom.extent) if boundary else None
