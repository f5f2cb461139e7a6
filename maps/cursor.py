"""Reading an append-only table on from a number, without losing rows that commit out of order.

Ids are drawn before their transactions commit: row 7 may become visible after row 8. Reading on
from the highest id seen would lose it. Pure; the caller brings the rows.
"""

from collections.abc import Iterable, Mapping


class Cursor:
    """Remembers the highest id seen and, for a while, the ids below it that were not there."""

    def __init__(
        self, start: int, *, patience_s: float = 60.0, gaps: Mapping[int, float] | None = None
    ) -> None:
        self.highest = start
        self.patience_s = patience_s
        self._gaps = dict(gaps or {})

    @property
    def gaps(self) -> list[int]:
        """Ids to ask for again: rolled back, or not committed yet."""
        return list(self._gaps)

    @property
    def gaps_since(self) -> dict[int, float]:
        """Each of the gaps with the time it was first missed, for who begins again from them."""
        return dict(self._gaps)

    def seen(self, ids: Iterable[int], now_s: float) -> None:
        """Take note of the ids just read, at a monotonic time in seconds."""
        for each in sorted(ids):
            if self._gaps.pop(each, None) is None and each > self.highest:
                self._gaps.update(dict.fromkeys(range(self.highest + 1, each), now_s))
                self.highest = each
        given_up = [gap for gap, since in self._gaps.items() if now_s - since > self.patience_s]
        for gap in given_up:
            del self._gaps[gap]
