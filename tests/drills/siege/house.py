"""A house of the drill's own: `run` with its own data, ports and disks, and a look inside it.

Everything is below one folder; nothing is signalled that does not descend from our own `run`.
PostgreSQL's tables, its WAL and the photos may lie on small disks in memory (as root only).
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from redis import Redis as RedisClient

from config.cluster import DATABASE, PORT, ROLE, Postgres, Redis
from config.place import CHECKOUT
from tests.drills.siege import cut
from tests.house.conftest import clean_environ
from tests.started import free_ports, furnish_like, remove

HOST = "127.0.0.1"
SETTINGS = "tests.drills.siege.settings"
DISK_MB = 768
START_S = 240.0


class NotUp(Exception):
    """The house does not answer in time."""


@dataclass(frozen=True)
class Running:
    """One process as /proc shows it."""

    pid: int
    parent: int
    command: str


def running() -> list[Running]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
            if words and fields[0] not in "ZX":
                found.append(Running(int(folder.name), int(fields[1]), words))
    return found


def below(pid: int) -> list[Running]:
    """Every living descendant of `pid`."""
    everyone = running()
    found: list[Running] = []
    family = {pid}
    while new := [each for each in everyone if each.parent in family and each not in found]:
        found += new
        family |= {each.pid for each in new}
    return found


@dataclass
class Disk:
    """A small disk in memory over one folder. Full: shrunk to what it holds."""

    folder: Path

    def mount(self) -> None:
        owner = self.folder.stat()
        aside = self.folder.with_name(f"{self.folder.name}.aside")
        self.folder.rename(aside)
        self.folder.mkdir()
        options = f"size={DISK_MB}m,mode=700,uid={owner.st_uid},gid={owner.st_gid}"
        command = ["mount", "-t", "tmpfs", "-o", options, "hotline-drill", str(self.folder)]
        subprocess.run(command, check=True)
        subprocess.run(["cp", "-a", f"{aside}/.", str(self.folder)], check=True)
        shutil.rmtree(aside)

    def used(self) -> int:
        found = os.statvfs(self.folder)
        return (found.f_blocks - found.f_bfree) * found.f_frsize

    def shrink(self) -> None:
        """No room for another page. Somebody may fill it meanwhile: then the next try succeeds."""
        self._resize(f"{max(4096, self.used())}")

    def grow(self) -> None:
        self._resize(f"{DISK_MB}m")

    def _resize(self, size: str) -> None:
        command = ["mount", "-o", f"remount,size={size}", str(self.folder)]
        subprocess.run(command, check=False, capture_output=True)

    def unmount(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=False, capture_output=True)


@dataclass
class House:
    """Start it, stop it, ask its database; `disks` by name: data, wal, media."""

    var: Path
    port: int = field(default_factory=free_ports)
    disks: dict[str, Disk] = field(default_factory=dict)
    more: dict[str, str] = field(default_factory=dict)
    # A data folder to begin with a copy of, instead of loading province and demo.
    like: Path | None = None
    supervisor: "subprocess.Popen[bytes] | None" = None

    @property
    def base(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def media(self) -> Path:
        return self.var / "media"

    def environ(self) -> dict[str, str]:
        return clean_environ(
            HOTLINE_VAR=str(self.var),
            HOTLINE_PORT=str(self.port),
            HOTLINE_BIND=HOST,
            HOTLINE_ENV="development",
            DJANGO_SETTINGS_MODULE=SETTINGS,
            PYTHONPATH=str(CHECKOUT),
            **self.more,
        )

    # --- Up and down ---------------------------------------------------------------------------

    def build(self) -> None:
        """The first start loads province and demo; then its folders move to small disks."""
        cut.folder(self.var).mkdir(parents=True, exist_ok=True)
        if self.like:
            furnish_like(self.like, self.var)
        else:
            self.start()
            self.wait_until_up(START_S)
            self.stop()
        if os.getuid() == 0:
            data = self.postgres().data
            folders = {"data": data / "base", "wal": data / "pg_wal", "media": self.media}
            for name, folder in folders.items():
                disk = Disk(folder)
                disk.mount()
                self.disks[name] = disk
        self.start()
        self.wait_until_up(START_S)

    def start(self) -> None:
        with (self.var / "run.log").open("ab") as log:
            self.supervisor = subprocess.Popen(
                [
                    "setpriv",
                    "--pdeathsig",
                    "TERM",
                    "--",
                    sys.executable,
                    "-m",
                    "config.house",
                    "run",
                ],
                cwd=CHECKOUT,
                env=self.environ(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def wait_until_up(self, seconds: float) -> float:
        """Until the web answers with its database; returns how long it took."""
        began = time.monotonic()
        while not self.answers():
            if time.monotonic() - began > seconds:
                raise NotUp((self.var / "run.log").read_text(errors="replace")[-2000:])
            time.sleep(0.1)
        return time.monotonic() - began

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.base}/healthz", timeout=3) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        if self.supervisor is None:
            return
        self.supervisor.send_signal(signal.SIGCONT)
        self.supervisor.terminate()
        try:
            self.supervisor.wait(60)
        except subprocess.TimeoutExpired:
            self.supervisor.kill()
            self.supervisor.wait()
        self.supervisor = None

    def forget(self) -> None:
        """Down, and nothing left of it."""
        self.stop()
        for disk in self.disks.values():
            disk.unmount()
        remove(self.var)

    # --- Inside --------------------------------------------------------------------------------

    def pids(self, of: Callable[[Running], bool]) -> list[int]:
        assert self.supervisor is not None
        return [each.pid for each in below(self.supervisor.pid) if of(each)]

    def main(self, word: str) -> list[int]:
        """Direct children of the supervisor whose command has `word` in it."""
        assert self.supervisor is not None
        own = self.supervisor.pid
        return self.pids(lambda each: each.parent == own and word in each.command)

    def under(self, word: str, *, named: str = "") -> list[int]:
        """The processes that the child with `word` started; those with `named` in their command."""
        mains = set(self.main(word))
        return self.pids(lambda each: each.parent in mains and (named or word) in each.command)

    def postgres(self) -> Postgres:
        return Postgres.below(self.var, lasting=True)

    def redis(self) -> RedisClient:
        return RedisClient(unix_socket_path=str(Redis.below(self.var).socket), socket_timeout=5)

    def connect(self) -> "psycopg.Connection[tuple[Any, ...]]":
        sockets = str(self.postgres().sockets)
        return psycopg.connect(
            host=sockets, port=PORT, user=ROLE, dbname=DATABASE, autocommit=True, connect_timeout=5
        )

    def ask(self, statement: str, given: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Rows, straight from PostgreSQL; tries for a minute while it is away."""
        deadline = time.monotonic() + 60
        while True:
            try:
                with self.connect() as connection:
                    return connection.execute(statement.encode(), given).fetchall()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.3)

    def tell(self, *statements: str) -> None:
        """Statements without rows, as the database's owner."""
        with self.connect() as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def manage(self, *words: str) -> str:
        command = [sys.executable, "-m", "config.house", "manage", *words]
        done = subprocess.run(
            command, cwd=CHECKOUT, env=self.environ(), capture_output=True, text=True, check=True
        )
        return done.stdout.strip()
