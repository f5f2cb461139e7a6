"""Repairs that change no more than a line's width of ground; the rest a person has to decide. Pure.

Crossing lines are untangled. What two areas both claim goes to the one that comes first in the
file, where it is no wider than a sliver; so is cut what sticks out of the province, or a cell out
of its community. A gap no wider than that goes to the area with the longest border on it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import shapely
from shapely.geometry.base import BaseGeometry

from districts.area_checks import (
    COMMUNITY_DIGITS,
    NEGLIGIBLE,
    Ground,
    Outline,
    is_sound,
    pairs,
)

# Degrees, 50 m: two sources' drawing of one line.
SLIVER = 50 / 111_200
Repairs = dict[int, list[str]]


def repaired(areas: Sequence[Outline], ground: Ground) -> tuple[list[Outline], Repairs]:
    """The areas, mended where that is safe, and by row what was done (words of a page)."""
    done: Repairs = {area.row: [] for area in areas}
    mended = [valid(area, done) for area in areas]
    mended = [trimmed(area, ground, done) for area in mended]
    mended = apart(mended, done)
    return filled(mended, ground.whole, done), done


def valid(area: Outline, done: Repairs) -> Outline:
    if is_sound(area.shape) or area.shape.is_empty:
        return area
    mended = areal(shapely.make_valid(area.shape))
    if mended is None:
        return area
    done[area.row].append("made_valid")
    return replace(area, shape=mended)


def areal(shape: BaseGeometry) -> BaseGeometry | None:
    """The polygons in it, as one; None where there are none."""
    parts = [part for part in flat(shape) if isinstance(part, shapely.Polygon)]
    return shapely.multipolygons(parts) if parts else None


def flat(shape: BaseGeometry) -> list[BaseGeometry]:
    parts = shapely.get_parts(shape).tolist()
    if len(parts) == 1 and parts[0] is not None and parts[0].equals(shape):
        return parts if not isinstance(parts[0], shapely.MultiPolygon) else flat(parts[0])
    return [deep for part in parts for deep in flat(part)]


def is_sliver(ground: BaseGeometry) -> bool:
    """No circle of a sliver's width fits in."""
    return ground.area > NEGLIGIBLE and shapely.buffer(ground, -SLIVER / 2).is_empty


def trimmed(area: Outline, ground: Ground, done: Repairs) -> Outline:
    if not is_sound(area.shape):
        return area
    limits = [ground.province]
    if ground.cells and (own := ground.communities.get(area.code[:COMMUNITY_DIGITS])):
        limits = [own]
    for limit in limits:
        outside = shapely.difference(area.shape, limit)
        inside = areal(shapely.intersection(area.shape, limit))
        if inside is not None and is_sliver(outside):
            done[area.row].append("cut_outside")
            area = replace(area, shape=inside)
    return area


def apart(areas: Sequence[Outline], done: Repairs) -> list[Outline]:
    mended = {area.row: area for area in areas}
    sound = [area for area in areas if is_sound(area.shape)]
    for left, right in pairs([area.shape for area in sound]) if sound else ():
        first, second = mended[sound[left].row], mended[sound[right].row]
        shared = shapely.intersection(first.shape, second.shape)
        rest = areal(shapely.difference(second.shape, first.shape))
        if rest is not None and is_sliver(shared):
            done[second.row].append("cut_overlap")
            mended[second.row] = replace(second, shape=rest)
    return list(mended.values())


def filled(areas: Sequence[Outline], whole: BaseGeometry | None, done: Repairs) -> list[Outline]:
    mended = {area.row: area for area in areas}
    if whole is None:
        return list(areas)
    union = shapely.union_all([area.shape for area in areas if is_sound(area.shape)])
    for gap in shapely.get_parts(shapely.difference(whole, union)).tolist():
        row = neighbour(gap, mended) if is_sliver(gap) else None
        if row is not None:
            joined = areal(shapely.union_all([mended[row].shape, gap]))
            mended[row] = replace(mended[row], shape=joined or mended[row].shape)
            done[row].append("filled_gap")
    return list(mended.values())


def neighbour(gap: BaseGeometry, areas: Mapping[int, Outline]) -> int | None:
    """The row of the area with the longest border on the gap; None where nothing touches it."""
    edge = shapely.buffer(gap, SLIVER / 100)
    borders = {
        row: shapely.length(shapely.intersection(shapely.boundary(area.shape), edge))
        for row, area in areas.items()
        if is_sound(area.shape)
    }
    longest = max(borders, key=lambda row: (borders[row], -row), default=None)
    return longest if longest is not None and borders[longest] > 0 else None
