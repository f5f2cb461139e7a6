"""Why one rule of the catalogue beat another. Pure; the ranks are those of `dispatch.catalogue`.

Each rank is a number, the lower wins, in the order given; where all are equal the older rule won.
"""

from collections.abc import Mapping

# What a rule that lost is told, by the first rank in which it was behind.
BEHIND = {
    "telling": "less_telling",
    "side": "other_side",
    "nearest": "other_area",
    "width": "wider",
    "always": "any_time",
}
NEWER = "newer"


def why_behind(winner: Mapping[str, int], loser: Mapping[str, int]) -> str:
    """The word for what decided between the two."""
    return next((word for rank, word in BEHIND.items() if winner[rank] != loser[rank]), NEWER)
