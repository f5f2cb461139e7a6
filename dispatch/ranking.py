"""What it costs to send a worker: travel, load, the risk of being late, less what knowing helps.

Pure; weights are data. One function says the cost, for the shortlist of a single dispatch and for
the thousands of pairs of a batch (`dispatch.matching`) alike: it counts in columns.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch import travel

# Why not one of the others: dearer, full by then, or sent where they save more.
COSTS_MORE, FULL_NOW, NEEDED_ELSEWHERE = "costs_more", "full_now", "needed_elsewhere"
RUNNERS_UP = 3
Column = NDArray[np.float64]
NO_HURRY = float("inf")
# More than any way within a province: whoever can go, goes. The urgent one before the other.
STAYS_QUEUED_M = 2_000_000.0
URGENT_STAYS_QUEUED_M = 4_000_000.0


@dataclass(frozen=True, slots=True)
class Weights:
    """In metres of travel: what a full load costs, what knowing the place or the matter is worth.

    `overdue_m`: what it costs when all the time left goes by before somebody stands there;
    `order_s`: how long one order in hand keeps a worker.
    """

    full_load_m: float = 1500.0
    own_community_m: float = 400.0
    stale_position_m: float = 200.0
    overdue_m: float = 1000.0
    own_cell_m: float = 300.0
    known_m: float = 300.0
    order_s: float = 1800.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A worker who could go. `away_m`: true metres from position or home point.

    `own_cell`: looks after the grid cell. `known`: finished an order of this incident, or of this
    citizen, before. `left_s`: until due.
    """

    worker_id: int
    away_m: float
    open_orders: int
    capacity: int
    own_community: bool
    position_fresh: bool
    own_cell: bool = False
    known: bool = False
    left_s: float = NO_HURRY


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its cost and the parts it is made of, all in metres."""

    candidate: Candidate
    cost_m: float
    parts: dict[str, float]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of an incident and a worker, a column for each of a `Candidate`'s facts."""

    away_m: Column
    in_hand: Column
    capacity: Column
    own_community: Column
    position_fresh: Column
    own_cell: Column
    known: Column
    left_s: Column


def costs(pairs: Pairs, weights: Weights) -> dict[str, Column]:
    """The parts of the cost, in metres; their sum decides."""
    there_s = travel.seconds(pairs.away_m) + weights.order_s * pairs.in_hand
    late = np.minimum(1.0, there_s / np.maximum(pairs.left_s, 1.0))
    return {
        "travel": pairs.away_m,
        "load": weights.full_load_m * pairs.in_hand / pairs.capacity,
        "overdue": weights.overdue_m * late,
        "own_community": -weights.own_community_m * pairs.own_community,
        "own_cell": -weights.own_cell_m * pairs.own_cell,
        "known": -weights.known_m * pairs.known,
        "stale_position": weights.stale_position_m * (1.0 - pairs.position_fresh),
    }


def total(parts: dict[str, Column]) -> Column:
    whole: Column = np.sum(list(parts.values()), axis=0)
    return whole


def rank(candidates: Iterable[Candidate], weights: Weights) -> list[Ranked]:
    """Cheapest first; equal costs by worker id, so that the answer is the same every time."""
    given = list(candidates)
    parts = costs(columns(given), weights)
    each_of = zip(*(column.tolist() for column in parts.values()), strict=True)
    ranked = [
        Ranked(candidate, sum(values), dict(zip(parts, values, strict=True)))
        for candidate, values in zip(given, each_of, strict=True)
    ]
    return sorted(ranked, key=lambda each: (each.cost_m, each.candidate.worker_id))


def columns(given: list[Candidate]) -> Pairs:
    rows = [
        (
            *(c.away_m, c.open_orders, c.capacity, c.own_community, c.position_fresh),
            *(c.own_cell, c.known, c.left_s),
        )
        for c in given
    ]
    return Pairs(*np.array(rows, dtype=np.float64).reshape(len(rows), 8).T)


def knows_place(own: str, place: str) -> bool:
    """Whether the place lies in the worker's own community or grid cell; both are codes."""
    return place == own or (len(own) >= 12 and place.startswith(own))
