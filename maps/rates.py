"""Shares of counts, as a bulletin prints them: percent, interval, score, rank. No Django."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

from enterprises.wilson import LEAST, Share

T = TypeVar("T")
# Below so many answers nobody is ranked.
RANKED_FROM = LEAST
TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Rate:
    """`hits` out of `of`; both whole and not negative, hits at most of."""

    hits: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.of:
            raise ValueError(f"{self.hits} of {self.of} is no share")

    @property
    def percent(self) -> Decimal | None:
        """100 x hits / of, to one decimal place, halves up; None of nothing."""
        if self.of == 0:
            return None
        return (Decimal(100 * self.hits) / self.of).quantize(TENTH, ROUND_HALF_UP)

    @property
    def interval(self) -> tuple[Decimal, Decimal] | None:
        """Wilson's score interval at 95 %, in percent (E. B. Wilson, JASA 22, 1927)."""
        if self.of == 0:
            return None
        low, high = Share(self.hits, self.of).interval
        return as_percent(low), as_percent(high)


def as_percent(share: float) -> Decimal:
    return Decimal(100 * share).quantize(TENTH, ROUND_HALF_UP)


def score(rates: Sequence[Rate], weights: Sequence[int]) -> Decimal | None:
    """The weighted mean of the percentages, to one decimal place; None where one has no answers.

    `weights`: whole, of the same number, 100 together.
    """
    if sum(weights) != 100 or len(weights) != len(rates):
        raise ValueError(f"weights {weights} for {len(rates)} rates")
    if any(rate.of == 0 for rate in rates):
        return None
    exact = sum(
        Decimal(weight) * rate.hits / rate.of for rate, weight in zip(rates, weights, strict=True)
    )
    return Decimal(exact).quantize(TENTH, ROUND_HALF_UP)


def ranks(
    rows: Sequence[T], value: Callable[[T], Decimal | None], n: Callable[[T], int]
) -> list[int | None]:
    """The place of each row, 1 for the highest value; equal values share one. None: too few."""
    values = [value(row) if n(row) >= RANKED_FROM else None for row in rows]
    return [
        None if own is None else 1 + sum(1 for other in values if other is not None and other > own)
        for own in values
    ]
