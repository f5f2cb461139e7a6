"""How coarse a public row must be so that nobody stands in it alone. No Django.

k-anonymity (P. Samarati, L. Sweeney, 1998) by a ladder: each row is published on the finest rung on
which at least `k` people share its place and its class. What is left below the last rung is
withheld. A row counts on one rung only, so the rungs of one file cannot be subtracted.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

EVERYWHERE, ANYTHING = "", ""


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known of one incident that could tell whose it is. `person`: any stable key."""

    street: str
    county: str
    city: str
    category: str
    field: str
    person: str


@dataclass(frozen=True, slots=True)
class Rung:
    """How much of place and class is told: attribute names of Fact, or empty."""

    place: str
    thing: str


LADDER = (
    Rung("street", "category"),
    Rung("county", "category"),
    Rung("county", "field"),
    Rung("city", "field"),
    Rung(EVERYWHERE, "field"),
    Rung(EVERYWHERE, ANYTHING),
)


@dataclass(frozen=True, slots=True)
class Coarse:
    """Where a row stands: its rung, and the codes told."""

    rung: Rung
    place: str
    thing: str


def seen_as(fact: Fact, rung: Rung) -> Coarse:
    return Coarse(
        rung,
        getattr(fact, rung.place) if rung.place else EVERYWHERE,
        getattr(fact, rung.thing) if rung.thing else ANYTHING,
    )


def generalised(facts: Sequence[Fact], k: int) -> list[Coarse | None]:
    """For each fact, in order, how it is published; None: withheld.

    Every Coarse that occurs is shared by at least `k` different persons.
    """
    found: list[Coarse | None] = [None] * len(facts)
    left = list(range(len(facts)))
    for rung in LADDER:
        for coarse, members in grouped(facts, left, rung).items():
            if len({facts[n].person for n in members}) >= k:
                for n in members:
                    found[n] = coarse
        left = [n for n in left if found[n] is None]
    return found


def grouped(facts: Sequence[Fact], left: Iterable[int], rung: Rung) -> dict[Coarse, list[int]]:
    groups: dict[Coarse, list[int]] = defaultdict(list)
    for n in left:
        groups[seen_as(facts[n], rung)].append(n)
    return groups
