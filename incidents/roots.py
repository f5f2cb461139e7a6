"""The daily root: what the whole history was at the end of a day, in a file outside the database.

`roots.jsonl` in `settings.ROOTS` holds one line a day, in the hotline's time zone:

    {"day": "2026-11-24", "events": 3, "first": 41, "last": 43, "root": "<64 hex digits>"}

A line covers every event that is newer than the former line's, up to the last before the first one
of the next day. `root` is SHA-256 over the former line's root (32 bytes; zeros before the first),
the hashes of these events in the order of their ids, and the line's own `day|events|first|last`.
A day without events has its line, too, with nulls.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from django.conf import settings

NAME = "roots.jsonl"
BEFORE_ALL = "0" * 64
ONE_DAY = timedelta(days=1)


class CrookedLine(ValueError):
    """A line of the file is none of ours."""


@dataclass(frozen=True, slots=True)
class Root:
    day: str
    events: int
    first: int | None
    last: int | None
    root: str

    @classmethod
    def read(cls, line: str) -> Self:
        try:
            given: dict[str, Any] = json.loads(line)
            made = cls(**given)
            date.fromisoformat(made.day)
            if len(bytes.fromhex(made.root)) != sha256().digest_size:
                raise ValueError(made.root)
        except (ValueError, TypeError) as error:
            raise CrookedLine(line.strip()[:80]) from error
        return made

    @property
    def next_day(self) -> date:
        return date.fromisoformat(self.day) + ONE_DAY


def root_of(former: str, day: date, events: Iterable[tuple[int, bytes]]) -> Root:
    """The line of a day; `events`: id and hash of each, in order. Holds one at a time."""
    digest, count = sha256(bytes.fromhex(former)), 0
    first: int | None = None
    last: int | None = None
    for pk, hashed in events:
        digest.update(hashed)
        first, last, count = (pk if first is None else first), pk, count + 1
    digest.update(f"{day}|{count}|{first}|{last}".encode())
    return Root(str(day), count, first, last, digest.hexdigest())


# --- The file ---------------------------------------------------------------------------------


def path() -> Path:
    return Path(settings.ROOTS) / NAME


def lines() -> Iterator[str]:
    """The whole lines of the file, oldest first; a last one that was cut off is none."""
    if not path().exists():
        return
    with path().open(encoding="utf-8", errors="replace") as file:
        yield from (line for line in file if line.endswith("\n"))


def newest() -> tuple[Root | None, int]:
    """The last line, and the newest event that is under any of them."""
    last, covered = None, 0
    for line in lines():
        last = Root.read(line)
        covered = max(covered, last.last or 0)
    return last, covered


@contextmanager
def ours() -> Iterator[None]:
    """Nobody else appends meanwhile."""
    path().parent.mkdir(parents=True, exist_ok=True)
    with path().open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        mend(file.fileno())
        yield


def mend(descriptor: int) -> None:
    """Drop a last line that a crash cut off: nobody was told of it."""
    content = path().read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole != len(content):
        os.ftruncate(descriptor, whole)


def append(root: Root) -> None:
    """On disk before it returns, the name of the file with it."""
    with path().open("ab") as file:
        file.write(json.dumps(asdict(root)).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
