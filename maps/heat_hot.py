"""Hot spots of the heatmap, as far as a person sees it: which cells, and where they lie."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from accounts.models import User
from accounts.scope import Scope
from districts.models import Division
from maps import heat
from maps.cells import centre_of
from maps.heat import Asked
from maps.hot_spots import HotSpot, hot_spots

LISTED = 20
NAMED = """
SELECT hotline_locate(ST_SetSRID(ST_MakePoint(x, y), 4326))
FROM unnest(%s::float[], %s::float[]) WITH ORDINALITY AS p (x, y, k) ORDER BY k
"""


@dataclass(frozen=True, slots=True)
class Named:
    """A hot spot and where its middle lies; None: in no division of ours."""

    spot: HotSpot
    division: Division | None


@dataclass(frozen=True, slots=True)
class Found:
    """`level`: of the cells."""

    level: int
    spots: list[HotSpot]


def found(user: User, asked: Asked) -> Found:
    """Two statements: what was asked for, and where anything was ever reported."""
    level = heat.level_of(Scope.of(user))
    shift = 2 * (heat.fineness(user, level) - level)
    counts: dict[int, int] = {}
    for cell, n in heat.columns(user, asked, level):
        counts[cell >> shift] = counts.get(cell >> shift, 0) + n
    ever = heat.columns(user, Asked(days=0), level).values_list("cell", flat=True)
    study = {cell >> shift for cell in ever.distinct()}
    counts = {cell: n for cell, n in counts.items() if n > 0}
    return Found(level, hot_spots(counts, sorted(study)))


def named(told: Found) -> list[Named]:
    """The hottest, by the division that their hottest cell lies in; two statements."""
    few = told.spots[:LISTED]
    codes = located([centre_of(spot.peak.cell, told.level) for spot in few])
    known = {code for code in codes if code}
    divisions = Division.objects.select_related("county").in_bulk(known)
    return [Named(spot, divisions.get(code or "")) for spot, code in zip(few, codes, strict=True)]


def located(places: Sequence[tuple[float, float]]) -> list[str | None]:
    with connection.cursor() as cursor:
        cursor.execute(NAMED, [[x for x, _y in places], [y for _x, y in places]])
        return [code for (code,) in cursor.fetchall()]
