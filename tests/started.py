"""The whole house, started as a person starts it, for drills, benchmarks and tests with servers."""

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from config import owner
from config.cluster import DATABASE, PORT, ROLE, Postgres, Redis
from config.place import CHECKOUT
from tests.house.conftest import clean_environ
from tests.wire import Wire, log_in

HOST = "127.0.0.1"
PASSWORD = "demo-12345"


@dataclass(frozen=True)
class House:
    """A running house: its data folder and the port of its pages; the gateway has the next."""

    var: Path
    port: int

    @property
    def base(self) -> str:
        return f"http://{HOST}:{self.port}"

    def wire(self, *, seconds: float = 30) -> Wire:
        return Wire(HOST, self.port, seconds)

    def database(self) -> "psycopg.Connection[tuple[Any, ...]]":
        """A connection of our own, each statement its own transaction."""
        sockets = Postgres.below(self.var, lasting=True).sockets
        return psycopg.connect(
            host=str(sockets), port=PORT, user=ROLE, dbname=DATABASE, autocommit=True
        )

    def manage(self, *words: str) -> str:
        """What a command of manage.py prints, on this house's servers."""
        done = subprocess.run(
            [sys.executable, "-m", "config.house", "manage", *words],
            cwd=CHECKOUT,
            env=clean_environ(HOTLINE_VAR=str(self.var), HOTLINE_PORT=str(self.port)),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"manage {words}: {done.stderr[-2000:]}")
        return done.stdout.strip()

    def key(self, rate: int = 1000) -> str:
        """An API key that may send so many reports a second."""
        return self.manage("apikey", f"client-{rate}", "--rate", str(rate)).splitlines()[-1]

    def cookie(self, username: str = "dispatcher") -> str:
        """The Cookie header of somebody logged in."""
        return log_in(self.wire(), username, PASSWORD)

    def process_group(self, name: str) -> list[int]:
        """The processes of one entry of the process table, leader first."""
        leader = self._leader(name)
        members = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            if int(stat.rsplit(")", 1)[1].split()[2]) == leader:
                members.append(int(folder.name))
        return sorted(members, key=lambda pid: pid != leader)

    def _leader(self, name: str) -> int:
        """Each process was started as the leader of a group; its parent is the house."""
        found = owner.living(self.var)
        assert found is not None
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if int(stat.rsplit(")", 1)[1].split()[1]) == found.pid and WORDS[name] in words:
                return int(folder.name)
        raise LookupError(name)


WORDS = {
    "web": "config.wsgi",
    "live": "config.live",
    "worker": "worker -Q celery",
    "media": "worker -Q media",
    "beat": "config beat",
    "redis": "redis-server",
    "postgres": "/bin/postgres",
}


# Where a house in development receives letters, counted from its pages.
SMTP_ABOVE = 25


def free_ports(number: int = 2) -> int:
    """The first of so many free ports in a row, and that for letters free as well."""
    while True:
        with socket.socket() as first:
            first.bind((HOST, 0))
            port = int(first.getsockname()[1])
        wanted = [*range(number), SMTP_ABOVE]
        if port + SMTP_ABOVE < 65536 and all(_is_free(port + n) for n in wanted):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def wait_until(true: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.2)


# What a first start makes that a second one finds; PostgreSQL's folder may lie elsewhere.
LASTING = ("media", "secret-key", "vault-key", "vault-index-key")


def furnish(var: Path) -> None:
    """Schema, province and demo in the data folder `var`, with nothing running afterwards."""
    house = House(var, free_ports())
    var.mkdir(parents=True)
    house.manage("migrate", "--no-input")
    house.manage("prepare")


def furnish_like(model: Path, var: Path) -> None:
    """The same by copying, which takes seconds where the first took a minute."""
    for name in LASTING:
        if (model / name).exists():
            copy(model / name, var / name)
    home = Postgres.below(var, lasting=True).home
    shutil.rmtree(home, ignore_errors=True)
    copy(Postgres.below(model, lasting=True).home, home)


def copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", "--reflink=auto", "--", str(source), str(target)], check=True)


def remove(var: Path) -> None:
    Postgres.remove_below(var)
    Redis.remove_below(var)
    shutil.rmtree(var, ignore_errors=True)


@contextmanager
def started(var: Path, *, like: Path | None = None, **environ: str) -> Iterator[House]:
    """`./hotline run` with `var` as its data folder, which is removed at the end.

    `like`: a data folder to begin with a copy of, see `furnish`.
    """
    house = House(var, free_ports())
    var.mkdir(parents=True)
    if like:
        furnish_like(like, var)
    given = {"HOTLINE_VAR": str(var), "HOTLINE_PORT": str(house.port), "HOTLINE_BIND": HOST}
    with (var / "run.log").open("wb") as log:
        running = subprocess.Popen(
            [sys.executable, "-m", "config.house", "run"],
            cwd=CHECKOUT,
            env=clean_environ(**given | environ),
            stdout=log,
            stderr=log,
        )
    try:
        wait_until(lambda: running.poll() is not None or _is_well(house), 180, "the house is up")
        if running.poll() is not None:
            raise RuntimeError((var / "run.log").read_text(encoding="utf-8"))
        yield house
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(60)
        remove(var)


def _is_well(house: House) -> bool:
    try:
        return bool(house.wire(seconds=2).get("/healthz").json()["status"] == "ok")
    except OSError:
        return False
