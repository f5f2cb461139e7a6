"""Which counts of a public table are withheld, so that nobody is found by them. No Django."""

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

K = TypeVar("K")
# Fewer people than this are never shown as a count.
FEWEST = 3


def withheld(counts: Mapping[K, int]) -> set[K]:
    """The keys whose counts are not printed beside their true total.

    Counts below FEWEST are withheld, none at all like one or two: who sees a gap does not know
    which it is. The total minus what is printed tells the sum of the gaps; where that would
    tell a single gap, the smallest printed count is withheld as well.
    """
    gaps = {key for key, n in counts.items() if n < FEWEST}
    printed = sorted((key for key in counts if key not in gaps), key=lambda key: counts[key])
    while printed and tells(gaps, counts):
        gaps.add(printed.pop(0))
    return gaps


def withheld_together(columns: Sequence[Mapping[K, int]], gaps: Collection[K]) -> set[K]:
    """The keys none of whose counts is printed, where each row tells several beside their totals.

    `gaps`: keys withheld before. A column of nothing but none hides nobody. A key goes with the
    smallest of its counts, so that no count of a row is told by the others; then by the first
    column, until no total tells a gap.
    """
    told = [column for column in columns if any(column.values())]
    hidden = {key for column in told for key, n in column.items() if n < FEWEST} | set(gaps)
    printed = sorted((key for key in columns[0] if key not in hidden), key=lambda k: columns[0][k])
    while printed and any(tells(hidden, column) for column in columns):
        hidden.add(printed.pop(0))
    return hidden


def tells(gaps: set[K], counts: Mapping[K, int]) -> bool:
    """Whether the sum of the gaps leaves one way to fill them."""
    if not gaps or all(counts[key] == 0 for key in gaps):
        return False  # nobody is in them
    if len(gaps) == 1:
        return True
    return all(counts[key] == FEWEST - 1 for key in gaps)
