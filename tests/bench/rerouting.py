"""1,000,000 points after every boundary changed, against one set-based statement for all."""

import os
import resource
from datetime import date, timedelta
from importlib import import_module
from time import perf_counter
from typing import Any

import django
import psycopg

from tests.bench.figures import Limit, Row
from tests.started import House

POINTS, ROUNDS = 1_000_000, 5
LIMIT = Limit(1.5, 1.1, "x")
MEMORY = Limit(32, 8, "MB")
MAKE = f"""
CREATE TEMP TABLE bench_moved AS
SELECT row_number() OVER () AS id, ST_SetSRID(p.geom, 4326)::geometry(Point, 4326) AS position,
       'nowhere'::varchar AS division_id
FROM (SELECT geom, division_id, {POINTS} / count(*) OVER () + 1 AS share FROM districts_boundary
      WHERE is_leaf AND valid_to IS NULL) leaf, ST_Dump(ST_GeneratePoints(geom, share::int, 7)) p
LIMIT {POINTS};
CREATE INDEX ON bench_moved USING gist (position);
ANALYZE bench_moved;
"""
# The same work in one statement: every leaf of the day, ties to the lower code.
FLOOR = """
CREATE TEMP TABLE bench_floor AS
SELECT p.id, min(p.division_id) AS before, min(b.division_id) AS after
FROM districts_boundary b JOIN bench_moved p ON ST_Covers(b.geom, p.position)
WHERE b.is_leaf AND b.valid_from <= %(day)s AND (b.valid_to IS NULL OR b.valid_to > %(day)s)
GROUP BY p.id;
"""


def measure(house: House) -> list[Row]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    ours, floor, grown = [], [], []
    with house.database() as database:
        database.execute(MAKE)
        day = changed_everywhere(database)
        for _n in range(ROUNDS):  # in turn: both see the same neighbours on the machine
            floor.append(seconds(database, FLOOR, day))
            database.execute("DROP TABLE bench_floor")
            before = peak_mb()
            ours.append(rerouted(database, day))
            grown.append(peak_mb() - before)
        back(database)
    a, b = min(ours), min(floor)
    what = f"re-routing {POINTS:,} points after all boundaries changed"
    return [
        Row(what, a / b, LIMIT, f"{a:.1f} s", f"{b:.1f} s"),
        Row("memory of the asking process while re-routing", max(grown), MEMORY,
            f"{max(grown):.0f} MB more"),
    ]  # fmt: skip


def changed_everywhere(database: "psycopg.Connection[tuple[Any, ...]]") -> date:
    """As if every leaf had begun at one day long ago, which the day's rule then takes for new."""
    day = date(1999, 1, 1) + timedelta(days=1)
    database.execute("CREATE TEMP TABLE bench_begins AS SELECT id, valid_from"
                     " FROM districts_boundary WHERE is_leaf AND valid_to IS NULL")  # fmt: skip
    database.execute(
        "UPDATE districts_boundary SET valid_from = %s WHERE is_leaf AND valid_to IS NULL", [day]
    )
    database.execute("VACUUM ANALYZE districts_boundary")
    return day


def back(database: "psycopg.Connection[tuple[Any, ...]]") -> None:
    database.execute("UPDATE districts_boundary b SET valid_from = s.valid_from"
                     " FROM bench_begins s WHERE s.id = b.id")  # fmt: skip


def rerouted(database: "psycopg.Connection[tuple[Any, ...]]", day: date) -> float:
    """Our statements, as `districts.rerouting` sends them, where the points are."""
    module = import_module("districts.rerouting")
    began = perf_counter()
    database.execute(module.MAKE)
    touched = [row[0] for row in database.execute(module.TOUCHED, {"day": day}).fetchall()]
    for batch in module.batches(touched):
        database.execute(module.REROUTE.format(points="bench_moved"), {"batch": batch})
    database.execute("ANALYZE rerouted")
    database.execute(module.SETTLE)
    took = perf_counter() - began
    row = database.execute("SELECT count(*) FROM rerouted").fetchone()
    assert row is not None
    assert row[0] > 0.999 * POINTS
    database.execute("DROP TABLE rerouted")
    return took


def seconds(database: "psycopg.Connection[tuple[Any, ...]]", statement: str, day: date) -> float:
    began = perf_counter()
    database.execute(statement, {"day": day})
    return perf_counter() - began


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
