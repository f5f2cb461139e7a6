"""Firms from a file, by the million: checked line by line, stored by set, all of them or none.

Columns: code, name, sector, size, then division (a code) or longitude and latitude (WGS-84), or
both, in any order; `active` (1 or 0) may be there. What is known by its code is brought up to date.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, TextIO

from django.db import connection, transaction
from django.utils.translation import gettext as _

from enterprises.credit_code import fault, tidy
from enterprises.errors import NotImported, RowFault
from enterprises.models import Sector, Size
from enterprises.models.firms import FAULTS

NEEDED = ("code", "name", "sector", "size")
PLACED = ("division", "longitude", "latitude")
KNOWN = (*NEEDED, *PLACED, "active")
# So many faults are listed; all are counted.
LISTED = 100
SECTORS, SIZES = frozenset(Sector.values), frozenset(Size.values)
LIMITS = {"longitude": 180.0, "latitude": 90.0}

# One left over belongs to the same transaction.
ARRIVED = """
DROP TABLE IF EXISTS pg_temp.arrived;
CREATE TEMPORARY TABLE arrived (
    row integer, code varchar, name varchar, sector varchar, size varchar, division varchar,
    longitude float8, latitude float8, is_active boolean, point geometry(Point, 4326)
) ON COMMIT DROP
"""
COPY = """
COPY arrived (row, code, name, sector, size, division, longitude, latitude, is_active) FROM STDIN
"""
# A division that is given stands; else the point says where the firm lies.
PLACE = (
    """UPDATE arrived SET point = ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)
       WHERE longitude IS NOT NULL""",
    "UPDATE arrived SET division = hotline_locate(point) WHERE division IS NULL",
    "CREATE INDEX ON arrived (code)",
    "ANALYZE arrived",
)
# What only all lines together, or the database, can tell.
WRONG = """
SELECT row, 'code' AS field, 'twice' AS what FROM (
    SELECT row, row_number() OVER (PARTITION BY code ORDER BY row) AS n FROM arrived) t WHERE n > 1
UNION ALL
SELECT row, 'longitude', 'outside' FROM arrived WHERE division IS NULL
UNION ALL
SELECT row, 'division', 'unknown' FROM arrived a WHERE division IS NOT NULL AND NOT EXISTS (
    SELECT FROM districts_division d WHERE d.code = a.division AND d.is_active)
ORDER BY 1, 2
"""
STORE = """
INSERT INTO enterprises_firm AS f (code, name, sector, size, division_id, point, is_active)
SELECT code, name, sector, size, division, point, is_active FROM arrived
ON CONFLICT (code) DO UPDATE
SET name = excluded.name, sector = excluded.sector, size = excluded.size,
    division_id = excluded.division_id, point = excluded.point, is_active = excluded.is_active
WHERE (f.name, f.sector, f.size, f.division_id, f.is_active)
      IS DISTINCT FROM (excluded.name, excluded.sector, excluded.size, excluded.division_id,
                        excluded.is_active)
   OR NOT coalesce(ST_Equals(f.point, excluded.point), f.point IS NULL AND excluded.point IS NULL)
RETURNING (xmax = 0) AS is_new
"""
COUNT = f"WITH stored AS ({STORE}) SELECT count(*) FILTER (WHERE is_new), count(*) FROM stored"


@dataclass(frozen=True, slots=True)
class Imported:
    read: int
    new: int
    changed: int


@dataclass
class Faults:
    first: list[RowFault] = field(default_factory=list)
    total: int = 0

    def add(self, row: int, field: str, message: object) -> None:
        self.total += 1
        if len(self.first) < LISTED:
            self.first.append(RowFault(row, field, str(message)))

    def stop_if_any(self) -> None:
        if self.total:
            raise NotImported(sorted(self.first, key=lambda each: each.row), self.total)


@transaction.atomic
def load(file: TextIO) -> Imported:
    """Raises NotImported with the faults, and then nothing is stored."""
    faults = Faults()
    with connection.cursor() as cursor:
        cursor.execute(ARRIVED)
        read = copy(cursor, taken(file, faults))
        for statement in PLACE:
            cursor.execute(statement)
        wrong_together(cursor, faults)
        faults.stop_if_any()
        cursor.execute(COUNT)
        new, stored = cursor.fetchone()
        # What assigns their managers next must not be planned for an empty table.
        cursor.execute("ANALYZE enterprises_firm")
    return Imported(read, new, stored - new)


def copy(cursor: Any, lines: Iterable[tuple[Any, ...]]) -> int:
    read = 0
    with cursor.copy(COPY) as into:
        for line in lines:
            into.write_row(line)
            read += 1
    return read


def taken(file: TextIO, faults: Faults) -> Iterator[tuple[Any, ...]]:
    """The lines without a fault of their own, as they are copied."""
    reader = csv.DictReader(file, strict=True)
    row = 0
    try:
        check_heading(reader.fieldnames or [], faults)
        for row, given in enumerate(reader, start=1):
            if line := line_of(row, given, faults):
                yield line
    except UnicodeDecodeError:
        faults.add(row + 1, "file", _("The file is not in UTF-8."))
    except csv.Error as error:
        faults.add(row + 1, "file", error)


def check_heading(names: Iterable[str], faults: Faults) -> None:
    """Without the right columns each line would be wrong: stops at once."""
    given = list(names)
    for name in NEEDED:
        if name not in given:
            faults.add(0, name, _("This column is missing."))
    for name in given:
        if name not in KNOWN or given.count(name) > 1:
            faults.add(0, name, _("There is no such column, or it is there twice."))
    faults.stop_if_any()


def line_of(row: int, given: dict[str, Any], faults: Faults) -> tuple[Any, ...] | None:
    before = faults.total
    if None in given or None in given.values():
        faults.add(row, "file", _("The line has too many or too few columns."))
        return None
    said = {name: value.strip() for name, value in given.items()}
    code = tidy(said["code"])
    if wrong := fault(code):
        faults.add(row, "code", FAULTS[wrong])
    check_words(row, said, faults)
    longitude, latitude = place_of(row, said, faults)
    active = said.get("active", "") or "1"
    if active not in ("0", "1"):
        faults.add(row, "active", _("Write 1 or 0."))
    if faults.total > before:
        return None
    division = said.get("division") or None
    words = (said["name"], said["sector"], said["size"])
    return row, code, *words, division, longitude, latitude, active == "1"


def check_words(row: int, said: dict[str, str], faults: Faults) -> None:
    name = said["name"]
    if not 0 < len(name) <= 120 or "\0" in "".join(said.values()):
        faults.add(row, "name", _("A name has 1 to 120 characters."))
    if said["sector"] not in SECTORS:
        faults.add(row, "sector", _("A sector is one letter from A to T."))
    if said["size"] not in SIZES:
        faults.add(row, "size", _("A size is micro, small, medium or large."))


def place_of(
    row: int, said: dict[str, str], faults: Faults
) -> tuple[float, float] | tuple[None, None]:
    given = {name: said.get(name, "") for name in LIMITS}
    if not any(given.values()):
        if not said.get("division"):
            faults.add(row, "division", _("Give a division, or longitude and latitude."))
        return None, None
    numbers = [number(row, name, text, faults) for name, text in given.items()]
    return numbers[0], numbers[1]


def number(row: int, name: str, text: str, faults: Faults) -> float:
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    if not isfinite(found) or abs(found) > LIMITS[name]:
        told = _("This must be a number within ±%(limit)d.")
        faults.add(row, name, told % {"limit": LIMITS[name]})
    return found


def wrong_together(cursor: Any, faults: Faults) -> None:
    said = {
        "twice": _("This code stands in the file twice."),
        "outside": _("This place lies outside the province."),
        "unknown": _("There is no such division."),
    }
    cursor.execute(WRONG)
    for row, name, what in cursor:
        faults.add(row, name, said[what])
