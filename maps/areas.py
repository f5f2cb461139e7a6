"""Figures by city, county, street or community, one level below a place: for a coloured map and a
table, in the same words as the heatmap (`maps.heat`) and the equity page (`maps.equity`).

Reports of wrongdoing are in none. Shares and times of fewer than LEAST are not told.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from typing import Any

from django.db import connection
from django.db.models import Count, F, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.scope import Scope, code_prefix
from districts import households
from districts.models import Division, Level
from maps import heat
from maps.heat import Asked
from maps.kept_counts import counted
from maps.rates import RANKED_FROM as LEAST
from maps.rollups import COARSEST

BELOW = {
    Level.PROVINCE: Level.CITY,
    Level.CITY: Level.COUNTY,
    Level.COUNTY: Level.STREET,
    Level.STREET: Level.COMMUNITY,
}
COLUMN = {
    Level.CITY: "city_id",
    Level.COUNTY: "county_id",
    Level.STREET: "street_id",
    Level.COMMUNITY: "code",
}
FIGURES = {
    "n": gettext_lazy("incidents"),
    "per_1000": gettext_lazy("per 1,000 households"),
    "late": gettext_lazy("late, %"),
    "unhappy": gettext_lazy("not solved or not satisfied, %"),
    "p50": gettext_lazy("P50, hours"),
    "p90": gettext_lazy("P90, hours"),
}
CLASSES = 5
TIMES = """
SELECT d.{column}, count(*),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds)
FROM (
    SELECT division_id,
           greatest(1, extract(epoch FROM accepted_at - dispatched_at) - paused_s) AS seconds
    FROM incidents_incident
    WHERE accepted_at >= %(since)s AND dispatched_at IS NOT NULL AND kind <> 'wrongdoing'
) AS i JOIN districts_division d ON d.code = i.division_id
WHERE d.code LIKE %(within)s AND d.{column} IS NOT NULL GROUP BY 1
"""
Counts = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Area:
    """`figures`: by FIGURES; None where nobody knows, or where they are too few to say."""

    division: Division
    n: int
    handled: int
    figures: dict[str, float | None]
    is_estimate: bool


@dataclass(frozen=True, slots=True)
class Told:
    """`level`: of the areas; `at`: when the slower half was counted."""

    level: Level
    areas: list[Area]
    at: datetime


def told(user: User, within: Division, asked: Asked) -> Told:
    """Every area directly below `within`, most incidents first; it lies in what `user` sees."""
    level = BELOW[Level(within.level)]
    counts = counts_of(user, within, asked, level)
    times, at = counted(
        f"areas {within.code} {asked.days}", partial(times_of, within, asked, level)
    )
    known = households.of_level(level) if level != Level.COMMUNITY else {}
    below = Division.objects.filter(
        level=level, is_active=True, code__startswith=code_prefix(within)
    )
    areas = [
        area(each, counts.get(each.code, {}), times.get(each.code), known.get(each.code))
        for each in below.select_related("city", "county")
    ]
    return Told(level, sorted(areas, key=lambda one: (-one.n, one.division.code)), at)


def counts_of(user: User, within: Division, asked: Asked, level: Level) -> Counts:
    """Code -> how many, by measure. Whole counties from the grid, what is smaller one by one."""
    sums = {name: Sum(name) for name in ("open", "late", "unhappy")}
    if level in (Level.CITY, Level.COUNTY):
        cells = heat.cells(Scope(prefix=code_prefix(within)), asked, COARSEST).order_by()
        rows = cells.values_list("county").annotate(all=Sum("n"), **sums)
    else:
        place = "incident__division" + ("__street" if level == Level.STREET else "")
        seen = heat.counted(user, asked).order_by()
        inside = seen.filter(incident__division__code__startswith=code_prefix(within))
        rows = inside.values_list(F(place)).annotate(all=Count("pk"), **sums)  # type: ignore[assignment]
    found: Counts = defaultdict(lambda: dict.fromkeys(("n", *sums), 0))
    for code, *measured in rows:
        if code:
            own = found[f"{code[:4]}00" if level == Level.CITY else code]
            for name, value in zip(("n", *sums), measured, strict=True):
                own[name] += value or 0
    return found


def times_of(within: Division, asked: Asked, level: Level) -> dict[str, list[float]]:
    """Code -> how many replies were accepted, P50 and P90 of their handling in seconds."""
    begins = datetime.combine(asked.begins(timezone.localdate()), time())
    given: dict[str, Any] = {
        "since": timezone.make_aware(begins),
        "within": f"{code_prefix(within)}%",
    }
    with connection.cursor() as cursor:
        cursor.execute(TIMES.format(column=COLUMN[level]), given)
        return {code: [n, float(p50), float(p90)] for code, n, p50, p90 in cursor.fetchall()}


def area(
    division: Division,
    counts: dict[str, int],
    times: list[float] | None,
    homes: households.Counted | None,
) -> Area:
    n = counts.get("n", 0)
    handled, p50, p90 = times or (0, 0.0, 0.0)
    enough, timed = n >= LEAST, handled >= LEAST
    return Area(
        division=division,
        n=n,
        handled=int(handled),
        figures={
            "n": n,
            "per_1000": 1000 * n / homes.n if homes and homes.n else None,
            "late": 100 * counts["late"] / n if enough else None,
            "unhappy": 100 * counts["unhappy"] / n if enough else None,
            "p50": p50 / 3600 if timed else None,
            "p90": p90 / 3600 if timed else None,
        },
        is_estimate=bool(homes and homes.is_estimate),
    )


def classes(areas: list[Area], figure: str) -> dict[str, int]:
    """Code -> 0 to CLASSES - 1 by rank, equal figures alike; who has no figure is left out."""
    known = {each.division.code: each.figures[figure] for each in areas}
    values = sorted(value for value in known.values() if value is not None)
    return {
        code: min(CLASSES - 1, CLASSES * values.index(value) // len(values))
        for code, value in known.items()
        if value is not None
    }


def spans(areas: list[Area], figure: str, ranks: dict[str, int]) -> list[str]:
    """The least and the most of each class; a dash for a class nobody is in."""
    found: dict[int, list[float]] = defaultdict(list)
    for each in areas:
        value = each.figures[figure]
        if value is not None:
            found[ranks[each.division.code]].append(value)
    exact = "d" if figure == "n" else ".1f"
    ends = {rank: (f"{min(own):{exact}}", f"{max(own):{exact}}") for rank, own in found.items()}
    return [" – ".join(dict.fromkeys(ends.get(rank, ("–",)))) for rank in range(CLASSES)]
