"""Processes to watch, and a way to look at them that does not use the code under test."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.cluster import Postgres, Redis
from config.place import CHECKOUT


def clean_environ(**more: str) -> dict[str, str]:
    """Without what the running test house told us about its own servers."""
    outside = {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith("HOTLINE_") and k not in outside
    }
    return {**kept, **more}


def house(*words: str, var: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of `./hotline` behind its shell part."""
    return subprocess.run(
        [sys.executable, "-m", "config.house", *words],
        cwd=CHECKOUT,
        env=clean_environ(HOTLINE_VAR=str(var), **environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def command_lines() -> dict[int, str]:
    """The living processes, by number."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
            if line and int(folder.name) != os.getpid():
                found[int(folder.name)] = line.decode(errors="replace")
    return found


def eventually(true: Callable[[], object], *, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@dataclass
class Tiny:
    """One data folder, and the small platforms started on it."""

    var: Path
    marker: str
    started: "list[subprocess.Popen[str]]"

    def start(self, kind: str) -> "subprocess.Popen[str]":
        running = subprocess.Popen(
            [sys.executable, "-m", "tests.house.tiny", kind, str(self.var), self.marker],
            cwd=CHECKOUT,
            env=clean_environ(),
            stdout=subprocess.PIPE,
            text=True,
        )
        self.started.append(running)
        return running

    def up(self, kind: str) -> "subprocess.Popen[str]":
        running = self.start(kind)
        assert running.stdout is not None
        for line in running.stdout:
            if line == "up\n":
                return running
        raise AssertionError("the small platform ended before it was up")

    def children(self) -> dict[int, str]:
        """Whatever bears our marker, works on our folder or on the database's."""
        names = (self.marker, str(self.var), str(Postgres.below(self.var, lasting=False).home))
        lines = command_lines()
        return {pid: line for pid, line in lines.items() if any(name in line for name in names)}


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Tiny]:
    platform = Tiny(tmp_path / "var", f"marker-{secrets.token_hex(8)}", [])
    yield platform
    for running in platform.started:
        running.terminate()
        running.communicate(timeout=30)
    Postgres.remove_below(platform.var)
    Redis.remove_below(platform.var)
