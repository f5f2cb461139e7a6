"""What a share of few answers is worth: Wilson's score interval. Pure."""

from dataclasses import dataclass
from math import sqrt

# Two-sided 95 %.
Z = 1.959963984540054
# Below so many answers a share is told to nobody and takes no place in a ranking.
LEAST = 30


@dataclass(frozen=True, slots=True)
class Share:
    """`yes` of `n`; all as parts of one."""

    yes: int
    n: int

    @property
    def rate(self) -> float:
        return self.yes / self.n if self.n else 0.0

    @property
    def is_enough(self) -> bool:
        return self.n >= LEAST

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true share lies in 95 of 100 such surveys; (0, 1) where nobody answered."""
        if not self.n:
            return 0.0, 1.0
        grown = 1 + Z * Z / self.n
        middle = (self.rate + Z * Z / (2 * self.n)) / grown
        spread = Z / grown * sqrt(self.rate * (1 - self.rate) / self.n + (Z / (2 * self.n)) ** 2)
        return max(0.0, middle - spread), min(1.0, middle + spread)
