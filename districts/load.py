"""Loads a province's divisions and boundaries from files: checks, then one transaction.

A folder holds `divisions.csv.gz` (code, level, name, name_en, parent) and `boundaries.csv.gz`
(code, source, datum, approximate, valid_from, wkb in hex, WGS-84). It states one province whole:
what it does not list any more is closed. `fixtures/make_divisions.py` makes such a folder.
"""

import csv
import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

import numpy as np
import shapely
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from districts.coverage import BoundaryRow, DivisionRow, defects_of
from districts.errors import LoadRefused
from districts.models import Edition, Level

FILES = ("divisions.csv.gz", "boundaries.csv.gz")
# Any constant: two loads at once would close each other's boundaries.
LOAD_LOCK = 12345_01


@dataclass(frozen=True)
class Loaded:
    """What a load did. `is_new` is false when the same data had been loaded before."""

    is_new: bool
    divisions: int
    leaves: int
    added: int = 0
    closed: int = 0


def load_divisions(folder: Path, on: date | None = None) -> Loaded:
    """Brings the database to what the folder says, changes taking effect `on` (today).

    Raises LoadRefused, naming the divisions at fault; then nothing has changed.
    """
    checksum = _checksum(folder)
    known = _current_edition(checksum)
    if known:
        return Loaded(False, known.divisions, known.leaves)
    divisions = _read_divisions(folder / FILES[0])
    boundaries = _read_boundaries(folder / FILES[1])
    defects = defects_of(divisions, boundaries)
    if defects:
        raise LoadRefused(defects)
    with transaction.atomic():
        return _store(divisions, boundaries, checksum, on or timezone.localdate())


def _checksum(folder: Path) -> str:
    digest = sha256()
    for name in FILES:
        digest.update(sha256((folder / name).read_bytes()).digest())
    return digest.hexdigest()


def _current_edition(checksum: str) -> Edition | None:
    """The edition with this checksum, if its province has had no other one since."""
    same = Edition.objects.filter(checksum=checksum).first()
    if same and Edition.objects.filter(province=same.province_id, id__gt=same.id).exists():
        return None
    return same


def _lines(path: Path) -> list[dict[str, str]]:
    # A community's outline in hex outgrows the csv module's default field of 128 KiB.
    csv.field_size_limit(64 * 1024 * 1024)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def _read_divisions(path: Path) -> list[DivisionRow]:
    return [
        DivisionRow(line["code"], line["level"], line["name"], line["name_en"], line["parent"])
        for line in _lines(path)
    ]


def _read_boundaries(path: Path) -> list[BoundaryRow]:
    lines = _lines(path)
    shapes = shapely.from_wkb(np.array([line["wkb"] for line in lines], dtype=object))
    return [
        BoundaryRow(
            line["code"],
            line["source"],
            line["datum"],
            line["approximate"] == "1",
            date.fromisoformat(line["valid_from"]),
            shape,
        )
        for line, shape in zip(lines, shapes, strict=True)
    ]


# --- Storing --------------------------------------------------------------------------------

STAGE_SQL = """
CREATE TEMP TABLE staged_division (
    code varchar PRIMARY KEY, level smallint, name varchar, name_en varchar,
    parent_id varchar, city_id varchar, county_id varchar, street_id varchar
) ON COMMIT DROP;
CREATE TEMP TABLE staged_boundary (
    division_id varchar PRIMARY KEY, geom geometry(MultiPolygon, 4326),
    point geometry(Point, 4326), source varchar, datum varchar,
    approximate boolean, is_leaf boolean, valid_from date
) ON COMMIT DROP;
"""

DIVISIONS_SQL = """
INSERT INTO districts_division AS d
    (code, level, name, name_en, parent_id, city_id, county_id, street_id, is_active)
SELECT code, level, name, name_en, parent_id, city_id, county_id, street_id, true
FROM staged_division
ON CONFLICT (code) DO UPDATE SET
    level = excluded.level, name = excluded.name, name_en = excluded.name_en,
    parent_id = excluded.parent_id, city_id = excluded.city_id,
    county_id = excluded.county_id, street_id = excluded.street_id, is_active = true
WHERE (d.level, d.name, d.name_en, d.parent_id, d.city_id, d.county_id, d.street_id, d.is_active)
    IS DISTINCT FROM (excluded.level, excluded.name, excluded.name_en, excluded.parent_id,
                      excluded.city_id, excluded.county_id, excluded.street_id, true);
"""

RETIRE_SQL = """
UPDATE districts_division d SET is_active = false
WHERE d.is_active AND left(d.code, 2) = %(prefix)s AND d.level < 6
  AND NOT EXISTS (SELECT FROM staged_division s WHERE s.code = d.code)
"""

# Grid cells come by files of their own (`districts.area_imports`): not meant here.
CHANGED = """
b.valid_to IS NULL AND left(b.division_id, 2) = %(prefix)s AND length(b.division_id) < 15
AND NOT EXISTS (
    SELECT FROM staged_boundary s WHERE s.division_id = b.division_id AND s.geom = b.geom
      AND (s.source, s.datum, s.approximate, s.is_leaf)
        = (b.source, b.datum, b.approximate, b.is_leaf)
)"""

# What began on the day itself was never in force: it is corrected, not kept.
CLOSE_SQL = f"""
UPDATE districts_boundary b SET valid_to = %(day)s WHERE b.valid_from < %(day)s AND {CHANGED}
"""
CORRECT_SQL = f"DELETE FROM districts_boundary b WHERE b.valid_from >= %(day)s AND {CHANGED}"

ADD_SQL = """
INSERT INTO districts_boundary
    (division_id, geom, point, source, datum, approximate, is_leaf, valid_from)
SELECT s.division_id, s.geom, s.point, s.source, s.datum, s.approximate, s.is_leaf,
       CASE WHEN EXISTS (SELECT FROM districts_boundary b WHERE b.division_id = s.division_id)
            THEN greatest(s.valid_from, %(day)s) ELSE s.valid_from END
FROM staged_boundary s
WHERE NOT EXISTS (SELECT FROM districts_boundary b
                  WHERE b.division_id = s.division_id AND b.valid_to IS NULL)
ORDER BY s.division_id
"""


def _store(
    divisions: Sequence[DivisionRow],
    boundaries: Sequence[BoundaryRow],
    checksum: str,
    day: date,
) -> Loaded:
    province = divisions[0].code
    parents = {row.parent for row in divisions}
    leaves = len(divisions) - len(parents - {""})
    asked: dict[str, str | date] = {"prefix": province[:2], "day": day}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOAD_LOCK])
        _stage(cursor, divisions, boundaries, parents)
        cursor.execute(DIVISIONS_SQL)
        cursor.execute(RETIRE_SQL, asked)
        cursor.execute(CORRECT_SQL, asked)
        cursor.execute(CLOSE_SQL, asked)
        closed = cursor.rowcount
        cursor.execute(ADD_SQL, asked)
        added = cursor.rowcount
        cursor.execute("ANALYZE districts_division, districts_boundary")
        cursor.execute("DROP TABLE staged_division, staged_boundary")
    Edition.objects.create(
        province_id=province,
        checksum=checksum,
        divisions=len(divisions),
        leaves=leaves,
        added=added,
        closed=closed,
        effective_on=day,
    )
    return Loaded(True, len(divisions), leaves, added, closed)


def _stage(
    cursor: CursorWrapper,
    divisions: Sequence[DivisionRow],
    boundaries: Sequence[BoundaryRow],
    parents: set[str],
) -> None:
    cursor.execute(STAGE_SQL)
    above = {row.code: row for row in divisions}
    _copy(cursor, "staged_division", (_division_values(row, above) for row in divisions))
    shapes = np.array([row.shape for row in boundaries], dtype=object)
    outlines = shapely.to_wkb(shapely.set_srid(shapes, 4326), hex=True, include_srid=True)
    inner = shapely.set_srid(shapely.point_on_surface(shapes), 4326)
    labels = shapely.to_wkb(inner, hex=True, include_srid=True)
    _copy(
        cursor,
        "staged_boundary",
        (
            (row.code, outline, label, *_facts(row, is_leaf=row.code not in parents))
            for row, outline, label in zip(boundaries, outlines, labels, strict=True)
        ),
    )


def _facts(row: BoundaryRow, *, is_leaf: bool) -> tuple[object, ...]:
    return row.source, row.datum, row.approximate, is_leaf, row.valid_from


def _copy(cursor: CursorWrapper, table: str, rows: Iterable[tuple[object, ...]]) -> None:
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _division_values(row: DivisionRow, rows: dict[str, DivisionRow]) -> tuple[object, ...]:
    ancestors: dict[str, str] = {}
    step: DivisionRow | None = row
    while step:
        ancestors[step.level] = step.code
        step = rows.get(step.parent)
    kin = (ancestors.get(word) for word in ("city", "county", "street"))
    level = Level.from_word(row.level).value
    return (row.code, level, row.name, row.name_en, row.parent or None, *kin)
