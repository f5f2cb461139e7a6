"""What can be done to a house. Each fault injects itself, and is over after `recover`."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import psycopg

from tests.drills.siege import cut
from tests.drills.siege.house import House


class CannotInject(Exception):
    """There is nothing to do it to here: not root, or the process is away."""


class Fault(Protocol):
    """`kind` and `target` name it in the table; `hold_s`: how long it lasts before `recover`."""

    @property
    def kind(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def hold_s(self) -> float: ...

    def inject(self, house: House) -> None: ...
    def recover(self, house: House) -> None: ...


# Name -> the living processes of that name, of which one is chosen.
PROCESSES: dict[str, Callable[[House], list[int]]] = {
    "postgres": lambda house: house.main("bin/postgres"),
    "postgres backend": lambda house: house.under("bin/postgres", named="hotline hotline"),
    "redis": lambda house: house.main("redis-server"),
    "web": lambda house: house.main("granian"),
    "web worker": lambda house: house.under("granian"),
    "worker": lambda house: house.main("worker -Q celery"),
    "worker child": lambda house: house.under("worker -Q celery"),
    "media worker": lambda house: house.main("worker -Q media"),
    "media worker child": lambda house: house.under("worker -Q media", named="worker -Q media"),
    "decoder": lambda house: house.pids(lambda each: "incidents.decoder" in each.command),
    "beat": lambda house: house.main("config beat"),
    "gateway": lambda house: house.main("uvicorn"),
}
SUPERVISOR = "supervisor"


def pid_of(house: House, target: str, *, seconds: float = 20) -> int:
    """A process of that name, waiting for one that is being started again."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := PROCESSES[target](house):
            return found[int(time.monotonic() * 1000) % len(found)]
        time.sleep(0.2)
    raise CannotInject(f"no process {target}")


@dataclass(frozen=True)
class Kill:
    """SIGKILL; what supervises it starts it again. After the supervisor's, we start `run` again."""

    target: str
    hold_s: float = 1.0
    kind: str = "kill -9"

    def inject(self, house: House) -> None:
        if self.target == SUPERVISOR:
            assert house.supervisor is not None
            house.supervisor.kill()
            house.supervisor.wait()
        else:
            os.kill(pid_of(house, self.target), signal.SIGKILL)

    def recover(self, house: House) -> None:
        if self.target == SUPERVISOR:
            house.start()


@dataclass(frozen=True)
class KillUnwritten:
    """PostgreSQL killed while its WAL writer stands still.

    What a commit did not write itself is lost then; with synchronous_commit nothing is.
    """

    target: str = "postgres, WAL unwritten"
    hold_s: float = 1.0
    kind: str = "kill -9"
    still_s: float = 2.0

    def inject(self, house: House) -> None:
        writers = house.under("bin/postgres", named="walwriter")
        if not writers:
            raise CannotInject("no WAL writer")
        os.kill(writers[0], signal.SIGSTOP)
        time.sleep(self.still_s)
        os.kill(pid_of(house, "postgres"), signal.SIGKILL)
        os.kill(writers[0], signal.SIGKILL)

    def recover(self, house: House) -> None:
        """The supervisor starts it again."""


@dataclass
class Pause:
    """SIGSTOP, and SIGCONT some seconds later: a process that is there and does not answer."""

    target: str
    hold_s: float
    pid: int = 0
    kind: str = "SIGSTOP"

    def inject(self, house: House) -> None:
        if self.target == SUPERVISOR:
            assert house.supervisor is not None
            self.pid = house.supervisor.pid
        else:
            self.pid = pid_of(house, self.target)
        os.kill(self.pid, signal.SIGSTOP)

    def recover(self, house: House) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGCONT)


@dataclass(frozen=True)
class Cut:
    """A process ends itself at an exact point of its work, by tests/drills/siege/cut.py."""

    target: str
    hold_s: float = 0.5
    kind: str = "cut"
    wait_s: float = 30.0

    def inject(self, house: House) -> None:
        armed = cut.folder(house.var) / self.target
        cut.fired(armed).unlink(missing_ok=True)
        armed.touch()
        deadline = time.monotonic() + self.wait_s
        while armed.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        if armed.exists():
            armed.unlink(missing_ok=True)
            raise CannotInject(f"nothing came past {self.target}")

    def recover(self, house: House) -> None:
        """Nothing to take away: it happened once."""


@dataclass(frozen=True)
class DiskFull:
    """No room for tables, WAL or photos, for so long."""

    target: str
    hold_s: float
    kind: str = "disk full"

    def inject(self, house: House) -> None:
        if self.target not in house.disks:
            raise CannotInject("a small disk needs root")
        house.disks[self.target].shrink()
        if self.target == "wal":
            self._use_up_segments(house)

    def _use_up_segments(self, house: House) -> None:
        """PostgreSQL keeps some segments ready; only the next new one needs room."""
        with suppress(psycopg.OperationalError), house.connect() as connection:
            for _n in range(200):
                connection.execute("SELECT pg_logical_emit_message(true, 'drill', 'fill')")
                connection.execute("SELECT pg_switch_wal()")
                house.disks[self.target].shrink()

    def recover(self, house: House) -> None:
        house.disks[self.target].grow()


@dataclass(frozen=True)
class Emptied:
    """Redis forgets everything: queue, throttles, pulses."""

    target: str = "redis"
    hold_s: float = 0.5
    kind: str = "emptied"

    def inject(self, house: House) -> None:
        house.redis().flushall()

    def recover(self, house: House) -> None:
        """Nothing to bring back: PostgreSQL has it all."""
