"""A day as it might be: what is reported when and where, and what people do when asked. Pure.

The same seed draws the same day. Hours are of the day, durations in seconds of that day.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from types import MappingProxyType

HOUR_S = 3600.0
# Reports in each hour, as shares: nights are quiet, mornings busy.
USUAL = (1, 1, 1, 1, 1, 2, 4, 7, 9, 9, 8, 6, 5, 6, 7, 7, 6, 5, 4, 4, 3, 2, 1, 1)
# A storm comes at two in the afternoon and stays until the evening.
STORMY = (1, 1, 1, 1, 1, 2, 3, 4, 5, 5, 5, 5, 6, 9, 30, 36, 24, 16, 10, 7, 5, 3, 2, 1)
ANY = ("exposed-garbage", "dirty-road", "pothole", "street-light", "illegal-parking", "lawn")
OF_A_STORM = ("fallen-tree", "flooding", "street-light", "pothole", "manhole-cover", "ice-snow")


@dataclass(frozen=True, slots=True)
class Profile:
    """`clusters`: in how many places most of it happens; 0: wherever people live."""

    reports: int
    hours: Sequence[int]
    categories: Sequence[str]
    clusters: int = 0


PROFILES = MappingProxyType(
    {
        "quiet": Profile(2_000, USUAL, ANY),
        "storm": Profile(9_000, STORMY, OF_A_STORM, clusters=4),
    }
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One report. `home`: near which of the given homes it happens; the rest in degrees."""

    at_s: float
    home: int
    east: float
    north: float
    category: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a worker does with an offer, and how long each step takes, in seconds.

    `does`: accept, decline or ignore.
    """

    does: str
    after_s: float
    sets_out_s: float
    works_s: float


def arrivals(profile: Profile, homes: int, seed: int) -> Iterator[Arrival]:
    """All reports of the day in their order."""
    random = Random(f"{seed} arrivals")
    centres = [random.randrange(homes) for _n in range(profile.clusters)]
    drawn = random.choices(range(24), profile.hours, k=profile.reports)
    for at_s in sorted((hour + random.random()) * HOUR_S for hour in drawn):
        struck = bool(centres) and random.random() < 0.7
        home = random.choice(centres) if struck else random.randrange(homes)
        spread = 0.02 if struck else 0.001
        yield Arrival(
            at_s,
            home,
            random.gauss(0, spread),
            random.gauss(0, spread),
            random.choice(profile.categories),
        )


def answer(order: int, seed: int) -> Answer:
    """The same for the same order, whoever looks first: most accept within minutes."""
    random = Random(f"{seed} order {order}")
    does = random.choices(("accept", "decline", "ignore"), (85, 8, 7))[0]
    return Answer(
        does,
        after_s=random.expovariate(1 / 180),
        sets_out_s=random.expovariate(1 / 300),
        works_s=random.lognormvariate(7.0, 0.5),
    )
