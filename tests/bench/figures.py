"""What a benchmark gives back, and how the table of all of them is written."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """What is demanded and what is aimed at: at most so much, or at least where more is better."""

    demanded: float
    aim: float
    unit: str = ""
    more_is_better: bool = False

    def verdict(self, value: float) -> str:
        if self._within(value, self.aim):
            return "reaches the aim"
        return "within" if self._within(value, self.demanded) else "FALLS SHORT"

    def _within(self, value: float, bound: float) -> bool:
        return value >= bound if self.more_is_better else value <= bound


@dataclass(frozen=True)
class Row:
    """`value` is held against the limit; `seen` and `floor` tell it in the units measured."""

    what: str
    value: float
    limit: Limit
    seen: str
    floor: str = "-"

    @property
    def verdict(self) -> str:
        return self.limit.verdict(self.value)

    def cells(self) -> list[str]:
        unit = self.limit.unit
        return [
            self.what,
            self.seen,
            self.floor,
            amount(self.value, unit),
            amount(self.limit.demanded, unit),
            amount(self.limit.aim, unit),
            self.verdict,
        ]


HEAD = ["What", "Measured", "Floor, same run", "Held against", "At least", "Aim", "Verdict"]


def amount(value: float, unit: str) -> str:
    return f"{value:.3g} {unit}".strip()


def table(rows: Sequence[Row]) -> str:
    lines = [HEAD, ["---"] * len(HEAD), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all do not exceed (nearest rank); infinite for an empty list."""
    if not values:
        return float("inf")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1))]


def spread(values: Sequence[float], unit: str = "s") -> str:
    """`p50 0.12 s, p99 0.30 s, n 200`."""
    half, most = percentile(values, 0.5), percentile(values, 0.99)
    return f"p50 {half:.3g} {unit}, p99 {most:.3g} {unit}, n {len(values)}"
