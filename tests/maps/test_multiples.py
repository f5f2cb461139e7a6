"""Charts on one scale. Pure."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from maps.multiples import EDGE, HEIGHT, WIDTH, Scale, segments, x

percents = st.one_of(st.none(), st.decimals(0, 100, places=1))


def test_the_scale_is_whole_tens_around_all() -> None:
    assert Scale.around([Decimal("73.2"), None, Decimal("91")]) == Scale(Decimal(70), Decimal(100))
    assert Scale.around([None]) == Scale(Decimal(0), Decimal(100))
    assert Scale.around([Decimal(100)]) == Scale(Decimal(100), Decimal(110))


def test_a_month_without_a_value_breaks_the_line() -> None:
    scale = Scale(Decimal(0), Decimal(100))
    assert segments([Decimal(100), None, Decimal(0)], scale) == [
        f"{float(EDGE)},{float(EDGE)}", f"{float(WIDTH - EDGE)},{float(HEIGHT - EDGE)}",
    ]  # fmt: skip


@given(st.lists(percents, min_size=1, max_size=24))
def test_every_point_lies_within_the_chart(values: list[Decimal | None]) -> None:
    scale = Scale.around(values)
    points = [point for line in segments(values, scale) for point in line.split()]
    assert len(points) == sum(1 for value in values if value is not None)
    for point in points:
        across, down = (float(part) for part in point.split(","))
        assert EDGE <= across <= WIDTH - EDGE
        assert EDGE <= down <= HEIGHT - EDGE


def test_the_months_stand_from_left_to_right() -> None:
    assert [x(n, 3) for n in range(3)] == [EDGE, WIDTH / 2, WIDTH - EDGE]
