"""The processes of the platform: one typed table, started in this order and ended backwards."""

import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from config.place import Place


@dataclass(frozen=True)
class Process:
    """One child of the supervisor.

    `ready_port` is where it answers once it is up; `user` is who it runs as when started by root;
    `serves_others` marks a server the others need to the last.
    """

    name: str
    argv: tuple[str, ...]
    ready_port: int = 0
    user: str | None = None
    serves_others: bool = False
    cwd: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM


def python_tool(name: str) -> str:
    """The command as installed beside this interpreter, whatever PATH says."""
    return str(Path(sys.executable).parent / name)


def application(place: Place) -> tuple[Process, ...]:
    """Web, live gateway, the workers, beat, and where it is wished the receiver of letters."""
    mail = (Process("mail", _mail()),) if place.smtp_port else ()
    return (
        Process("web", _web(place), ready_port=place.port),
        Process("live", _live(place), ready_port=place.live_port),
        Process("worker", _worker("celery", children=2)),
        # Apart, so that no dispatch waits behind a photo.
        Process("media", _worker("media", children=1)),
        Process("beat", _beat(place)),
        *mail,
    )


def _web(place: Place) -> tuple[str, ...]:
    return (
        *(python_tool("granian"), "--interface", "wsgi", "config.wsgi:application"),
        *("--host", place.bind, "--port", str(place.port)),
        *("--workers", str(place.web_workers), "--blocking-threads", str(place.web_threads)),
        # One worker that dies does not take the other with it.
        *("--respawn-failed-workers", "--no-ws", "--log-level", "warning"),
    )


def _live(place: Place) -> tuple[str, ...]:
    return (
        *(python_tool("uvicorn"), "config.live:application"),
        *("--host", place.bind, "--port", str(place.live_port)),
        *("--timeout-graceful-shutdown", "2", "--no-access-log", "--log-level", "warning"),
    )


def _worker(queue: str, *, children: int) -> tuple[str, ...]:
    return (
        *(python_tool("celery"), "-A", "config", "worker", "-Q", queue, "-n", f"{queue}@%h"),
        *("-c", str(children), "--loglevel", "WARNING", "--prefetch-multiplier", "0"),
        *("--without-gossip", "--without-mingle"),
    )


def _mail() -> tuple[str, ...]:
    admin = python_tool("django-admin")
    return (admin, "receive_mail", "--settings", "config.settings", "--pythonpath", ".")


def _beat(place: Place) -> tuple[str, ...]:
    schedule = place.var / "beat" / "schedule"
    return (
        *(python_tool("celery"), "-A", "config", "beat", "--loglevel", "WARNING"),
        *("--schedule", str(schedule), "--pidfile", ""),
    )
