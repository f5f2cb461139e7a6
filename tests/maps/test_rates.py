"""Shares by hand: what a bulletin prints of two whole numbers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.rates import Rate, ranks, score


@pytest.mark.parametrize(
    ("hits", "of", "percent"),
    [
        (0, 5, "0.0"),
        (5, 5, "100.0"),
        (1, 3, "33.3"),
        (2, 3, "66.7"),
        (1, 16, "6.3"),
        (1, 800, "0.1"),
    ],
)
def test_percent_is_rounded_half_up(hits: int, of: int, percent: str) -> None:
    assert Rate(hits, of).percent == Decimal(percent)


def test_nothing_of_nothing_is_no_percentage() -> None:
    assert (Rate(0, 0).percent, Rate(0, 0).interval) == (None, None)


# Worked out with a pocket calculator: 8 of 10, and 0 of 10.
@pytest.mark.parametrize(
    ("hits", "of", "low", "high"), [(8, 10, "49.0", "94.3"), (0, 10, "0.0", "27.8")]
)
def test_wilson_by_hand(hits: int, of: int, low: str, high: str) -> None:
    assert Rate(hits, of).interval == (Decimal(low), Decimal(high))


@given(st.integers(1, 10_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_share_lies_in_its_interval(pair: tuple[int, int]) -> None:
    rate = Rate(*pair)
    assert rate.interval is not None
    assert rate.percent is not None
    low, high = rate.interval
    assert Decimal(0) <= low <= rate.percent <= high <= Decimal(100)


@pytest.mark.parametrize("pair", [(2, 1), (-1, 3)])
def test_more_than_all_is_no_share(pair: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no share"):
        Rate(*pair)


def test_the_score_is_weighted() -> None:
    """0.30 x 90 + 0.35 x 80 + 0.35 x 60 = 76."""
    rates = (Rate(9, 10), Rate(8, 10), Rate(6, 10))
    assert score(rates, (30, 35, 35)) == Decimal("76.0")
    assert score((Rate(0, 0), *rates[1:]), (30, 35, 35)) is None
    with pytest.raises(ValueError, match="weights"):
        score(rates, (30, 35, 30))


def test_equal_values_share_a_rank_and_few_answers_have_none() -> None:
    rows = [("a", "80", 30), ("b", "90", 40), ("c", "99", 29), ("d", "80", 31), ("e", "", 50)]
    found = ranks(rows, lambda row: Decimal(row[1]) if row[1] else None, lambda row: row[2])
    assert found == [2, 1, None, 2, None]
