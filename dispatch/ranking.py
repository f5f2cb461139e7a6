"""Which of the near workers is the best: travel, load, own territory. Pure; weights are data."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """In metres of travel: what a full load costs, what knowing the community is worth."""

    full_load_m: float = 1500.0
    own_community_m: float = 400.0
    stale_position_m: float = 200.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A worker who could go. `away_m`: true metres from position or home point."""

    worker_id: int
    away_m: float
    open_orders: int
    capacity: int
    own_community: bool
    position_fresh: bool


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its cost and the parts it is made of, all in metres."""

    candidate: Candidate
    cost_m: float
    parts: dict[str, float]


def cost(candidate: Candidate, weights: Weights) -> dict[str, float]:
    """The parts of the cost; their sum decides."""
    return {
        "travel": candidate.away_m,
        "load": weights.full_load_m * candidate.open_orders / candidate.capacity,
        "own_community": -weights.own_community_m if candidate.own_community else 0.0,
        "stale_position": 0.0 if candidate.position_fresh else weights.stale_position_m,
    }


def rank(candidates: Iterable[Candidate], weights: Weights) -> list[Ranked]:
    """Cheapest first; equal costs by worker id, so that the answer is the same every time."""
    ranked = []
    for candidate in candidates:
        parts = cost(candidate, weights)
        ranked.append(Ranked(candidate, sum(parts.values()), parts))
    return sorted(ranked, key=lambda each: (each.cost_m, each.candidate.worker_id))
