"""Hot spots tested against chance: Getis and Ord's Gi* of the heatmap's cells. Pure.

A cell is hot when it and its neighbours together have more than the same counts, dealt out by
chance over all cells, would give them. The cells are those where anything was ever reported: nobody
reports from the empty country, which would make every village hot. Because thousands of cells are
tested, how many of those told may be wrong is held down (Benjamini and Hochberg's false discovery
rate), not each cell's own chance of being wrong.

esda's `G_Local(..., star=True)` gives the same numbers (tests/maps/test_hot_spots.py); it is not
used here, because it brings pandas, scikit-learn and geopandas along (docs/maps.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components
from scipy.special import ndtr

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
# Fewer cells have no pattern to be told from chance.
FEWEST_CELLS = 30
# A single report beside an empty field is a large deviation of nothing: so many together, at least.
FEWEST = 5
SURE, LIKELY = 99, 95


@dataclass(frozen=True, slots=True)
class HotCell:
    """`around`: its own count and its neighbours'; `percent`: SURE or LIKELY."""

    cell: int
    n: int
    around: int
    z: float
    percent: int


@dataclass(frozen=True, slots=True)
class HotSpot:
    """Hot cells that touch, hottest first."""

    cells: tuple[HotCell, ...]

    @property
    def n(self) -> int:
        return sum(each.n for each in self.cells)

    @property
    def peak(self) -> HotCell:
        return self.cells[0]


def gathered(numbers: Ints) -> Ints:
    """Every second bit of Z-curve numbers, from the lowest: their columns (`maps.cells.gather`)."""
    v = numbers & 0x5555_5555_5555_5555
    for shift, mask in (
        (1, 0x3333_3333_3333_3333), (2, 0x0F0F_0F0F_0F0F_0F0F), (4, 0x00FF_00FF_00FF_00FF),
        (8, 0x0000_FFFF_0000_FFFF), (16, 0x0000_0000_FFFF_FFFF),
    ):  # fmt: skip
        v = (v | (v >> shift)) & mask
    return v


def neighbours(cells: Ints) -> csr_array:
    """1 where two of the cells are the same or touch, also by a corner; cells x cells."""
    column, row = gathered(cells), gathered(cells >> 1)
    key = (row << 32) | column
    order = np.argsort(key)
    known = key[order]
    here, there = [], []
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            wanted = ((row + dy) << 32) | (column + dx)
            at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
            found = known[at] == wanted
            here.append(np.flatnonzero(found))
            there.append(order[at[found]])
    i, j = np.concatenate(here), np.concatenate(there)
    return coo_array((np.ones(len(i)), (i, j)), shape=(len(cells), len(cells))).tocsr()


def gi_star(weights: csr_array, counts: Floats) -> Floats:
    """Standard deviations above (or below) what chance gives, a cell each; binary weights."""
    n, mean, spread = len(counts), counts.mean(), counts.std()
    touching = weights.sum(axis=1)
    share = spread * np.sqrt((n * touching - touching**2) / (n - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        z: Floats = (weights @ counts - mean * touching) / share
    return np.nan_to_num(z, nan=0.0, posinf=0.0, neginf=0.0)


def discovered(p: Floats, rate: float) -> NDArray[np.bool_]:
    """Which stand, if at most `rate` of those told may be wrong (Benjamini and Hochberg, 1995)."""
    order = np.argsort(p)
    below = np.flatnonzero(p[order] <= rate * np.arange(1, len(p) + 1) / len(p))
    told = np.zeros(len(p), dtype=bool)
    if len(below):
        told[order[: below[-1] + 1]] = True
    return told


def hot_spots(counts: Mapping[int, int], study: Sequence[int]) -> list[HotSpot]:
    """`counts`: cell -> count; `study`: all the cells that might have had any. Hottest first."""
    cells = np.array(sorted({*study, *counts}), dtype=np.int64)
    if len(cells) < FEWEST_CELLS or not counts:
        return []
    values = np.array([counts.get(int(cell), 0) for cell in cells], dtype=float)
    weights = neighbours(cells)
    z, around = gi_star(weights, values), weights @ values
    p = ndtr(-z)
    enough = (values > 0) & (around >= FEWEST)
    sure, likely = discovered(p, 0.01) & enough, discovered(p, 0.05) & enough
    hot = np.flatnonzero(likely)
    told = [
        HotCell(int(cells[i]), int(values[i]), int(around[i]), round(float(z[i]), 2),
                SURE if sure[i] else LIKELY)
        for i in hot
    ]  # fmt: skip
    _n, part = connected_components(weights[hot][:, hot], directed=False)
    return together(told, part)


def together(told: Sequence[HotCell], part: Sequence[int]) -> list[HotSpot]:
    spots: dict[int, list[HotCell]] = {}
    for each, number in zip(told, part, strict=True):
        spots.setdefault(int(number), []).append(each)
    found = [HotSpot(tuple(sorted(each, key=hottest))) for each in spots.values()]
    return sorted(found, key=lambda spot: hottest(spot.peak))


def hottest(each: HotCell) -> tuple[float, int]:
    return (-each.z, each.cell)
