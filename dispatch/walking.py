"""In which order to walk: from where the worker is, always on to the nearest. Pure.

Urgent ones first. A worker has a handful of orders, where the nearest next is at most a little
longer than the best way, and anybody can see why it is so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, atan2, cos, degrees, radians, sin, sqrt

EARTH_M = 6_371_008.8
WINDS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")


@dataclass(frozen=True, slots=True)
class Stop:
    """WGS-84 degrees, longitude first."""

    key: int
    longitude: float
    latitude: float
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Leg:
    """A stop, how far it is from the one before, and which way (one of WINDS)."""

    stop: Stop
    metres: float
    wind: str


def way(start: tuple[float, float], stops: Sequence[Stop]) -> list[Leg]:
    """The stops in walking order, from `start` (longitude, latitude)."""
    left, at, legs = list(stops), start, []
    while left:
        nearest = min(left, key=lambda s: (not s.urgent, distance(at, here(s)), s.key))
        legs.append(Leg(nearest, distance(at, here(nearest)), wind(at, here(nearest))))
        at = here(nearest)
        left.remove(nearest)
    return legs


def here(stop: Stop) -> tuple[float, float]:
    return stop.longitude, stop.latitude


def distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Metres on the sphere."""
    (x1, y1), (x2, y2) = (map(radians, each) for each in (a, b))
    h = sin((y2 - y1) / 2) ** 2 + cos(y1) * cos(y2) * sin((x2 - x1) / 2) ** 2
    return 2 * EARTH_M * asin(sqrt(h))


def wind(a: tuple[float, float], b: tuple[float, float]) -> str:
    """Which way from a to b, as one of eight winds."""
    (x1, y1), (x2, y2) = (map(radians, each) for each in (a, b))
    east = sin(x2 - x1) * cos(y2)
    north = cos(y1) * sin(y2) - sin(y1) * cos(y2) * cos(x2 - x1)
    return WINDS[round(degrees(atan2(east, north)) / 45) % 8]
