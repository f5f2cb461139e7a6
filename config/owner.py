"""Who holds a data folder: one owner runs the servers, others may use them meanwhile.

The owner holds an exclusive lock. So does its watchdog, until the last child is gone: who gets the
lock finds nothing running. `owner.json` says who it is and how to reach the servers; it counts only
while the process it names lives.
"""

import fcntl
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from config import reaper

RUN = "run"


@dataclass(frozen=True)
class Owner:
    """As written to owner.json. `environ` is empty until the servers answer."""

    pid: int
    started: str
    command: str
    token: str
    environ: dict[str, str]

    def lives(self) -> bool:
        return reaper.started_at(self.pid) == self.started


class AlreadyOwned(Exception):
    """A living owner holds the folder."""

    def __init__(self, owner: Owner) -> None:
        super().__init__(owner.pid)
        self.owner = owner


def _folder(var: Path) -> Path:
    folder = var / "run"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def current(var: Path) -> Owner | None:
    """The owner last written down, living or not."""
    with suppress(FileNotFoundError):
        return Owner(**json.loads((_folder(var) / "owner.json").read_text(encoding="utf-8")))
    return None


def living(var: Path) -> Owner | None:
    owner = current(var)
    return owner if owner and owner.lives() else None


class Claim:
    """The exclusive hold on a data folder."""

    def __init__(self, var: Path, command: str, lock: int) -> None:
        self.var, self.command, self.lock = var, command, lock

    def publish(self, token: str, environ: dict[str, str]) -> None:
        started = reaper.started_at(os.getpid()) or ""
        owner = Owner(os.getpid(), started, self.command, token, environ)
        aside = _folder(self.var) / f"owner.json.{os.getpid()}"
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(owner), file)
        aside.replace(_folder(self.var) / "owner.json")

    def release(self) -> None:
        (_folder(self.var) / "owner.json").unlink(missing_ok=True)
        os.close(self.lock)


def claim(var: Path, command: str, *, waiting: Callable[[], None]) -> Claim:
    """Become the owner. Raises AlreadyOwned; waits only for one that is on its way out."""
    lock = os.open(_folder(var) / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    told = False
    while not _locked(lock, fcntl.LOCK_EX):
        if owner := living(var):
            os.close(lock)
            raise AlreadyOwned(owner)
        if not told:
            waiting()
            told = True
        time.sleep(0.1)
    if left := current(var):
        reaper.end_marked(left.token, patience=3.0)  # its watchdog was killed as well
    return Claim(var, command, lock)


def wait_until_gone(var: Path, owner: Owner, *, seconds: float) -> bool:
    """Until neither it nor its watchdog holds the lock, and it has ended."""
    lock = os.open(_folder(var) / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + seconds
    try:
        while not _locked(lock, fcntl.LOCK_EX) or owner.lives():
            if time.monotonic() > deadline:
                return False
            fcntl.flock(lock, fcntl.LOCK_UN)
            time.sleep(0.05)
        return True
    finally:
        os.close(lock)


def use(var: Path) -> int:
    """A shared hold: the owner waits for it before it takes the servers away."""
    lock = os.open(_folder(var) / "users", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_SH)
    return lock


def wait_for_users(var: Path, *, waiting: Callable[[], None]) -> None:
    lock = os.open(_folder(var) / "users", os.O_RDWR | os.O_CREAT, 0o600)
    if not _locked(lock, fcntl.LOCK_EX):
        waiting()
        fcntl.flock(lock, fcntl.LOCK_EX)
    os.close(lock)


def _locked(lock: int, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
