"""Which legal adviser a request goes to: speciality, then deepest territory, then load. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Adviser:
    """`territory`: the beginning of the codes below it; `load`: open requests."""

    pk: int
    specialities: Collection[str]
    territory: str
    level: int
    load: int
    capacity: int


def suits(adviser: Adviser, speciality: str, division: str) -> bool:
    covers = division.startswith(adviser.territory)
    return covers and speciality in adviser.specialities and adviser.load < adviser.capacity


def choose(advisers: Iterable[Adviser], speciality: str, division: str) -> int | None:
    """None where nobody suits or all are full."""
    able = [each for each in advisers if suits(each, speciality, division)]
    best = min(able, key=lambda each: (-each.level, each.load, each.pk), default=None)
    return best.pk if best else None
