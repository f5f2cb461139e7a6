"""The demo's jurisdictions and grid cells, all of them invented, approximate and marked so.

Two development zones and four heat-company areas are unions of whole communities, cut by a line
of longitude; the cells of Shenyang's five core districts are the Voronoi cells of seeded points
within each community. Made once: where there is any jurisdiction, or any cell, nothing is done.
"""

from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import Unit
from dispatch import editions
from dispatch.models import CatalogueEdition, Rule
from districts.models import Boundary, Jurisdiction, Level
from incidents.reference import rows

CITY = "210100"
CORE = ("210102", "210103", "210104", "210105", "210106")
SOURCE = "演示数据 demo"
LAMPS = "demo-lamps-shenhe"
CELLS_OF_A_COMMUNITY = 8
# What a development zone's committee answers for itself.
OF_A_ZONE = ("urban-management", "business")
UNITE = """
INSERT INTO districts_jurisdictionboundary
    (jurisdiction_id, geom, source, datum, approximate, valid_from)
SELECT %(code)s, ST_Multi(ST_CollectionExtract(ST_Union(ranked.geom), 3)), %(source)s, 'wgs84',
       true, %(day)s
FROM (SELECT b.geom, percent_rank() OVER (ORDER BY ST_X(b.point), d.code) AS share
      FROM districts_division d JOIN districts_boundary b ON b.division_id = d.code
      WHERE d.county_id = %(county)s AND b.is_leaf AND b.valid_to IS NULL) ranked
WHERE ranked.share >= %(west)s AND (ranked.share < %(east)s OR %(east)s = 1)
"""
# Without a seed a second machine would draw others.
CELLS = """
CREATE TEMP TABLE demo_cell ON COMMIT DROP AS
WITH seeded AS (
    SELECT d.code AS community, d.city_id, d.county_id, d.street_id, b.geom,
           ST_GeneratePoints(b.geom, %(cells)s, right(d.code, 6)::int + 1) AS seeds
    FROM districts_division d JOIN districts_boundary b ON b.division_id = d.code
    WHERE d.county_id = ANY(%(counties)s) AND d.level = 5 AND b.valid_to IS NULL
), drawn AS (
    SELECT s.*, ST_CollectionExtract(ST_Intersection(v.geom, s.geom), 3) AS cell, v.path
    FROM seeded s, ST_Dump(ST_VoronoiPolygons(s.seeds, 0, s.geom)) AS v
)
SELECT community || lpad((row_number() OVER (PARTITION BY community ORDER BY path))::text, 3, '0')
           AS code, community, city_id, county_id, street_id, ST_Multi(cell) AS geom
FROM drawn WHERE NOT ST_IsEmpty(cell) AND ST_IsValid(cell)
"""
CELL_DIVISIONS = """
INSERT INTO districts_division
    (code, level, name, name_en, parent_id, city_id, county_id, street_id, is_active)
SELECT code, 6, right(code, 3), '', community, city_id, county_id, street_id, true FROM demo_cell
"""
CELL_BOUNDARIES = """
INSERT INTO districts_boundary
    (division_id, geom, point, source, datum, approximate, is_leaf, valid_from)
SELECT code, geom, ST_PointOnSurface(geom), %(source)s, 'wgs84', true, false, %(day)s
FROM demo_cell
"""
# Who lives in a cell looks after it; else the nearest of the community.
CELL_WORKERS = """
INSERT INTO dispatch_cellworker (cell_id, worker_id)
SELECT c.code, w.id FROM demo_cell c CROSS JOIN LATERAL (
    SELECT w.id FROM dispatch_worker w WHERE w.division_id = c.community
    ORDER BY w.home <-> c.geom, w.id LIMIT 1) w
"""


def load(units: dict[str, Unit]) -> str:
    """Jurisdictions with their rules, and cells, where there are none; a line of what was made."""
    areas = 0 if are_made() else make_areas(units)
    cells = 0 if Boundary.objects.filter(division__level=Level.GRID).exists() else make_cells()
    return f"{areas} jurisdictions, {cells} cells"


def are_made() -> bool:
    """Or somebody has begun to do it: a second draft of the catalogue there cannot be."""
    own = Unit.objects.filter(code=LAMPS)
    return Jurisdiction.objects.exists() or own.exists() or editions.draft() is not None


def make_areas(units: dict[str, Unit]) -> int:
    """From the westernmost share `west` of a county's communities to `east`, of each."""
    made = editions.begin(None, "辖区与供热企业（演示）", "演示 demo")
    given = rows("demo_jurisdictions.csv")
    for row in given:
        is_heat = row["kind"] == Jurisdiction.Kind.HEAT_AREA
        draw(row, priority=10 if is_heat else 50)
        unit = company(units, row, is_heat=is_heat)
        for field in ("heating",) if is_heat else OF_A_ZONE:
            rule(made, unit, field_id=field, jurisdiction_id=row["code"])
    lamps(made, units)
    publish(made)
    return len(given)


def draw(row: dict[str, str], *, priority: int) -> None:
    Jurisdiction.objects.create(
        code=row["code"],
        kind=row["kind"],
        name=row["name_zh"],
        name_en=row["name_en"],
        owner_id=CITY,
        priority=priority,
    )
    shares = {"west": float(row["west"]), "east": float(row["east"])}
    with connection.cursor() as cursor:
        cursor.execute(UNITE, {**row, **shares, "source": SOURCE, "day": timezone.localdate()})


def company(units: dict[str, Unit], row: dict[str, str], *, is_heat: bool) -> Unit:
    """The heat company, or the zone's committee."""
    unit = Unit.objects.create(
        code=f"{row['code']}-unit",
        name=f"{row['name_zh']}{'供热企业' if is_heat else '管委会'}",
        name_en=f"{row['name_en']}: {'heat company' if is_heat else 'committee'}",
        kind=Unit.Kind.FIRM if is_heat else Unit.Kind.DEPARTMENT,
        division_id=row["county"],
        parent=units[f"{row['county']}-hotline"],
    )
    units[unit.code] = unit
    return unit


def lamps(edition: CatalogueEdition, units: dict[str, Unit]) -> None:
    """A component's owner comes before the territory: Shenhe's street lights."""
    unit = Unit.objects.create(
        code=LAMPS,
        name="沈河路灯管护单位（演示）",
        name_en="Shenhe street lights (demo)",
        kind=Unit.Kind.FIRM,
        division_id="210103",
        parent=units["210103-hotline"],
    )
    units[unit.code] = unit
    made = rule(edition, unit, category_id="street-light", division_id="210103", is_owner=True)
    made.cooperating.add(units["210103-roads"])


def rule(edition: CatalogueEdition, unit: Unit, **more: object) -> Rule:
    today = timezone.localdate()
    return Rule.objects.create(edition=edition, unit=unit, valid_from=today, **more)


def publish(edition: CatalogueEdition) -> None:
    editions.number(edition, timezone.localdate(), None)


def make_cells() -> int:
    asked: dict[str, Any] = {
        "cells": CELLS_OF_A_COMMUNITY, "counties": list(CORE), "source": SOURCE,
        "day": timezone.localdate(),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(CELLS, asked)
        cursor.execute(CELL_DIVISIONS)
        made = int(cursor.rowcount)
        cursor.execute(CELL_BOUNDARIES, asked)
        cursor.execute(CELL_WORKERS)
        cursor.execute("DROP TABLE demo_cell")
    return made
