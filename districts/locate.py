"""Where is it? One rule, `hotline_locate()` in the database, for Python, the ORM and inserts."""

from collections.abc import Mapping
from datetime import date
from math import isfinite
from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.geos import Point
from django.db.models import CharField, DateField, Expression, Func, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from districts import prepared
from districts.bbox import Box
from districts.datums import Datum, to_wgs84
from districts.errors import MalformedPosition, OutsideProvince
from districts.models import Division

WGS84 = 4326
RANGES = {"lon": 180.0, "lat": 90.0}
# Only to tell a citizen that the two numbers were swapped; nothing is refused by it.
LIAONING = Box(118.8, 38.3, 125.8, 43.5)


class Locate(Func):
    """The code of the leaf division at a point, NULL when no division covers it.

    `Locate("place")` of a column or `Locate(point)` of a Point; valid today unless `at` is given.
    """

    function = "hotline_locate"
    output_field = CharField(max_length=15)

    def __init__(
        self, point: "Point | Expression | str", at: "date | Expression | None" = None
    ) -> None:
        place = Value(point, GeometryField(srid=WGS84)) if isinstance(point, Point) else point
        day = at if isinstance(at, Expression) else Value(at or timezone.localdate(), DateField())
        super().__init__(place, day)


# Written out: to have Django compile it anew for each report cost a quarter of filing one.
ASKED = """
SELECT d.code, d.level, d.name, d.name_en, d.parent_id, d.city_id, d.county_id, d.street_id,
       d.is_active, {cell} AS cell,
       (SELECT b.approximate FROM districts_boundary b
        WHERE b.division_id = d.code AND d.code = leaf.code
          AND b.valid_from <= %(day)s AND (b.valid_to IS NULL OR b.valid_to > %(day)s)
        ORDER BY b.id LIMIT 1) AS approximate
FROM districts_division leaf
LEFT JOIN districts_division city ON city.code = leaf.city_id
JOIN districts_division d ON d.code = ANY (ARRAY[
    leaf.code, leaf.parent_id, leaf.street_id, leaf.county_id, leaf.city_id, city.parent_id])
WHERE leaf.code = hotline_locate(ST_SetSRID(ST_MakePoint(%(x)s, %(y)s), 4326), %(day)s)
"""


LEAF_AND_ABOVE = ASKED.format(cell="NULL::varchar")
# The grid cell costs a look into another index, which filing a report does without.
WITH_CELL = ASKED.format(
    cell="""CASE WHEN d.code = leaf.code THEN
        hotline_cell(ST_SetSRID(ST_MakePoint(%(x)s, %(y)s), 4326), leaf.code, %(day)s) END"""
)


def locate(point: Point, at: date | None = None, *, with_cell: bool = False) -> Division:
    """The leaf division at a WGS-84 point, ancestors fetched with it, in one statement.

    `with_cell`: its attribute `cell` is the code of the grid cell there, None where no cells are
    drawn. Raises OutsideProvince.
    """
    given = {"x": point.x, "y": point.y, "day": at or timezone.localdate()}
    divisions = prepared.objects(Division, WITH_CELL if with_cell else LEAF_AND_ABOVE, given)
    found = {division.code: division for division in divisions}
    if not found:
        raise OutsideProvince(point.x, point.y)
    for division in found.values():
        for name in ("parent", "city", "county", "street"):
            if above := found.get(getattr(division, f"{name}_id")):
                setattr(division, name, above)
    return max(found.values(), key=lambda division: division.level)


def position(lon: object, lat: object, datum: object = Datum.WGS84) -> Point:
    """A WGS-84 Point from what came in at the edge: numbers or text, and the datum's name.

    Raises MalformedPosition, whose messages name the field.
    """
    errors: dict[str, list[str]] = {}
    numbers = {"lon": _number("lon", lon, errors), "lat": _number("lat", lat, errors)}
    kind = _datum(datum, errors)
    if kind is None or errors:
        _hint_at_swap(numbers, errors)
        raise MalformedPosition(errors)
    return Point(*to_wgs84(numbers["lon"], numbers["lat"], kind), srid=WGS84)


def _number(field: str, given: object, errors: dict[str, list[str]]) -> float:
    """The finite number in range, or nan with the reason noted in `errors`."""
    if given is None or given == "":
        errors[field] = [_("%(field)s is missing.") % {"field": field}]
        return float("nan")
    try:
        number = float(given) if isinstance(given, (str, int, float)) else float("nan")
    except (ValueError, OverflowError):
        number = float("nan")
    if isinstance(given, bool) or not isfinite(number):
        errors[field] = [_("%(field)s must be a finite number.") % {"field": field}]
    elif abs(number) > RANGES[field]:
        words = {"field": field, "given": number, "limit": int(RANGES[field])}
        errors[field] = [_("%(field)s is %(given)s; it lies within ±%(limit)s.") % words]
    return number


def _datum(given: object, errors: dict[str, list[str]]) -> Datum | None:
    try:
        return Datum(str(given))
    except ValueError:
        known = ", ".join(Datum)
        errors["datum"] = [_("datum must be one of %(known)s.") % {"known": known}]
        return None


def _hint_at_swap(numbers: Mapping[str, Any], errors: dict[str, list[str]]) -> None:
    if "lat" in errors and (hint := swap_hint(numbers["lon"], numbers["lat"])):
        errors["lat"].append(hint)


def swap_hint(lon: float, lat: float) -> str:
    """A question for who wrote the two numbers the wrong way round; empty where they are not."""
    if not LIAONING.covers(lat, lon):
        return ""
    words = {"lat": lon, "lon": lat}
    return _("Did you mean latitude %(lat)s and longitude %(lon)s?") % words
