"""What opening a file may cost, and why it cannot be opened. Pure: words of `incidents.decoder`."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """What the decoder answers; `incidents.media` puts it into a sentence."""

    BROKEN = "broken"  # not what it says, or cut off
    TOO_BIG = "too_big"  # more pixels or memory than a photo needs
    TOO_LONG = "too_long"  # takes too long to open
    LASTS_TOO_LONG = "lasts_too_long"  # a video that runs for longer than allowed
    CODEC = "codec"  # a video that browsers could not show


class Unreadable(Exception):
    """The file cannot be taken, for this reason."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason} {detail}".strip())
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Limits:
    """`pixels` in all, `megabytes` of memory beyond what the empty process holds, `cpu_s` seconds
    of processor time, `wall_s` seconds by the clock, `video_s` seconds a video may run."""

    pixels: int
    megabytes: int
    cpu_s: int
    wall_s: int
    video_s: int
