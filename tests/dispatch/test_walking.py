"""The way through a day's work orders."""

import pytest

from dispatch.walking import Stop, distance, way, wind
from tests.conftest import LUXUN_PARK, north_of


def stop(key: int, metres: float, *, urgent: bool = False) -> Stop:
    return Stop(key, *north_of(LUXUN_PARK, metres), urgent=urgent)


def test_always_on_to_the_nearest() -> None:
    legs = way(LUXUN_PARK, [stop(1, 900), stop(2, -100), stop(3, 300)])
    assert [leg.stop.key for leg in legs] == [2, 3, 1]
    assert [round(leg.metres, -2) for leg in legs] == [100, 400, 600]
    assert [leg.wind for leg in legs] == ["S", "N", "N"]


def test_the_urgent_one_first_however_far() -> None:
    legs = way(LUXUN_PARK, [stop(1, 100), stop(2, 2000, urgent=True)])
    assert [leg.stop.key for leg in legs] == [2, 1]


def test_equal_distances_go_by_number() -> None:
    assert [leg.stop.key for leg in way(LUXUN_PARK, [stop(9, 100), stop(4, 100)])] == [4, 9]


def test_no_stops_no_way() -> None:
    assert way(LUXUN_PARK, []) == []


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ((123.42, 41.80), "E"),
        ((123.40, 41.80), "W"),
        ((123.41, 41.79), "S"),
        ((123.417, 41.805), "NE"),
    ],
)
def test_which_way(to: tuple[float, float], expected: str) -> None:
    assert wind((123.41, 41.80), to) == expected


def test_a_hundred_metres_are_a_hundred_metres() -> None:
    assert distance(LUXUN_PARK, north_of(LUXUN_PARK, 100)) == pytest.approx(100, abs=0.5)
