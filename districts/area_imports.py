"""From a file of jurisdictions or cells to boundaries in force: kept, looked at, confirmed.

Three steps, each a function: `keep` reads and checks, `repair` mends what is safe to mend,
`take_effect` closes the former boundaries and opens the new ones on a day. Until the last
nothing else changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from districts.area_checks import COMMUNITY_DIGITS, Findings, Ground, Outline, findings
from districts.area_files import Area, areas_of
from districts.area_repairs import repaired
from districts.datums import Datum
from districts.errors import ImportRefused
from districts.models import (
    AreaImport,
    Boundary,
    Division,
    ImportedArea,
    Jurisdiction,
    JurisdictionBoundary,
    Level,
)

# Any constant: two that take effect at once would close each other's boundaries.
EFFECT_LOCK = 12345_02


@dataclass(frozen=True)
class Declared:
    """What whoever brings the file says of it. `whole`: the division it fills without a gap."""

    kind: str
    datum: Datum
    source: str
    by: str = ""
    owner: str = ""
    whole: str = ""
    priority: int = 100
    approximate: bool = False
    replaces_all: bool = False
    columns: Mapping[str, str] | None = None


@transaction.atomic
def keep(path: Path, said: Declared) -> AreaImport:
    """Read and check the file, and keep both. Raises FileRefused or ImportRefused."""
    made = AreaImport(
        kind=said.kind,
        datum=said.datum,
        source=said.source[:120],
        approximate=said.approximate,
        owner=division_named("owner", said.owner),
        whole=division_named("whole", said.whole),
        priority=said.priority,
        replaces_all=said.replaces_all,
        made_by=said.by,
    )
    areas = areas_of(path, said.datum, said.columns)
    made.save()
    found = findings([outline(area) for area in areas], ground_of(made, areas))
    write(made, areas, found)
    return made


def division_named(field: str, code: str) -> Division | None:
    if not code:
        return None
    found = Division.objects.filter(code=code).first()
    if found is None:
        raise ImportRefused(field, _("There is no division %(code)s.") % {"code": code})
    return found


def outline(area: Area) -> Outline:
    return Outline(area.row, area.code, area.name, area.shape)


def write(made: AreaImport, areas: Sequence[Area], found: Findings) -> None:
    made.faults = [asdict(fault) for fault in found.of_file]
    made.save(update_fields=["faults"])
    ImportedArea.objects.bulk_create(
        (
            ImportedArea(
                of=made,
                row=area.row,
                code=area.code,
                name=area.name,
                name_en=area.name_en,
                holder=area.holder,
                geom=stored(area.shape),
                faults=[asdict(fault) for fault in found.by_row[area.row]],
            )
            for area in areas
        ),
        batch_size=1000,
    )


def stored(shape: BaseGeometry) -> GEOSGeometry | None:
    if shape.is_empty:
        return None
    return GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=4326)


def shape_of(geom: GEOSGeometry | None) -> BaseGeometry:
    return shapely.GeometryCollection() if geom is None else shapely.from_wkb(bytes(geom.wkb))


# --- What it is checked against -----------------------------------------------------------------


def ground_of(made: AreaImport, areas: Sequence[Area | ImportedArea]) -> Ground:
    today = timezone.localdate()
    codes = {area.code for area in areas}
    open_now = Boundary.objects.valid_at(today)
    provinces = open_now.filter(division__level=Level.PROVINCE).order_by("division")
    # Of several, the one whose areas these are said to be.
    whose = (made.owner_id or min(codes, default=""))[:2]
    province = provinces.filter(division__code__startswith=whose).first() or provinces.first()
    if province is None:
        raise ImportRefused("file", _("There is no province yet: load the divisions first."))
    whole = open_now.filter(division=made.whole).first() if made.whole_id else None
    return Ground(
        province=shape_of(province.geom),
        in_force={} if made.replaces_all else in_force(made, codes, today),
        other_kinds=frozenset() if made.is_cells else of_other_kinds(made, codes),
        whole=shape_of(whole.geom) if whole else None,
        cells=made.is_cells,
        communities=communities(codes, today) if made.is_cells else {},
    )


def in_force(made: AreaImport, codes: set[str], day: date) -> dict[str, BaseGeometry]:
    """Those of the kind that the file does not replace."""
    if made.is_cells:
        above = {code[:COMMUNITY_DIGITS] for code in codes}
        cells = Boundary.objects.valid_at(day).filter(division__parent__in=above)
        drawn = list(cells.exclude(division__in=codes).values_list("division_id", "geom"))
    else:
        same = JurisdictionBoundary.objects.valid_at(day).filter(jurisdiction__kind=made.kind)
        others = same.exclude(jurisdiction__in=codes)
        drawn = list(others.values_list("jurisdiction_id", "geom"))
    return {code: shape_of(geom) for code, geom in drawn}


def of_other_kinds(made: AreaImport, codes: set[str]) -> frozenset[str]:
    others = Jurisdiction.objects.filter(code__in=codes).exclude(kind=made.kind)
    return frozenset(others.values_list("code", flat=True))


def communities(codes: set[str], day: date) -> dict[str, BaseGeometry]:
    above = {code[:COMMUNITY_DIGITS] for code in codes}
    found = Boundary.objects.valid_at(day).filter(division__in=above)
    found = found.filter(division__level=Level.COMMUNITY)
    return {code: shape_of(geom) for code, geom in found.values_list("division_id", "geom")}


# --- Repair -------------------------------------------------------------------------------------


@transaction.atomic
def repair(import_id: int) -> int:
    """Mend what is safe to mend and check again; returns in how many areas something was done."""
    made = locked(import_id)
    areas = list(made.areas.all())
    ground = ground_of(made, areas)
    before = [Outline(area.row, area.code, area.name, shape_of(area.geom)) for area in areas]
    after, done = repaired(before, ground)
    found = findings(after, ground)
    for area, mended in zip(areas, after, strict=True):
        area.geom = stored(mended.shape)
        area.faults = [asdict(fault) for fault in found.by_row[area.row]]
        area.repairs = [*area.repairs, *done[area.row]]
    ImportedArea.objects.bulk_update(areas, ["geom", "faults", "repairs"], batch_size=500)
    made.faults = [asdict(fault) for fault in found.of_file]
    made.save(update_fields=["faults"])
    return sum(1 for repairs in done.values() if repairs)


def locked(import_id: int) -> AreaImport:
    made = AreaImport.objects.select_for_update().get(pk=import_id)
    if made.state != AreaImport.State.CHECKED:
        raise ImportRefused("file", _("This file is in force, or was discarded."))
    return made


@transaction.atomic
def discard(import_id: int) -> None:
    made = locked(import_id)
    made.areas.all().delete()
    made.state = AreaImport.State.DISCARDED
    made.save(update_fields=["state"])


# --- Taking effect ------------------------------------------------------------------------------


@transaction.atomic
def take_effect(import_id: int, on: date, *, by: str = "") -> AreaImport:
    """The areas are the boundaries from `on`; those of before end that day. ImportRefused."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [EFFECT_LOCK])
    made = locked(import_id)
    if on < timezone.localdate():
        raise ImportRefused("on", _("Choose today or a later day: what was, stays."))
    if made.faults or made.areas.exclude(faults=[]).exists():
        raise ImportRefused("file", _("It has faults: repair them, or bring a better file."))
    if not made.is_cells and made.owner_id is None:
        raise ImportRefused("owner", _("Say which city or county the areas belong to."))
    with connection.cursor() as cursor:
        for sql in CELLS if made.is_cells else AREAS:
            cursor.execute(sql, asked(made, on))
    made.state, made.effective_on, made.confirmed_by = AreaImport.State.IN_FORCE, on, by
    made.save(update_fields=["state", "effective_on", "confirmed_by"])
    return made


def asked(made: AreaImport, on: date) -> dict[str, Any]:
    return {
        "of": made.pk,
        "kind": made.kind,
        "owner": made.owner_id,
        "priority": made.priority,
        "source": made.source,
        "datum": made.datum,
        "approximate": made.approximate,
        "all": made.replaces_all,
        "day": on,
    }


# What begins on the day itself or later was never in force: it is replaced, not closed.
AREAS = (
    """
    INSERT INTO districts_jurisdiction (code, kind, name, name_en, priority, owner_id)
    SELECT code, %(kind)s, name, name_en, %(priority)s, %(owner)s
    FROM districts_importedarea WHERE of_id = %(of)s
    ON CONFLICT (code) DO UPDATE SET name = excluded.name,
        name_en = CASE WHEN excluded.name_en = '' THEN districts_jurisdiction.name_en
                  ELSE excluded.name_en END
    """,
    """
    CREATE TEMP TABLE superseded ON COMMIT DROP AS
    SELECT b.id, b.valid_from >= %(day)s AS never FROM districts_jurisdictionboundary b
    JOIN districts_jurisdiction j ON j.code = b.jurisdiction_id
    LEFT JOIN districts_importedarea a ON a.of_id = %(of)s AND a.code = j.code
    WHERE (b.valid_to IS NULL OR b.valid_to > %(day)s) AND j.kind = %(kind)s
      AND (a.code IS NOT NULL OR %(all)s)
    """,
    """
    DELETE FROM districts_jurisdictionboundary
    WHERE id IN (SELECT id FROM superseded WHERE never)
    """,
    """
    UPDATE districts_jurisdictionboundary SET valid_to = %(day)s
    WHERE id IN (SELECT id FROM superseded WHERE NOT never)
    """,
    """
    INSERT INTO districts_jurisdictionboundary
        (jurisdiction_id, geom, source, datum, approximate, valid_from)
    SELECT code, ST_Multi(geom), %(source)s, %(datum)s, %(approximate)s, %(day)s
    FROM districts_importedarea WHERE of_id = %(of)s ORDER BY code
    """,
    "DROP TABLE superseded",
)
CELLS = (
    """
    INSERT INTO districts_division AS d (code, level, name, name_en, parent_id, city_id, county_id,
                                         street_id, is_active)
    SELECT a.code, 6, coalesce(nullif(a.name, ''), right(a.code, 3)), a.name_en, c.code, c.city_id,
           c.county_id, c.street_id, true
    FROM districts_importedarea a JOIN districts_division c ON c.code = left(a.code, 12)
    WHERE a.of_id = %(of)s
    ON CONFLICT (code) DO UPDATE SET name = excluded.name, is_active = true
    """,
    """
    CREATE TEMP TABLE superseded ON COMMIT DROP AS
    SELECT b.id, b.valid_from >= %(day)s AS never FROM districts_boundary b
    JOIN districts_division d ON d.code = b.division_id
    WHERE d.level = 6 AND (b.valid_to IS NULL OR b.valid_to > %(day)s)
      AND (EXISTS (SELECT FROM districts_importedarea a
                   WHERE a.of_id = %(of)s AND a.code = d.code)
           OR %(all)s AND EXISTS (SELECT FROM districts_importedarea a
                   WHERE a.of_id = %(of)s AND left(a.code, 12) = d.parent_id))
    """,
    "DELETE FROM districts_boundary WHERE id IN (SELECT id FROM superseded WHERE never)",
    """
    UPDATE districts_boundary SET valid_to = %(day)s
    WHERE id IN (SELECT id FROM superseded WHERE NOT never)
    """,
    """
    INSERT INTO districts_boundary
        (division_id, geom, point, source, datum, approximate, is_leaf, valid_from)
    SELECT code, ST_Multi(geom), ST_PointOnSurface(geom), %(source)s, %(datum)s, %(approximate)s,
           false, %(day)s
    FROM districts_importedarea WHERE of_id = %(of)s ORDER BY code
    """,
    "DROP TABLE superseded",
)
