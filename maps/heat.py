"""Where reports gather: cells for the heatmap, places for those who read tables, days to play back.

All of it comes from the grid's counts (`maps.rollups`): for a province, city or county from whole
cells, for any other scope from what each incident counts for. Reports of wrongdoing are in none.
"""

from collections import Counter
from collections.abc import Iterable
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
from maps.cells import FINEST, centre_of
from maps.models import CountedIncident, GridCount
from maps.rollups import BEGINNING, KEPT

MOST = 20_000
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
Spot = list[float]


@dataclass(frozen=True, slots=True)
class Asked:
    """`measure`: of MEASURES; `days`: of PERIODS; `field`: a service field's code, or empty."""

    measure: str = "n"
    days: int = 30
    field: str = ""

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
    found = GridCount.objects.filter(level=level, span=asked.span)
    found = found.filter(since__gte=asked.begins(timezone.localdate()))
    if asked.field:
        found = found.filter(field=asked.field)
    return found.filter(county__startswith=scope.prefix) if scope.prefix else found


def counted(user: User, asked: Asked) -> "QuerySet[CountedIncident]":
    """One by one, of what this person sees."""
    found = CountedIncident.objects.filter(incident__in=Incident.objects.visible_to(user))
    found = found.filter(day__gte=asked.begins(timezone.localdate()))
    return found.filter(field=asked.field) if asked.field else found


def of(measure: str) -> Any:
    """How a row of CountedIncident counts for it."""
    return Count("pk") if measure == "n" else Sum(measure)


def spots(user: User, asked: Asked) -> list[Spot]:
    """`[latitude, longitude, count]` a cell, most first; one statement."""
    scope = Scope.of(user)
    level = level_of(scope)
    if is_whole(scope):
        told = cells(scope, asked, level).values_list("cell").annotate(m=Sum(asked.measure))
        return [spot(cell, level, m) for cell, m in told.filter(m__gt=0).order_by("-m")[:MOST]]
    rows = counted(user, asked).order_by().values_list("cell").annotate(m=of(asked.measure))
    return coarser(rows, level)


def spot(cell: int, level: int, count: int) -> Spot:
    longitude, latitude = centre_of(cell, level)
    return [round(latitude, 5), round(longitude, 5), float(count)]


def coarser(rows: Iterable[tuple[int, int]], level: int) -> list[Spot]:
    """Cells of FINEST, put together to those of `level`."""
    found: Counter[int] = Counter()
    for cell, count in rows:
        found[cell >> 2 * (FINEST - level)] += count
    return [spot(cell, level, count) for cell, count in found.most_common(MOST) if count]


def played(user: User, asked: Asked) -> list[tuple[str, list[Spot]]]:
    """Day by day, the last PLAYED of them: `(2026-11-28, spots)`; one statement."""
    scope, days = Scope.of(user), Asked(asked.measure, PLAYED, asked.field)
    first = days.begins(timezone.localdate())
    by_day: dict[date, list[tuple[int, int]]] = {
        first + timedelta(days=n): [] for n in range(PLAYED)
    }
    # A whole province day by day: cells of 7 km, or the page would be megabytes.
    level = 12 if scope.prefix == "" else level_of(scope)
    for day, cell, count in day_cells(user, scope, days, level):
        if count and day in by_day:
            by_day[day].append((cell, count))
    return [(str(day), coarser(found, level)) for day, found in by_day.items()]


def day_cells(
    user: User, scope: Scope, asked: Asked, level: int
) -> "QuerySet[Any, tuple[date, int, int]]":
    """Day, a cell of FINEST (the first of its coarser one), count."""
    if is_whole(scope):
        first = F("cell") * 4 ** (FINEST - level)
        whole = cells(scope, asked, level).order_by().values_list("since", first)
        return whole.annotate(sum=Sum(asked.measure))
    rows = counted(user, asked).order_by().values_list("day", "cell")
    return rows.annotate(sum=of(asked.measure))


# --- The same in a table --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """One county or street: its count, the period before (None where it cannot be told)."""

    division: Division
    n: int
    before: int | None
    per_1000: float | None
    is_estimate: bool


def places(user: User, asked: Asked) -> list[Place]:
    """Counties of a province or city, else streets; most first, twenty at most."""
    scope = Scope.of(user)
    level = Level.COUNTY if scope.prefix is not None and len(scope.prefix) <= 4 else Level.STREET
    now = by_place(user, scope, asked, level)
    before = before_of(user, scope, asked, level)
    known = households.of_level(level)
    codes = [code for code, _n in now.most_common(20)]
    divisions = Division.objects.select_related("county", "city").in_bulk(codes)
    return [
        Place(
            division=divisions[code],
            n=now[code],
            before=before[code] if before is not None else None,
            per_1000=1000 * now[code] / known[code].n if code in known else None,
            is_estimate=code in known and known[code].is_estimate,
        )
        for code in codes
    ]


def by_place(user: User, scope: Scope, asked: Asked, level: Level) -> Counter[str]:
    """Code -> count; nothing of what lies in no county, or street."""
    if level == Level.COUNTY:
        told = cells(scope, asked, 12).values_list("county").annotate(m=Sum(asked.measure))
    else:
        place = F("incident__division__street")
        rows = counted(user, asked).order_by().values_list(place)
        told = rows.annotate(m=of(asked.measure))  # type: ignore[assignment]
    return Counter({code: m for code, m in told if code and m})


def before_of(user: User, scope: Scope, asked: Asked, level: Level) -> Counter[str] | None:
    """Of as many days before; what is kept by day reaches back far enough for a month."""
    if not 0 < asked.days <= PLAYED:
        return None
    both = by_place(user, scope, Asked(asked.measure, 2 * asked.days, asked.field), level)
    both.subtract(by_place(user, scope, asked, level))
    return both


def home_of(user: User) -> list[float] | None:
    """Where this person's map opens: `[west, south, east, north]` of the jurisdiction."""
    if user.division_id is None:
        return None
    boundary = Boundary.objects.open().filter(division=user.division_id).first()
    return list(boundary.geom.extent) if boundary else None
