"""Households of a division: counted where somebody counted them, else estimated from above.

An estimate spreads what is known of the nearest division above evenly over its communities.
"""

import csv
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

from districts.errors import LoadRefused
from districts.models import Division, Households, Level

COLUMNS = ("division", "households", "is_estimate", "source")
# Communities below each division of the level asked for, and what is known of those above.
ESTIMATED = """
WITH leaves AS (
    SELECT code, city_id, county_id, street_id FROM districts_division
    WHERE is_active AND level = %(community)s
), known AS (
    SELECT h.division_id AS code, d.level, h.households, h.is_estimate
    FROM districts_households h JOIN districts_division d ON d.code = h.division_id
), of_leaf AS (
    SELECT DISTINCT ON (l.code) l.*, k.code AS known_code, k.households,
           k.is_estimate OR k.level < %(level)s AS is_estimate
    FROM leaves l JOIN known k ON k.code IN (l.code, l.street_id, l.county_id, l.city_id)
    ORDER BY l.code, k.level DESC
), shares AS (
    SELECT *, households::float / count(*) OVER (PARTITION BY known_code) AS share FROM of_leaf
)
SELECT {column}, round(sum(share))::int, bool_or(is_estimate) FROM shares GROUP BY {column}
"""
COLUMN = {Level.CITY: "city_id", Level.COUNTY: "county_id", Level.STREET: "street_id"}


LATELY_S = 60.0


@dataclass(frozen=True, slots=True)
class Counted:
    """`is_estimate`: not all of it was counted there."""

    n: int
    is_estimate: bool


_kept: dict[Level, tuple[float, dict[str, Counted]]] = {}


def of_level(level: Level) -> dict[str, Counted]:
    """Code -> households, of each city, county or street of which anything is known above."""
    sql = ESTIMATED.format(column=COLUMN[level])
    with connection.cursor() as cursor:
        cursor.execute(sql, {"community": Level.COMMUNITY, "level": level})
        return {code: Counted(n, is_estimate) for code, n, is_estimate in cursor.fetchall()}


def lately(level: Level) -> dict[str, Counted]:
    """As `of_level`, up to a minute old: it costs 20 ms, and changes when somebody counts."""
    now = time.monotonic()
    if level not in _kept or now - _kept[level][0] > LATELY_S:
        _kept[level] = (now, of_level(level))
    return _kept[level][1]


def forget() -> None:
    """What this process has read."""
    _kept.clear()


@transaction.atomic
def load(path: Path, *, again: bool) -> int:
    """Read a CSV with COLUMNS; returns how many were stored. `again`: over what is there;
    without it a missing file is nothing to load.

    Raises LoadRefused with the line of the first fault, and stores nothing then.
    """
    if not again and (not path.exists() or Households.objects.exists()):
        return 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [read(n, given) for n, given in enumerate(csv.DictReader(file), start=2)]
    Households.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["division"],
        update_fields=["households", "is_estimate", "source"],
    )  # fmt: skip
    return len(rows)


def read(line: int, given: Mapping[str, str]) -> Households:
    if missing := [name for name in COLUMNS if not (given.get(name) or "").strip()]:
        raise LoadRefused([f"line {line}: {missing[0]} is missing"])
    if not given["households"].isdigit():
        raise LoadRefused([f"line {line}: households: a whole number, please"])
    if not Division.objects.filter(code=given["division"]).exists():
        raise LoadRefused([f"line {line}: division: {given['division']} is not known"])
    return Households(
        division_id=given["division"],
        households=int(given["households"]),
        is_estimate=given["is_estimate"] != "0",
        source=given["source"][:200],
    )
