"""Small multiples: many little charts on one scale, as points to draw. No Django.

A chart is WIDTH x HEIGHT units, its first month at the left, its highest value on top.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

WIDTH, HEIGHT, EDGE = 150, 46, 3
STEP = Decimal(10)
Value = Decimal | None


@dataclass(frozen=True, slots=True)
class Scale:
    """The same for every chart of a page: whole tens around all values, 0 to 100 at most."""

    lowest: Decimal
    highest: Decimal

    @classmethod
    def around(cls, values: Iterable[Value]) -> "Scale":
        known = [value for value in values if value is not None]
        if not known:
            return cls(Decimal(0), Decimal(100))
        lowest = (min(known) / STEP).to_integral_value(ROUND_FLOOR) * STEP
        highest = (max(known) / STEP).to_integral_value(ROUND_CEILING) * STEP
        return cls(lowest, max(highest, lowest + STEP))

    def y(self, value: Decimal) -> float:
        share = (value - self.lowest) / (self.highest - self.lowest)
        return round(HEIGHT - EDGE - float(share) * (HEIGHT - 2 * EDGE), 1)


def x(n: int, of: int) -> float:
    """The place of month `n` (from 0) of so many; a single one stands at the right."""
    return WIDTH - EDGE if of < 2 else round(EDGE + n * (WIDTH - 2 * EDGE) / (of - 1), 1)


def segments(values: Sequence[Value], scale: Scale) -> list[str]:
    """`points` of the polylines: a month without a value breaks the line."""
    made: list[list[str]] = [[]]
    for n, value in enumerate(values):
        if value is None:
            made.append([])
        else:
            made[-1].append(f"{x(n, len(values))},{scale.y(value)}")
    return [" ".join(points) for points in made if points]
