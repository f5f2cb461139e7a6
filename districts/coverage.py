"""What is wrong with a province's divisions and outlines, each defect naming its divisions.

The rule: every point of the province lies in exactly one leaf, and every outline is the union
of its children's.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from districts.models import Level

# Square degrees, about 1 m2: two sources' rounding, not a piece of ground.
NEGLIGIBLE = 1e-10
KM2_PER_DEGREE2 = 111.2**2
MOST_NAMED = 20


@dataclass(frozen=True)
class DivisionRow:
    code: str
    level: str
    name: str
    name_en: str
    parent: str

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@dataclass(frozen=True)
class BoundaryRow:
    code: str
    source: str
    datum: str
    approximate: bool
    valid_from: date
    shape: BaseGeometry


def defects_of(divisions: Sequence[DivisionRow], boundaries: Sequence[BoundaryRow]) -> list[str]:
    """Sentences for the operator, the tree's first; geometry is not judged on a broken tree."""
    rows = {row.code: row for row in divisions}
    found = [*_tree_defects(divisions, rows), *_outline_defects(rows, boundaries)]
    if found:
        return found
    shapes = {row.code: row.shape for row in boundaries}
    overlaps = _overlaps(rows, shapes)
    # The fast union is defined for sound coverages only; the slow one has to name the rest.
    union = shapely.union_all if overlaps else shapely.coverage_union_all
    return [*overlaps, *_gaps(rows, shapes, union)]


def _tree_defects(divisions: Sequence[DivisionRow], rows: dict[str, DivisionRow]) -> Iterator[str]:
    words = {level.word for level in Level}
    if [row.level for row in divisions if not row.parent] != [Level.PROVINCE.word]:
        yield "the first division, and no other, must be a province without a parent"
    for code, times in Counter(row.code for row in divisions).items():
        if times > 1:
            yield f"{rows[code]}: listed {times} times"
    for row in divisions:
        if row.level not in words:
            yield f"{row}: unknown level {row.level!r}"
        elif row.parent and row.parent not in rows:
            yield f"{row}: parent {row.parent} does not exist"
        elif row.parent:
            yield from _parent_defects(row, rows[row.parent], words)


def _parent_defects(row: DivisionRow, parent: DivisionRow, words: set[str]) -> Iterator[str]:
    if parent.level in words:
        above, own = Level.from_word(parent.level), Level.from_word(row.level)
        if own != above + 1:
            yield f"{row}: a {row.level} cannot lie directly in a {parent.level}"
    significant = {"province": 2, "city": 4}.get(parent.level, len(parent.code))
    if not row.code.startswith(parent.code[:significant]):
        yield f"{row}: its code does not begin like its parent's, {parent}"


def _outline_defects(
    rows: dict[str, DivisionRow], boundaries: Sequence[BoundaryRow]
) -> Iterator[str]:
    times = Counter(row.code for row in boundaries)
    yield from (f"{rows[code]}: {n} boundaries" for code, n in times.items() if n > 1)
    yield from (f"{code}: a boundary of no division" for code in times if code not in rows)
    yield from (f"{row}: no boundary" for row in rows.values() if row.code not in times)
    shapes = np.array([row.shape for row in boundaries], dtype=object)
    sound = shapely.is_valid(shapes) & ~shapely.is_empty(shapes)
    multi = shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOLYGON
    for index in np.flatnonzero(~(sound & multi)).tolist():
        code = boundaries[index].code
        reason = shapely.is_valid_reason(shapes[index]) if multi[index] else "not a MultiPolygon"
        yield f"{rows.get(code, code)}: invalid outline, {reason}"
    for row, (west, south, east, north) in zip(boundaries, shapely.bounds(shapes), strict=True):
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
            yield f"{rows.get(row.code, row.code)}: outline is not in degrees"


def _overlaps(rows: dict[str, DivisionRow], shapes: dict[str, BaseGeometry]) -> list[str]:
    """Areas that share ground, or whose common border has other vertices on its two sides."""
    parents = {row.parent for row in rows.values()}
    layers = [[code for code in rows if code not in parents]]
    layers += [[code for code in parents if code and rows[code].level == w] for w in _words()]
    at_fault = [code for layer in layers for code in _mismatched(sorted(layer), shapes)]
    named = ", ".join(str(rows[code]) for code in at_fault[:MOST_NAMED])
    return [f"overlapping or mismatched borders: {named}{_more(at_fault)}"] if at_fault else []


def _words() -> list[str]:
    return [level.word for level in Level]


def _mismatched(codes: Sequence[str], shapes: dict[str, BaseGeometry]) -> list[str]:
    layer = np.array([shapes[code] for code in codes], dtype=object)
    if not codes or shapely.coverage_is_valid(layer):
        return []
    edges = shapely.coverage_invalid_edges(layer)
    return [codes[index] for index in np.flatnonzero(~shapely.is_empty(edges)).tolist()]


def _gaps(
    rows: dict[str, DivisionRow],
    shapes: dict[str, BaseGeometry],
    union_of: Callable[[list[BaseGeometry]], BaseGeometry],
) -> Iterator[str]:
    children: dict[str, list[BaseGeometry]] = {}
    for row in rows.values():
        children.setdefault(row.parent, []).append(shapes[row.code])
    del children[""]
    for code, parts in children.items():
        union = shapely.multipolygons(shapely.get_parts(union_of(parts)))
        if shapely.equals_exact(union, shapes[code], normalize=True):
            continue
        missing = shapely.area(shapely.difference(shapes[code], union))
        extra = shapely.area(shapely.difference(union, shapes[code]))
        if missing > NEGLIGIBLE:
            yield f"{rows[code]}: {missing * KM2_PER_DEGREE2:.4f} km2 in none of its parts"
        if extra > NEGLIGIBLE:
            yield f"{rows[code]}: its parts reach {extra * KM2_PER_DEGREE2:.4f} km2 outside it"


def _more(codes: Sequence[str]) -> str:
    return f" and {len(codes) - MOST_NAMED} more" if len(codes) > MOST_NAMED else ""
