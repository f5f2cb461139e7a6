"""Tiles and heatmaps over millions of incidents, against the bare SQL of the same counts and an
empty page; a tenth of the incidents first, to see what growth costs; the upkeep of the counts.

The incidents are skewed as real ones are: a few communities have most of them. `--incidents N`.
"""

import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any

import django
import psycopg

from maps.cells import cell_at, level_for, place_of, range_of_tile
from tests.bench.figures import Limit, Row, percentile
from tests.started import House

INCIDENTS = 200_000
EACH, WARM = 40, 10
CHUNK = 500_000
SHENYANG = (123.43, 41.80)
TILES = (6, 8, 10, 12, 13)
TILE, RAW, GROWTH = Limit(3, 2, "x"), Limit(1 / 30, 1 / 300, "x"), Limit(1.5, 1.2, "x")
HEAT, FILTERED, UPKEEP = Limit(4, 2, "x"), Limit(8, 5, "x"), Limit(12, 6, "x")
EMPTY = "/track"
# The cells alone, and the page with them, one after the other.
CELLS, PAGE = "/heatmap/points.json?", "/heatmap/?"
EVER, FIELD = "days=0", "days=90&field=urban-management"
HEATS = {
    "heatmap of the province, all time": ((PAGE + EVER, CELLS + EVER), HEAT),
    "heatmap, one field, 90 days": ((PAGE + FIELD, CELLS + FIELD), FILTERED),
    "cells of the province, all time": ((CELLS + EVER,), HEAT),
    "cells, one field, 90 days": ((CELLS + FIELD,), FILTERED),
}
HOT = "/heatmap/hot-spots/?part=1&days=0"
HOT_SPOTS = Limit(2.0, 1.0, "s")
# A community's share falls with its rank: every second incident lies in one of about 90.
FILL = """
WITH places AS (
    SELECT d.code, b.point, row_number() OVER (ORDER BY md5(d.code)) - 1 AS k, count(*) OVER () AS n
    FROM districts_division d
    JOIN districts_boundary b ON b.division_id = d.code AND b.is_leaf AND b.valid_to IS NULL
    WHERE d.county_id IS NOT NULL
), things AS (
    SELECT code, row_number() OVER (ORDER BY code) - 1 AS k, count(*) OVER () AS n
    FROM incidents_category WHERE is_active
), wanted AS (
    SELECT g, floor((SELECT max(n) FROM places) ^ random())::int - 1 AS place, random() AS a,
           random() AS b, now() - random() * interval '5 years' AS at
    FROM generate_series({from_n}, {to_n}) AS g ORDER BY at
)
INSERT INTO incidents_incident
    (kind, category_id, status, is_urgent, is_confidential, position, division_id, address, waiting,
     outcome, public_reply, visible_units, dispatches, dispatched_at, due_at, accepted_at, ended_at,
     updated_at, created_at)
SELECT 'complaint', t.code, CASE WHEN g % 100 = 0 THEN 'in_progress' ELSE 'archived' END, false,
       false, ST_Translate(p.point, (a - 0.5) * 0.012, (b - 0.5) * 0.009), p.code, '', '', '', '',
       '{{}}', 1, at, CASE WHEN g % 100 = 0 THEN now() + interval '3 days'
       ELSE at + interval '3 days' END,
       CASE WHEN g % 100 = 0 THEN NULL ELSE at + (g % 90) * interval '1 hour' END,
       CASE WHEN g % 100 = 0 THEN NULL ELSE at + interval '5 days' END, at, at
FROM wanted JOIN places p ON p.k = wanted.place JOIN things t ON t.k = (g::bigint * 17) % t.n
"""
COUNTS = """
SELECT cell, sum({measure}) FROM maps_gridcount
WHERE level = {level} AND span = {span} AND field = '{field}' AND since >= '{since}' {more}
GROUP BY cell
"""
RAW_TILE = """
SELECT ST_AsMVT(t) FROM (
    SELECT ST_AsMVTGeom(ST_Transform(position, 3857), ST_TileEnvelope({zoom}, {x}, {y})) AS geom
    FROM incidents_incident
    WHERE position && ST_Transform(ST_TileEnvelope({zoom}, {x}, {y}), 4326)
) AS t
"""
CHANGED = "SELECT id FROM incidents_incident ORDER BY id DESC LIMIT 5000"
TOUCHED = "UPDATE incidents_incident SET updated_at = now() WHERE id = ANY(%s)"


def measure(house: House, incidents: int = INCIDENTS) -> Iterator[Row]:
    """Row by row: what was measured for half an hour is not lost with the last."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    cookie = {"Cookie": house.cookie("supervisor")}
    fill(house, 1, incidents // 10)
    few = {zoom: timed(house, cookie, address(zoom)) for zoom in TILES}
    few_heat = {what: timed(house, cookie, *paths) for what, (paths, _limit) in HEATS.items()}
    took = fill(house, incidents // 10 + 1, incidents)
    empty = timed(house, cookie, EMPTY)
    with house.database() as database:
        for zoom in TILES:
            yield from of_tile(house, database, cookie, zoom, empty, few[zoom], incidents)
        for what, (paths, limit) in HEATS.items():
            yield from of_heat(
                house, database, cookie, what, paths, limit, empty, few_heat[what], incidents
            )
        hot = timed(house, cookie, HOT)
        yield Row("hot spots of the province", hot, HOT_SPOTS, f"{incidents:,}", "-")
        yield counting(took, incidents)
        yield upkeep(database)


def fill(house: House, from_n: int, to_n: int) -> float:
    """Returns how long counting them took, in seconds."""
    with house.database() as database:
        database.execute("SET statement_timeout = 0")
        for first in range(from_n, to_n + 1, CHUNK):
            database.execute(FILL.format(from_n=first, to_n=min(first + CHUNK - 1, to_n)))
        database.execute("VACUUM ANALYZE incidents_incident")
        began = time.perf_counter()
        house.manage("rollups", "--rebuild", "--trust")
        took = time.perf_counter() - began
        database.execute("VACUUM ANALYZE maps_gridcount, maps_countedincident")
    return took


def address(zoom: int) -> str:
    x, y = place_of(cell_at(*SHENYANG, zoom))
    return f"/tiles/incidents/{zoom}/{x}/{y}.mvt?measure=n"


def timed(house: House, headers: dict[str, str], *paths: str) -> float:
    """The median of these pages, one after the other, in seconds."""
    wire, times = house.wire(seconds=120), []
    for _n in range(EACH + WARM):
        began = time.perf_counter()
        for path in paths:
            answer = wire.get(path, headers)
            assert answer.status == 200, (path, answer.status)
        times.append(time.perf_counter() - began)
    wire.close()
    return percentile(times[WARM:], 0.5)


def asked(work: Callable[[], object], each: int = EACH) -> float:
    times = []
    for _n in range(each):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return percentile(times, 0.5)


def of_tile(
    house: House,
    database: "psycopg.Connection[tuple[Any, ...]]",
    cookie: dict[str, str],
    zoom: int,
    empty: float,
    few: float,
    incidents: int,
) -> list[Row]:
    level = level_for(zoom + 1)
    x, y = place_of(cell_at(*SHENYANG, zoom))
    first, last = range_of_tile(zoom, x, y, level)
    more = f"AND cell BETWEEN {first} AND {last}"
    bare = COUNTS.format(measure="n", level=level, span=0, field="", since="1970-01-01", more=more)
    floor = asked(lambda: database.execute(bare).fetchall())
    seen = timed(house, cookie, address(zoom))
    told = f"p50 {seen * 1000:.1f} ms, {incidents:,} incidents"
    base = f"{floor * 1000:.1f} ms bare + {empty * 1000:.1f} ms an empty page"
    rows = [
        Row(f"tile z{zoom}", seen / (floor + empty), TILE, told, base),
        Row(f"tile z{zoom}: a tenth, then all", seen / few, GROWTH, told, f"{few * 1000:.1f} ms"),
    ]
    if zoom == 8:
        raw = asked(lambda: database.execute(RAW_TILE.format(zoom=zoom, x=x, y=y)).fetchall(), 3)
        rows.append(Row("tile z8 against the raw rows", seen / raw, RAW, told, f"{raw:.2f} s"))
    return rows


def of_heat(
    house: House,
    database: "psycopg.Connection[tuple[Any, ...]]",
    cookie: dict[str, str],
    what: str,
    paths: tuple[str, ...],
    limit: Limit,
    empty: float,
    few: float,
    incidents: int,
) -> list[Row]:
    since = import_module("django.utils.timezone").localdate() - timedelta(days=89)
    of_all = {"span": 0, "field": "", "since": "1970-01-01"}
    of_field = {"span": 2, "field": "urban-management", "since": since}
    chosen = of_field if "field" in paths[-1] else of_all
    bare = COUNTS.format(measure="n", level=14, more="", **chosen)
    floor = asked(lambda: database.execute(bare).fetchall())
    seen = timed(house, cookie, *paths)
    told = f"p50 {seen * 1000:.0f} ms, {incidents:,} incidents"
    base = f"{floor * 1000:.1f} ms bare + {empty * 1000:.1f} ms an empty page"
    return [
        Row(what, seen / (floor + empty), limit, told, base),
        Row(f"{what}: a tenth, then all", seen / few, GROWTH, told, f"{few * 1000:.0f} ms"),
    ]


def upkeep(database: "psycopg.Connection[tuple[Any, ...]]") -> Row:
    """5,000 incidents change their outcome at once: counted, against writing the change alone."""
    rollups = import_module("maps.rollups")
    ids = [pk for (pk,) in database.execute(CHANGED).fetchall()]
    bare = asked(lambda: database.execute(TOUCHED, [ids]), 3)
    times = []
    for status in ("closed", "in_progress", "archived"):
        database.execute(
            "UPDATE incidents_incident SET status = %s WHERE id = ANY(%s)", [status, ids]
        )
        began = time.perf_counter()
        rule, more = rollups.public_rule()
        given = rollups.given(import_module("django.utils.timezone").now(), ids=ids) | more
        database.execute(rollups.TAKE.replace("PUBLIC", rule), given)
        times.append(time.perf_counter() - began)
    took = percentile(times, 0.5)
    return Row(
        "keeping counts of 5,000 changes", took / bare, UPKEEP,
        f"{len(ids) / took:,.0f} a second", f"{bare * 1000:.0f} ms to write them",
    )  # fmt: skip


def counting(took: float, incidents: int) -> Row:
    rate = incidents / took
    return Row("counting everything anew", took, Limit(3600, 600, "s"), f"{rate:,.0f}/s", "-")
