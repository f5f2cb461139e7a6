"""What is wrong with the areas of a file, each fault naming its feature. Pure.

Areas of one kind lie in the province and do not share ground, neither with each other nor with
those in force that the file does not replace; where a whole is declared, they fill it. A grid
cell has a 15-digit code and lies in the community that its code begins with.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import shapely
from shapely.geometry.base import BaseGeometry

# Square degrees, about 1 m2: rounding, not a piece of ground.
NEGLIGIBLE = 1e-10
M2_PER_DEGREE2 = 111_200.0**2 * 0.745  # at Liaoning's latitude
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
CELL_CODE = re.compile(r"[0-9]{15}")
COMMUNITY_DIGITS = 12


class What(StrEnum):
    NO_CODE = "no_code"
    BAD_CODE = "bad_code"
    DUPLICATE = "duplicate"
    OTHER_KIND = "other_kind"
    NO_NAME = "no_name"
    EMPTY = "empty"
    NOT_AN_AREA = "not_an_area"
    INVALID = "invalid"
    OUTSIDE = "outside"
    OVERLAP = "overlap"
    OVERLAP_IN_FORCE = "overlap_in_force"
    NO_COMMUNITY = "no_community"
    OUTSIDE_COMMUNITY = "outside_community"
    GAP = "gap"


@dataclass(frozen=True)
class Fault:
    """`detail`: the other area's code, or GEOS's own words; `m2`: how much ground it is about."""

    what: What
    detail: str = ""
    m2: int = 0
    at: tuple[float, float] | None = None


@dataclass(frozen=True)
class Outline:
    """An area as it is checked; `row` is its number in the file."""

    row: int
    code: str
    name: str
    shape: BaseGeometry


@dataclass(frozen=True)
class Ground:
    """What the areas are checked against. `communities`: for cells alone, by code."""

    province: BaseGeometry
    in_force: Mapping[str, BaseGeometry] = field(default_factory=dict)
    other_kinds: frozenset[str] = frozenset()
    whole: BaseGeometry | None = None
    cells: bool = False
    communities: Mapping[str, BaseGeometry] = field(default_factory=dict)


@dataclass
class Findings:
    """Faults by the feature's row, and those of the file as a whole."""

    by_row: dict[int, list[Fault]]
    of_file: list[Fault]

    @property
    def count(self) -> int:
        return sum(map(len, self.by_row.values())) + len(self.of_file)


def findings(areas: Sequence[Outline], ground: Ground) -> Findings:
    """All faults. Ground is compared only of areas that are sound in themselves."""
    shapely.prepare(ground.province)
    times = Counter(area.code for area in areas)
    by_row = {area.row: [*faults_of_words(area, ground, times), *of_shape(area)] for area in areas}
    sound = [area for area in areas if is_sound(area.shape)]
    for area in sound:
        by_row[area.row] += of_place(area, ground)
    for row, fault in overlaps(sound):
        by_row[row].append(fault)
    for area in sound:
        by_row[area.row] += with_those_in_force(area, ground)
    return Findings(by_row, list(gaps(sound, ground.whole)))


def faults_of_words(area: Outline, ground: Ground, times: Counter[str]) -> Iterator[Fault]:
    if not area.code:
        yield Fault(What.NO_CODE)
    elif not (CELL_CODE if ground.cells else CODE).fullmatch(area.code):
        yield Fault(What.BAD_CODE, area.code)
    elif times[area.code] > 1:
        yield Fault(What.DUPLICATE, area.code)
    elif area.code in ground.other_kinds:
        yield Fault(What.OTHER_KIND, area.code)
    elif ground.cells and area.code[:COMMUNITY_DIGITS] not in ground.communities:
        yield Fault(What.NO_COMMUNITY, area.code[:COMMUNITY_DIGITS])
    if not (area.name or ground.cells):
        yield Fault(What.NO_NAME)


def of_shape(area: Outline) -> Iterator[Fault]:
    if area.shape.is_empty:
        yield Fault(What.EMPTY)
    elif not isinstance(area.shape, (shapely.Polygon, shapely.MultiPolygon)):
        yield Fault(What.NOT_AN_AREA, area.shape.geom_type)
    elif not area.shape.is_valid:
        yield Fault(What.INVALID, shapely.is_valid_reason(area.shape)[:100])


def is_sound(shape: BaseGeometry) -> bool:
    areal = isinstance(shape, (shapely.Polygon, shapely.MultiPolygon))
    return areal and shape.is_valid and not shape.is_empty


def of_place(area: Outline, ground: Ground) -> Iterator[Fault]:
    if not shapely.covers(ground.province, area.shape):
        yield from told(What.OUTSIDE, shapely.difference(area.shape, ground.province))
    community = ground.communities.get(area.code[:COMMUNITY_DIGITS])
    if ground.cells and community is not None and not shapely.covers(community, area.shape):
        yield from told(What.OUTSIDE_COMMUNITY, shapely.difference(area.shape, community))


def overlaps(areas: Sequence[Outline]) -> Iterator[tuple[int, Fault]]:
    """Each pair once, at the feature that comes later in the file."""
    shapes = [area.shape for area in areas]
    if not shapes:
        return
    for left, right in pairs(shapes):
        shared = shapely.intersection(shapes[left], shapes[right])
        for fault in told(What.OVERLAP, shared, areas[left].code or str(areas[left].row)):
            yield areas[right].row, fault


def pairs(shapes: Sequence[BaseGeometry]) -> Iterable[tuple[int, int]]:
    found = shapely.STRtree(shapes).query(shapes, predicate="intersects").T.tolist()
    return sorted((left, right) for left, right in found if left < right)


def with_those_in_force(area: Outline, ground: Ground) -> Iterator[Fault]:
    for code, other in ground.in_force.items():
        if code != area.code and shapely.intersects(area.shape, other):
            yield from told(What.OVERLAP_IN_FORCE, shapely.intersection(area.shape, other), code)


def gaps(areas: Sequence[Outline], whole: BaseGeometry | None) -> Iterator[Fault]:
    if whole is None:
        return
    union = shapely.union_all([area.shape for area in areas])
    missing = shapely.get_parts(shapely.difference(whole, union))
    for part in sorted(missing, key=shapely.area, reverse=True):
        yield from told(What.GAP, part)


def told(what: What, ground: BaseGeometry, detail: str = "") -> Iterator[Fault]:
    """A fault about a piece of ground, if it is one."""
    if ground.area > NEGLIGIBLE:
        at = ground.representative_point()
        m2 = round(ground.area * M2_PER_DEGREE2)
        yield Fault(what, detail, m2, (round(at.x, 6), round(at.y, 6)))
