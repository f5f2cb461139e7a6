"""Nothing outlives its supervisor, however that one ends.

Every child carries a mark in its environment, and so do its own children, whatever sessions or
groups they make. A watchdog, forked before anything else, holds one end of a pipe; when the
supervisor is gone, even by SIGKILL, the pipe closes and the watchdog ends all that bears the mark.
"""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

MARK = "HOTLINE_RUN"
PROC = Path("/proc")
KILL_SECONDS = 10.0


def started_at(pid: int) -> str | None:
    """When the process began, in clock ticks since boot; None if there is none.

    Number and start together name a process for ever: numbers are used again.
    """
    try:
        line = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *fields = line.rpartition(")")[2].split()
    return None if state in "ZX" else fields[18]


def marked(token: str) -> list[int]:
    """Every living process that bears the mark."""
    wanted = f"{MARK}={token}".encode()
    found = []
    for folder in PROC.iterdir():
        if not folder.name.isdecimal() or int(folder.name) == os.getpid():
            continue
        try:
            environ = (folder / "environ").read_bytes()
        except OSError:  # gone meanwhile, or somebody else's
            continue
        if wanted in environ.split(b"\0") and started_at(int(folder.name)):
            found.append(int(folder.name))
    return found


def end_marked(token: str, *, patience: float) -> None:
    """SIGTERM to all, then SIGKILL to whoever is left after `patience` seconds."""
    deadline = time.monotonic() + patience
    _send(marked(token), signal.SIGTERM)
    while (left := marked(token)) and time.monotonic() < deadline + KILL_SECONDS:
        if time.monotonic() >= deadline:
            _send(left, signal.SIGKILL)
        time.sleep(0.05)


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def watch_over(token: str, *, patience: float, keep: int | None = None) -> int:
    """Fork the watchdog and return its number. Call it from a process with one thread.

    `keep` is a descriptor it holds open to its end: a lock that tells others we are not done yet.
    """
    reading, _held_until_we_end = os.pipe()  # not inherited by what we execute later
    pid = os.fork()
    if pid:
        os.close(reading)
        return pid
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    for inherited in _descriptors() - {0, 1, 2, reading, keep}:
        with suppress(OSError):
            os.close(inherited)
    os.read(reading, 1)
    end_marked(token, patience=patience)
    os._exit(0)


def _descriptors() -> set[int]:
    return {int(name) for name in os.listdir("/proc/self/fd")}  # noqa: PTH208 - fork: keep it plain
