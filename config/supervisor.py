"""Starts the processes, watches them, restarts what crashes, and ends them all.

One thread. SIGINT, SIGTERM and SIGHUP end it orderly; for SIGKILL there is the watchdog
(config/reaper.py) and the parent-death signal each child is started with.
"""

import os
import resource
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NoReturn

from config import reaper
from config.place import Refused
from config.processes import Process

STOP_SECONDS = 5.0
# After SIGKILL of ours there is no order to keep, and somebody may be waiting to start again.
WATCHDOG_SECONDS = 3.0
HEALTHY_SECONDS = 30.0
LONGEST_PAUSE = 30.0
LOG_BYTES = 20_000_000
GIVE_UP_STARTING = 3
FILES = 65536


BEGAN = time.time()


class Stopped(BaseException):
    """Somebody asked us to end. Not an Exception: nothing on the way up may swallow it."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def stop_on_signals() -> None:
    """Explicitly: `command &` leaves SIGINT ignored. A hang-up that is ignored is nohup's wish."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _stop)


def ignore_signals() -> None:
    """The end is not interrupted: it takes seconds, and what it leaves would stay."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    ignore_signals()
    raise Stopped(number)


def say(text: str) -> None:
    """A progress line with the seconds since `./hotline` began."""
    began = float(os.environ.get("HOTLINE_STARTED") or BEGAN)
    show(f"[{time.time() - began:6.1f} s] {text}")


def show(text: str) -> None:
    with suppress(OSError):  # a closed terminal is no reason to end
        print(text, flush=True)


@dataclass
class _Child:
    process: Process
    running: subprocess.Popen[bytes]
    began: float
    crashes: int = 0
    again_at: float | None = None


@dataclass
class Supervisor:
    """Keeps processes alive until told to stop. `keep` is held until the last of them is gone."""

    log: Path
    environ: Mapping[str, str]
    keep: int | None = None
    tell: Callable[[str], None] = say
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    _children: dict[str, _Child] = field(default_factory=dict)
    _watchdog: int = 0

    def __enter__(self) -> "Supervisor":
        _raise_file_limit()
        self.log.mkdir(parents=True, exist_ok=True)
        self._watch()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _watch(self) -> None:
        self._watchdog = reaper.watch_over(self.token, patience=WATCHDOG_SECONDS, keep=self.keep)

    def marked_environ(self) -> dict[str, str]:
        return {**self.environ, reaper.MARK: self.token}

    # --- start ---------------------------------------------------------------------------------

    def start(self, process: Process) -> None:
        running = self._spawn(process)
        self._children[process.name] = _Child(process, running, time.monotonic())

    def _spawn(self, process: Process) -> "subprocess.Popen[bytes]":
        words = ["setpriv", "--pdeathsig", process.stop_signal.name.removeprefix("SIG")]
        if process.user and os.getuid() == 0:
            words += ["--reuid", process.user, "--regid", process.user, "--init-groups"]
        with self._log_file(process.name).open("ab") as log:
            return subprocess.Popen(
                [*words, "--", *process.argv],
                env=self.marked_environ(),
                cwd=process.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # the terminal's Ctrl-C reaches us alone
            )

    def _log_file(self, name: str) -> Path:
        path = self.log / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return path

    def wait_until(self, name: str, ready: Callable[[], bool], *, seconds: float) -> None:
        """Until `ready`; refuses, with the end of the log, when the process cannot start."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.look()
            child = self._children[name]
            if child.crashes >= GIVE_UP_STARTING or time.monotonic() > deadline:
                raise Refused(f"{name} does not start.\n{self._last_lines(name)}")
            time.sleep(0.03)

    def _last_lines(self, name: str) -> str:
        path = self._log_file(name)
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[-12:]
        return "\n".join([f"The last lines of {path}:", *(f"  {line}" for line in lines)])

    def step(self, name: str, command: Sequence[str]) -> None:
        """Run to its end; what it prints is shown, what it says to standard error is logged.

        When it fails, the end of the log goes into the error.
        """
        words = ["setpriv", "--pdeathsig", "TERM", "--", *command]
        with self._log_file(name).open("ab") as log:
            done = subprocess.run(
                words,
                env=self.marked_environ(),
                stdin=subprocess.DEVNULL,
                stderr=log,
                check=False,
            )
        if done.returncode:
            raise Refused(f"{name} {ending(done.returncode)}.\n{self._last_lines(name)}")

    # --- watch ---------------------------------------------------------------------------------

    def watch(self) -> NoReturn:
        while True:
            self.look()
            time.sleep(0.3)

    def look(self) -> None:
        """Restart what crashed: after a pause that doubles, forgotten once it ran for a while."""
        if self._watchdog and os.waitpid(self._watchdog, os.WNOHANG)[0]:
            self._watch()
        for child in self._children.values():
            if child.again_at is not None:
                if time.monotonic() >= child.again_at:
                    child.again_at = None
                    child.running = self._spawn(child.process)
                    child.began = time.monotonic()
            elif _ended(child.running.pid):
                _end_group(child.running.pid)
                child.running.wait()
                self._crashed(child)

    def _crashed(self, child: _Child) -> None:
        if time.monotonic() - child.began > HEALTHY_SECONDS:
            child.crashes = 0
        pause = min(0.5 * 2**child.crashes, LONGEST_PAUSE)
        child.crashes += 1
        child.again_at = time.monotonic() + pause
        how = ending(child.running.returncode)
        log = self.log / f"{child.process.name}.log"
        self.tell(f"{child.process.name} {how}; starting it again in {pause:g} s ({log})")

    # --- stop ----------------------------------------------------------------------------------

    def stop(self) -> None:
        """Beat, workers and web together, then the servers backwards, then whatever they left."""
        ignore_signals()
        children = list(reversed(self._children.values()))
        servers = [child for child in children if child.process.serves_others]
        others = [child for child in children if not child.process.serves_others]
        for group in (others, *([server] for server in servers)):
            _end(group)
        self._children.clear()
        reaper.end_marked(self.token, patience=1.0)
        if self._watchdog:
            os.kill(self._watchdog, signal.SIGKILL)
            os.waitpid(self._watchdog, 0)
            self._watchdog = 0


def _raise_file_limit() -> None:
    """The gateway holds a descriptor for every listener; 1,024 is what a login shell gives."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wished = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wished:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wished, hard))


def ending(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"


def _ended(pid: int) -> bool:
    """Whether our child is dead; it stays unreaped, so that nobody else gets its number yet."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end_group(pid: int) -> None:
    """What a crashed child left in its group: orphans would serve beside those that follow it."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _end(children: list[_Child]) -> None:
    for child in children:
        if child.running.poll() is None:
            child.running.send_signal(child.process.stop_signal)
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.running.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.running.pid, signal.SIGKILL)
            child.running.wait()


# --- Ports -------------------------------------------------------------------------------------


def port_is_free(bind: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
            probe.listen()
        except OSError:
            return False
    return True


def answers_http(bind: str, port: int) -> bool:
    """Whether anything comes back: a server may listen long before its application is loaded."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(bind, bind)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as client:
        client.settimeout(10)
        try:
            client.connect((host, port))
            client.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return client.recv(5) == b"HTTP/"
        except OSError:
            return False


def refuse_taken_ports(bind: str, ports: Mapping[str, int]) -> None:
    """`ports` maps the variable that sets it to the port."""
    for variable, port in ports.items():
        if not port_is_free(bind, port):
            raise Refused(
                f"Port {port} is taken by another program. Choose another with {variable}, "
                f"for example: {variable}={port + 100} ./hotline run"
            )


def refuse(error: Refused) -> int:
    print(f"hotline: {error}", file=sys.stderr, flush=True)
    return 1
