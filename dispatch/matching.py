"""Many incidents and many workers at once: who goes where, so that all of it costs the least.

Pure. Each incident is joined to its nearest workers who may go (`NEAREST`); a worker has a place
for each order they can still take, and the next place costs more than the one before; each incident
has a column of its own for "stays queued". In this sparse graph a full matching of least total cost
always exists, and scipy finds it. Who stays over although somebody farther away is free is matched
again among those.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import min_weight_full_bipartite_matching
from scipy.spatial import cKDTree

from dispatch.ranking import (
    COSTS_MORE,
    FULL_NOW,
    NEEDED_ELSEWHERE,
    NO_HURRY,
    RUNNERS_UP,
    STAYS_QUEUED_M,
    URGENT_STAYS_QUEUED_M,
    Column,
    Pairs,
    Weights,
    costs,
    total,
)

Indexes = NDArray[np.int64]
NEAREST = 32
ROUNDS = 4
# A round looks at more neighbours the fewer are left, but never at more pairs than this.
MOST_PAIRS = 250_000
# More orders for one worker than this in one batch: another day's work, not a better matching.
MOST_PLACES = 6
# Of two that must stay, the one with less time left goes.
RISK_OF_STAYING_M = 100_000.0
SHORT_S = 7_200.0
CODE_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Pool:
    """Who may go at all: workers of one unit, or of a territory by the beginning of its code."""

    unit: int = 0
    prefix: str = ""
    skill: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """An incident that needs somebody. WGS-84 degrees; `keeper`: id of the worker who looks
    after the grid cell, 0 for nobody; `not_again`, `known`: ids of workers.
    """

    key: int
    longitude: float
    latitude: float
    pool: Pool
    place: str
    left_s: float = NO_HURRY
    urgent: bool = False
    keeper: int = 0
    not_again: frozenset[int] = frozenset()
    known: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Hands:
    """The free workers, in columns ordered by id. `place`: code of their own, filled to 15 digits.

    `skills`: of each, between blanks.
    """

    ids: Indexes
    longitude: Column
    latitude: Column
    unit: Indexes
    place: Indexes
    in_hand: Column
    capacity: Column
    fresh: Column
    skills: Sequence[str]


@dataclass(frozen=True, slots=True)
class Other:
    """Somebody who could have gone, and the word for why not."""

    worker_id: int
    away_m: float
    cost_m: float
    why_not: str


@dataclass(frozen=True, slots=True)
class Match:
    """What was decided for one incident. `worker_id` None: it stays queued.

    `spare`: somebody suitable is free all the same, only too far down the list for one batch.
    """

    key: int
    worker_id: int | None
    away_m: float = 0.0
    parts: Mapping[str, float] | None = None
    others: tuple[Other, ...] = ()
    spare: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """The pairs looked at: `row` of the need, `hand` of the worker, and what each would cost."""

    row: Indexes
    hand: Indexes
    facts: Pairs

    def only(self, kept: Indexes) -> "Graph":
        facts = Pairs(
            **{name: getattr(self.facts, name)[kept] for name in Pairs.__dataclass_fields__}
        )
        return Graph(self.row[kept], self.hand[kept], facts)


def match(needs: Sequence[Need], hands: Hands, weights: Weights) -> list[Match]:
    """One decision for each need, in their order; nobody gets more than they can take."""
    found: dict[int, Match] = {}
    in_hand = hands.in_hand.copy()
    left = list(needs)
    for n in range(ROUNDS):
        now = replace(hands, in_hand=in_hand)
        graph = near(left, now, nearest=min(NEAREST << n, max(1, MOST_PAIRS // len(left))))
        made = decide(left, now, graph, weights)
        found |= {each.key: each for each in made}
        left = [need for need, each in zip(left, made, strict=True) if each.spare]
        if not left:
            break
    return [found[need.key] for need in needs]


def near(needs: Sequence[Need], hands: Hands, *, nearest: int) -> Graph:
    """Each need with the nearest of its pool who are not full and were not asked before."""
    rows, found = [], []
    for pool, members in in_pools(needs).items():
        free = free_of(pool, hands)
        if not len(free):
            continue
        places = np.array([(needs[n].longitude, needs[n].latitude) for n in members])
        middle = float(places[:, 1].mean())
        tree = cKDTree(flat(hands.longitude[free], hands.latitude[free], middle))
        number = min(nearest, len(free))
        _away, n = tree.query(flat(places[:, 0], places[:, 1], middle), k=range(1, number + 1))
        rows.append(np.repeat(np.array(members, dtype=np.int64), number))
        found.append(free[n.ravel()])
    if not rows:
        return graph_of(needs, hands, np.zeros(0, np.int64), np.zeros(0, np.int64))
    return graph_of(needs, hands, np.concatenate(rows), np.concatenate(found))


def in_pools(needs: Sequence[Need]) -> dict[Pool, list[int]]:
    pools: dict[Pool, list[int]] = defaultdict(list)
    for n, need in enumerate(needs):
        pools[need.pool].append(n)
    return pools


def free_of(pool: Pool, hands: Hands) -> Indexes:
    able = hands.in_hand < hands.capacity
    if pool.unit:
        able &= hands.unit == pool.unit
    elif pool.prefix:
        able &= hands.place // 10 ** (CODE_DIGITS - len(pool.prefix)) == int(pool.prefix)
    free = np.flatnonzero(able)
    if pool.skill:
        wanted = f" {pool.skill} "
        able = np.array([wanted in hands.skills[int(n)] for n in free], dtype=np.bool_)
        free = free[able]
    return free


def graph_of(needs: Sequence[Need], hands: Hands, row: Indexes, hand: Indexes) -> Graph:
    asked = pairs_of([need.not_again for need in needs], hands)
    kept = ~np.isin(row * len(hands.ids) + hand, asked)
    row, hand = row[kept], hand[kept]
    longitude = np.array([need.longitude for need in needs])
    latitude = np.array([need.latitude for need in needs])
    known = pairs_of([need.known for need in needs], hands)
    facts = Pairs(
        away_m=metres(longitude[row], latitude[row], hands.longitude[hand], hands.latitude[hand]),
        in_hand=hands.in_hand[hand],
        capacity=hands.capacity[hand],
        own_community=knows_place(hands, hand, places(needs)[row]),
        position_fresh=hands.fresh[hand],
        own_cell=(np.array([need.keeper for need in needs])[row] == hands.ids[hand]).astype(float),
        known=np.isin(row * len(hands.ids) + hand, known).astype(np.float64),
        left_s=np.array([need.left_s for need in needs], dtype=np.float64)[row],
    )
    return Graph(row, hand, facts)


def pairs_of(named: Sequence[frozenset[int]], hands: Hands) -> Indexes:
    """Pairs of a need and a worker it names, as one number each; who is not here is left out."""
    at = {int(worker): n for n, worker in enumerate(hands.ids)} if any(named) else {}
    size = len(hands.ids)
    return np.array(
        [row * size + at[who] for row, names in enumerate(named) for who in names if who in at],
        dtype=np.int64,
    )


def places(needs: Sequence[Need]) -> Indexes:
    return np.array([int(need.place.ljust(CODE_DIGITS, "0")) for need in needs], dtype=np.int64)


def knows_place(hands: Hands, hand: Indexes, place: Indexes) -> Column:
    """As `ranking.knows_place`, in columns: the same code, or a grid cell of the community."""
    own = hands.place[hand]
    around = (own % 1000 == 0) & (own // 1000 == place // 1000)
    knows: Column = ((own == place) | around).astype(np.float64)
    return knows


def decide(needs: Sequence[Need], hands: Hands, graph: Graph, weights: Weights) -> list[Match]:
    """The matching of least cost; takes the places in `hands.in_hand` as it gives them."""
    parts = costs(graph.facts, weights)
    whole = total(parts)
    chosen = solve(needs, hands, graph, weights)
    sent = chosen[chosen >= 0]
    np.add.at(hands.in_hand, graph.hand[sent], 1)
    own = zip(*(column[sent].tolist() for column in parts.values()), strict=True)
    cheapest = by_row(graph, whole, len(needs))
    made = []
    for n, need in enumerate(needs):
        pair, mine = int(chosen[n]), cheapest[n]
        if pair < 0:
            # With nobody to ask there is nobody; who lost them to others may look farther.
            made.append(Match(need.key, None, spare=bool(mine)))
            continue
        cost_m = float(whole[pair])
        others = [o for o in mine if o != pair][:RUNNERS_UP]
        made.append(
            Match(
                need.key,
                int(hands.ids[graph.hand[pair]]),
                float(graph.facts.away_m[pair]),
                dict(zip(parts, next(own), strict=True)),
                tuple(other(hands, graph, o, float(whole[o]), cost_m) for o in others),
            )
        )
    return made


def other(hands: Hands, graph: Graph, pair: int, its: float, cost_m: float) -> Other:
    """Why not this one: full by now, sent where they save more, or simply dearer."""
    hand = int(graph.hand[pair])
    if hands.in_hand[hand] >= hands.capacity[hand]:
        why = FULL_NOW
    else:
        why = NEEDED_ELSEWHERE if its < cost_m else COSTS_MORE
    return Other(int(hands.ids[hand]), float(graph.facts.away_m[pair]), its, why)


def by_row(graph: Graph, cost: Column, rows: int) -> list[list[int]]:
    """For each need its cheapest pairs, one more than are shown."""
    order = np.lexsort((graph.hand, cost, graph.row))
    edges = np.searchsorted(graph.row[order], np.arange(rows + 1))
    most = RUNNERS_UP + 1
    return [order[a : min(b, a + most)].tolist() for a, b in pairwise(edges)]


def solve(needs: Sequence[Need], hands: Hands, graph: Graph, weights: Weights) -> Indexes:
    """For each need the number of its pair in the graph; -1: it stays queued."""
    row, column, pair, cost = in_places(hands, graph, weights)
    size = int(column.max()) + 1 if len(column) else 0
    rows = np.arange(len(needs))
    # Every need takes exactly one column, so what is added to all changes no decision; scipy wants
    # weights other than zero.
    above_zero = weights.own_community_m + weights.own_cell_m + weights.known_m + 1.0
    matrix = csr_matrix(
        (
            np.concatenate((cost, staying(needs))) + above_zero,
            (np.concatenate((row, rows)), np.concatenate((column, size + rows))),
        ),
        shape=(len(needs), size + len(needs)),
    )
    _rows, taken = min_weight_full_bipartite_matching(matrix)
    is_taken = column == taken[row]
    chosen = np.full(len(needs), -1, dtype=np.int64)
    chosen[row[is_taken]] = pair[is_taken]
    return chosen


def staying(needs: Sequence[Need]) -> Column:
    """What it costs to leave each in the queue."""
    base = [URGENT_STAYS_QUEUED_M if need.urgent else STAYS_QUEUED_M for need in needs]
    left = np.maximum([need.left_s for need in needs], 1.0)
    stays: Column = np.array(base) + RISK_OF_STAYING_M * np.minimum(1.0, SHORT_S / left)
    return stays


def in_places(
    hands: Hands, graph: Graph, weights: Weights
) -> tuple[Indexes, Indexes, Indexes, Column]:
    """Each pair once for every place the worker has left: rows, columns, numbers of pairs, costs.

    The second order in a hand costs more than the first, so places fill up in their order.
    """
    used, at, wanted = np.unique(graph.hand, return_inverse=True, return_counts=True)
    free = (hands.capacity - hands.in_hand)[used].astype(np.int64)
    size = np.minimum(np.minimum(free, wanted), MOST_PLACES)
    starts = np.concatenate(([0], np.cumsum(size)))
    found: list[tuple[Any, ...]] = []
    for n in range(int(size.max()) if len(size) else 0):
        fits = np.flatnonzero(size[at] > n)
        more = graph.only(fits)
        loaded = replace(more.facts, in_hand=more.facts.in_hand + n)
        found.append((more.row, starts[at[fits]] + n, fits, total(costs(loaded, weights))))
    if not found:
        none = np.zeros(0, np.int64)
        return none, none, none, np.zeros(0)
    row, column, pair, cost = (np.concatenate(each) for each in zip(*found, strict=True))
    return row, column, pair, cost


def flat(longitude: Column, latitude: Column, middle: float) -> Column:
    """Metres east and north on a plane that touches the earth at latitude `middle`."""
    north, east = metres_per_degree(np.array([middle]))
    return np.column_stack((longitude * east[0], latitude * north[0]))


def metres(lon1: Column, lat1: Column, lon2: Column, lat2: Column) -> Column:
    """Between neighbours on the WGS-84 ellipsoid; to a metre in 50 km."""
    north, east = metres_per_degree((lat1 + lat2) / 2)
    return np.hypot((lat2 - lat1) * north, (lon2 - lon1) * east)


def metres_per_degree(latitude: Column) -> tuple[Column, Column]:
    """Of latitude and of longitude, by the series of the ellipsoid."""
    p = np.radians(latitude)
    north = 111_132.954 - 559.822 * np.cos(2 * p) + 1.175 * np.cos(4 * p)
    east = 111_412.84 * np.cos(p) - 93.5 * np.cos(3 * p) + 0.118 * np.cos(5 * p)
    return north, east
