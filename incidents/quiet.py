"""The hours in which nobody is written to. Pure; times are local."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begins` to `ends`, over midnight where it ends earlier than it begins."""

    begins: time
    ends: time

    def cover(self, at: datetime) -> bool:
        now = at.time()
        if self.begins <= self.ends:
            return self.begins <= now < self.ends
        return now >= self.begins or now < self.ends

    def over(self, at: datetime) -> datetime:
        """`at` itself, or when the quiet hours it lies in end."""
        if not self.cover(at):
            return at
        ends = datetime.combine(at.date(), self.ends, at.tzinfo)
        return ends if ends > at else ends + timedelta(days=1)


def read(given: str) -> QuietHours | None:
    """`21:00-08:00`; nothing, and no hour is quiet."""
    if not given:
        return None
    begins, ends = (time.fromisoformat(part.strip()) for part in given.split("-"))
    return QuietHours(begins, ends)
