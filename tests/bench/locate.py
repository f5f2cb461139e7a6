"""`hotline_locate()` against the bare lookup of a leaf polygon, each over the same points."""

from statistics import median
from time import perf_counter
from typing import Any

import psycopg

from tests.bench.figures import Limit, Row
from tests.started import House

POINTS, ROUNDS = 4_000, 7
LIMIT = Limit(1.6, 1.3, "x")
# Points within the leaves of the province, as many for a village as for a street in town.
MAKE_POINTS = f"""
CREATE TEMP TABLE bench_point AS
SELECT ST_GeneratePoints(geom, 1, 7)::geometry AS multi FROM districts_boundary
WHERE is_leaf ORDER BY md5(division_id) LIMIT {POINTS};
ALTER TABLE bench_point ADD p geometry(Point, 4326);
UPDATE bench_point SET p = ST_SetSRID(ST_GeometryN(multi, 1), 4326);
DELETE FROM bench_point WHERE p IS NULL;
ANALYZE bench_point;
"""
OURS = "SELECT count(hotline_locate(p, current_date)) FROM bench_point"
BARE = """
SELECT count((SELECT b.division_id FROM districts_boundary b
              WHERE b.is_leaf AND ST_Covers(b.geom, p))) FROM bench_point
"""


def measure(house: House) -> list[Row]:
    with house.database() as database:
        database.execute(MAKE_POINTS)
        leaves = number(database, "SELECT count(*) FROM districts_boundary WHERE is_leaf")
        points = number(database, "SELECT count(*) FROM bench_point")
        ours, bare = [], []
        for _n in range(ROUNDS):  # in turn: both see the same neighbours on the machine
            bare.append(microseconds(database, BARE, points))
            ours.append(microseconds(database, OURS, points))
    a, b = median(ours), median(bare)
    return [
        Row(f"`hotline_locate` on {leaves:,} leaves", a / b, LIMIT, f"{a:.0f} us", f"{b:.0f} us")
    ]


def microseconds(
    database: "psycopg.Connection[tuple[Any, ...]]", statement: str, points: int
) -> float:
    """Of one lookup, with nothing else in the statement but a count."""
    began = perf_counter()
    assert number(database, statement) == points
    return (perf_counter() - began) * 1e6 / points


def number(database: "psycopg.Connection[tuple[Any, ...]]", statement: str) -> int:
    row = database.execute(statement).fetchone()
    assert row is not None
    return int(row[0])
