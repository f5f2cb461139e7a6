"""Equity 公平: whether one street is served as soon as another, and whether all of them ask.

- **Handling time after category mix.** Each case's time from dispatch to its accepted reply is
  divided by the median time of its category in the province: a street with many illegal buildings
  is not slow for that. P90 of the quotients says how many times the usual time its slowest tenth
  takes; the equity ratio is the highest such P90 over the lowest.
- **Intake** per 1,000 households (`districts.households`).
- **Reporting delay**, estimated from duplicates: once somebody reported a thing, others report it
  again at a rate; who waits for the first report waits about as long as for the next. The rate is
  duplicates / time observed, the delay its inverse (Z. Liu, U. Bhandaram, N. Garg, Nature
  Computational Science 4, 2024). Reports of the same telephone number are no duplicates.

Reports of wrongdoing are in none of it. Nothing is told of fewer than LEAST.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, sqrt
from typing import Any

from django.db import connection, transaction

from districts import households
from districts.households import Counted
from districts.models import Division, Level
from maps.rates import RANKED_FROM

LEAST = RANKED_FROM
# A duplicate after so long is another matter.
OBSERVED = timedelta(days=60)
# A category with fewer cases has no usual time.
USUAL_FROM = 10
PLACE = {Level.COUNTY: "county_id", Level.STREET: "street_id"}
TIMES = """
WITH done AS (
    SELECT i.category_id, d.{place} AS place,
           greatest(1, extract(epoch FROM i.accepted_at - i.dispatched_at) - i.paused_s) AS seconds
    FROM incidents_incident i JOIN districts_division d ON d.code = i.division_id
    WHERE i.accepted_at >= %(since)s AND i.dispatched_at IS NOT NULL AND i.kind <> 'wrongdoing'
      AND d.{place} IS NOT NULL
), usual AS (
    SELECT category_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median
    FROM done GROUP BY category_id HAVING count(*) >= %(usual_from)s
)
SELECT place, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds / median)
FROM done JOIN usual USING (category_id)
WHERE place LIKE %(within)s GROUP BY place
"""
ASKED = """
WITH cases AS (
    SELECT i.id, d.{place} AS place, i.created_at AS begins,
           least(coalesce(i.accepted_at, i.ended_at, now()), now(),
                 i.created_at + %(observed)s) AS ends
    FROM incidents_incident i JOIN districts_division d ON d.code = i.division_id
    WHERE i.created_at >= %(since)s AND i.kind <> 'wrongdoing' AND d.{place} LIKE %(within)s
), first AS (
    SELECT DISTINCT ON (r.incident_id) r.incident_id, r.id, c.phone_index
    FROM cases JOIN incidents_report r ON r.incident_id = cases.id
    LEFT JOIN incidents_complainant c ON c.id = r.complainant_id
    ORDER BY r.incident_id, r.created_at, r.id
), again AS (
    SELECT cases.id, count(*) AS n
    FROM cases JOIN first ON first.incident_id = cases.id
    JOIN incidents_report r ON r.incident_id = cases.id AND r.id <> first.id
    LEFT JOIN incidents_complainant c ON c.id = r.complainant_id
    WHERE r.created_at <= cases.ends
      AND (coalesce(c.phone_index, '') = '' OR c.phone_index IS DISTINCT FROM first.phone_index)
    GROUP BY cases.id
)
SELECT place, count(*), coalesce(sum(n), 0),
       sum(greatest(0, extract(epoch FROM ends - begins)))
FROM cases LEFT JOIN again USING (id) GROUP BY place
"""


@dataclass(frozen=True, slots=True)
class Delay:
    """Hours until somebody reports, estimated; the interval is that of the rate at 95 %."""

    duplicates: int
    observed_s: float

    @property
    def hours(self) -> float | None:
        if self.duplicates < LEAST:
            return None
        return self.observed_s / self.duplicates / 3600

    @property
    def interval(self) -> tuple[float, float] | None:
        """log(rate) is about normal with variance 1 / duplicates."""
        if self.hours is None:
            return None
        factor = exp(1.96 / sqrt(self.duplicates))
        return self.hours / factor, self.hours * factor


@dataclass(frozen=True, slots=True)
class Place:
    """One county or street. None where there are fewer than LEAST cases, or nothing is known."""

    division: Division
    intake: int
    per_1000: float | None
    is_estimate: bool
    handled: int
    p50_h: float | None
    p90_h: float | None
    adjusted: float | None
    delay: Delay


@dataclass(frozen=True, slots=True)
class Handled:
    n: int
    p50_s: float
    p90_s: float
    adjusted: float


def count(level: Level, since: datetime, within: str = "") -> dict[str, Any]:
    """The two counts, as JSON: every county or street whose code begins with `within`."""
    asked: dict[str, Any] = {"since": since, "within": f"{within}%", "usual_from": USUAL_FROM}
    with transaction.atomic():
        times = {code: told for code, *told in rows(TIMES, level, asked)}
        told = rows(ASKED, level, asked | {"observed": OBSERVED})
    return {"times": times, "asked": {code: [n, int(m), float(s)] for code, n, m, s in told}}


def places(counted: Mapping[str, Any], level: Level, within: str = "") -> list[Place]:
    """What `count` gave, by place in the order of the codes; two statements."""
    times = {code: Handled(*told) for code, told in counted["times"].items()}
    intake = {code: (n, Delay(again, s)) for code, (n, again, s) in counted["asked"].items()}
    known = households.of_level(level)
    divisions = Division.objects.filter(level=level, is_active=True, code__startswith=within)
    return [
        place(each, times.get(each.code), intake.get(each.code), known.get(each.code))
        for each in divisions.select_related("city", "county").order_by("code")
    ]


def rows(sql: str, level: Level, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql.format(place=PLACE[level]), asked)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def place(
    division: Division,
    handled: Handled | None,
    intake: tuple[int, Delay] | None,
    counted: Counted | None,
) -> Place:
    n, delay = intake or (0, Delay(0, 0.0))
    enough = handled if handled and handled.n >= LEAST else None
    return Place(
        division=division,
        intake=n,
        per_1000=1000 * n / counted.n if counted and counted.n else None,
        is_estimate=bool(counted and counted.is_estimate),
        handled=handled.n if handled else 0,
        p50_h=enough.p50_s / 3600 if enough else None,
        p90_h=enough.p90_s / 3600 if enough else None,
        adjusted=enough.adjusted if enough else None,
        delay=delay,
    )


def ratio(every: Iterable[Place]) -> float | None:
    """The highest P90 after category mix over the lowest; None with fewer than two places."""
    known = [each.adjusted for each in every if each.adjusted is not None]
    return max(known) / min(known) if len(known) > 1 else None
