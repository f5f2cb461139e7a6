"""The commands behind `./hotline`: run, test, check, manage, stop, bench, drill."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import FrameType
from unicodedata import east_asian_width

from config import owner
from config.cluster import PORT, Postgres, Redis
from config.place import CHECKOUT, Place, Refused, place_from
from config.processes import application, python_tool
from config.supervisor import (
    Stopped,
    Supervisor,
    answers_http,
    port_is_free,
    refuse,
    refuse_taken_ports,
    say,
    show,
    stop_on_signals,
)

# --- The servers -------------------------------------------------------------------------------


def start_servers(supervisor: Supervisor, place: Place, *, lasting: bool = True) -> Place:
    """PostgreSQL and Redis of our own, each unless the environment names another."""
    redis = None if place.redis_url else Redis.below(place.var)
    postgres = None if place.database_url else Postgres.below(place.var, lasting=lasting)
    if redis:
        redis.prepare()
        supervisor.start(redis.process())
        place = place.private_redis(redis.socket)
    if postgres:
        postgres.prepare()
        supervisor.start(postgres.process())
        supervisor.wait_until("postgres", postgres.answers, seconds=120)
        postgres.make_database()
        place = place.private_postgres(postgres.sockets, PORT)
        supervisor.tell("PostgreSQL is up")
    if redis:
        supervisor.wait_until("redis", redis.answers, seconds=60)
        supervisor.tell("Redis is up")
    supervisor.environ = place.environ()
    return place


def manage(*words: str) -> list[str]:
    return [sys.executable, str(CHECKOUT / "manage.py"), *words]


def compile_catalogues() -> None:
    """*.po to *.mo where the first is newer."""
    for source in CHECKOUT.glob("*/locale/*/LC_MESSAGES/*.po"):
        compiled = source.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
            continue
        aside = compiled.with_suffix(f".mo.{os.getpid()}")
        command = ["msgfmt", "--check-format", "-o", str(aside), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Refused(f"{source}: {done.stderr.strip()}")
        aside.replace(compiled)


# --- run, stop -----------------------------------------------------------------------------------


def run(place: Place, arguments: Sequence[str]) -> int:
    if arguments:
        raise Refused("`run` takes no arguments; see ./hotline help.")
    claim = _claim_to_run(place)
    try:
        refuse_taken_ports(place.bind, ports(place))
        with Supervisor(place.log, place.environ(), keep=claim.lock) as supervisor:
            claim.publish(supervisor.token, {})
            try:
                _run(supervisor, place, claim)
            finally:
                say("Stopping")
    except Stopped:
        say("All is down; the data stay")
        return 0
    finally:
        claim.release()
    return 0


def ports(place: Place) -> dict[str, int]:
    """The ports we will listen at, by the variable that names each."""
    named = {"HOTLINE_PORT": place.port, "HOTLINE_LIVE_PORT": place.live_port}
    return named | ({"HOTLINE_SMTP_PORT": place.smtp_port} if place.smtp_port else {})


def _claim_to_run(place: Place) -> owner.Claim:
    try:
        return owner.claim(place.var, owner.RUN, waiting=_wait_for_the_last)
    except owner.AlreadyOwned as error:
        other = error.owner
        advice = "end it with ./hotline stop" if other.command == owner.RUN else "let it finish"
        text = (
            f"`./hotline {other.command}` (process {other.pid}) already uses {place.var}; {advice}"
        )
        raise Refused(f"{text}, or set HOTLINE_VAR and HOTLINE_PORT for a second one.") from error


def _wait_for_the_last() -> None:
    say("Waiting until the last run is down")


def _run(supervisor: Supervisor, place: Place, claim: owner.Claim) -> None:
    place = start_servers(supervisor, place)
    claim.publish(supervisor.token, place.environ())
    compile_catalogues()
    supervisor.step("prepare", [sys.executable, "-m", "config.prepare"])
    (place.var / "beat").mkdir(exist_ok=True)
    table = application(place)
    answering = [process for process in table if process.ready_port]
    for process in answering:
        supervisor.start(process)
    for process in answering:
        ready = partial(answers_http, place.bind, process.ready_port)
        supervisor.wait_until(process.name, ready, seconds=90)
    for process in table:  # the first page comes sooner while these do not compete for it
        if process not in answering:
            supervisor.start(process)
    say("Ready")
    show(framed(addresses(place)))
    if place.environment == "development":
        subprocess.run(manage("demo_logins"), env=supervisor.marked_environ(), check=False)
    supervisor.watch()


def addresses(place: Place) -> list[str]:
    hosts = ["localhost"] if place.bind in {"0.0.0.0", "::"} else [place.bind]
    if hosts == ["localhost"] and (near := _own_address()):
        hosts.append(near)
    lines = [f"Hotline 12345      http://{host}:{place.port}" for host in hosts]
    lines += [f"Live gateway       http://{hosts[0]}:{place.live_port}"]
    if place.smtp_port:
        lines += [f"Letters, by SMTP   127.0.0.1:{place.smtp_port}"]
    return [*lines, f"Data and logs      {place.var}", "Ctrl-C ends it; the data stay."]


def _own_address() -> str | None:
    """Where a phone on the same network finds us. Nothing is sent: UDP only picks the route."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # an address of nobody's, reserved for examples
        return str(probe.getsockname()[0])
    return None


def columns(text: str) -> int:
    """How wide a terminal shows it: a Chinese character takes two columns."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def framed(lines: list[str]) -> str:
    width = max(map(columns, lines))
    rows = [f"│ {line}{' ' * (width - columns(line))} │" for line in lines]
    return "\n".join([f"┌{'─' * (width + 2)}┐", *rows, f"└{'─' * (width + 2)}┘"])


def stop(place: Place, arguments: Sequence[str]) -> int:
    running = owner.living(place.var)
    if not running or running.command != owner.RUN:
        show("Nothing is running.")
        return 0
    with suppress(ProcessLookupError):
        os.kill(running.pid, signal.SIGTERM)
    if not owner.wait_until_gone(place.var, running, seconds=60):
        raise Refused(f"process {running.pid} does not end; see {place.log}.")
    show("All is down; the data stay.")
    return 0


# --- In the foreground ------------------------------------------------------------------------


def foreground(command: Sequence[str], environ: dict[str, str]) -> int:
    """Run with our terminal. Ctrl-C is the child's to handle; then we end, too."""
    interrupted = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True

    before = signal.signal(signal.SIGINT, note)
    words = ["setpriv", "--pdeathsig", "TERM", "--", *command]
    with subprocess.Popen(words, env=environ) as child:
        try:
            code = child.wait()
        except Stopped:
            child.terminate()
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
            raise
    signal.signal(signal.SIGINT, before)
    if interrupted:
        raise Stopped(signal.SIGINT)
    return code if code >= 0 else 128 - code


def manage_command(place: Place, arguments: Sequence[str]) -> int:
    """On the owner's servers when there is one; else on our own for as long as it takes."""
    command = manage(*arguments)
    if place.database_url and place.redis_url:
        os.execve(command[0], command, place.environ())
    lock = owner.use(place.var)
    while True:
        try:
            claim = owner.claim(place.var, "manage", waiting=_wait_for_the_last)
        except owner.AlreadyOwned:
            if environ := _environ_of_owner(place):
                os.set_inheritable(lock, True)  # held until manage.py ends
                os.execve(command[0], command, {**os.environ, **environ})
        else:
            os.close(lock)
            return _manage_alone(place, claim, command)


def _environ_of_owner(place: Place) -> dict[str, str] | None:
    """None when it went away before its servers were up."""
    while found := owner.living(place.var):
        if found.environ:
            return found.environ
        time.sleep(0.1)
    return None


def _manage_alone(place: Place, claim: owner.Claim, command: Sequence[str]) -> int:
    try:
        with Supervisor(
            place.log, place.environ(), keep=claim.lock, tell=_tell_nobody
        ) as supervisor:
            claim.publish(supervisor.token, {})
            place = start_servers(supervisor, place)
            claim.publish(supervisor.token, place.environ())
            code = foreground(command, supervisor.marked_environ())
            owner.wait_for_users(place.var, waiting=_wait_for_users)
            return code
    finally:
        claim.release()


def _tell_nobody(text: str) -> None:
    """The output belongs to manage.py alone."""


def _wait_for_users() -> None:
    show("hotline: another ./hotline manage still uses the database; waiting.")


# --- check, test, bench, drill -----------------------------------------------------------------


@contextmanager
def test_house(place: Place) -> Iterator[dict[str, str]]:
    """Servers and data of their own, from nothing, beside a running `run`; gone afterwards."""
    tests = place.var / "test"
    _forget_ended(tests)
    ours = place.moved(tests / str(os.getpid()), environment="test", port=_two_free_ports())
    ours.var.mkdir(parents=True)
    try:
        with Supervisor(place.log / "test", ours.environ()) as supervisor:
            compile_catalogues()
            start_servers(supervisor, ours, lasting=False)
            yield supervisor.marked_environ()
    finally:
        _forget(ours.var)


def _forget_ended(tests: Path) -> None:
    for folder in tests.glob("[0-9]*"):
        command = Path("/proc") / folder.name / "cmdline"
        if not command.exists() or b"config.house" not in command.read_bytes():
            _forget(folder)


def _forget(var: Path) -> None:
    Postgres.remove_below(var)
    Redis.remove_below(var)
    subprocess.run(["rm", "-rf", "--", str(var)], check=True)


def _two_free_ports() -> int:
    for port in range(18000, 28000, 2):
        if port_is_free("0.0.0.0", port) and port_is_free("0.0.0.0", port + 1):
            return port
    raise Refused("No two free ports between 18000 and 28000.")


CHECKS: dict[str, list[str]] = {
    "ruff check": [python_tool("ruff"), "check", "."],
    "ruff format": [python_tool("ruff"), "format", "--check", "."],
    "import-linter": [python_tool("lint-imports"), "--no-cache"],
    "migrations": manage("makemigrations", "--check", "--dry-run"),
    "django check": manage("check"),
    "catalogues": manage("check_catalogues"),
    "mypy": [python_tool("mypy")],
}


def run_checks(environ: dict[str, str]) -> int:
    """All of them, even when one fails; 1 if any did."""
    results = []
    for name, command in CHECKS.items():
        show(f"--- {name}")
        began = time.monotonic()
        code = foreground(command, environ)
        results.append((name, code, time.monotonic() - began))
    show("--- check")
    for name, code, seconds in results:
        show(f"{'passed' if code == 0 else 'FAILED'}  {name:<14} {seconds:5.1f} s")
    return int(any(code for _, code, _ in results))


def check(place: Place, arguments: Sequence[str]) -> int:
    with test_house(place) as environ:
        return run_checks(environ)


PHASES = {
    "fast tests, two at a time": ["-n", "2", "-m", "not browser and not services"],
    "tests with a browser or with servers of their own": ["-m", "browser or services"],
}
NOTHING_COLLECTED = 5


def test(place: Place, arguments: Sequence[str]) -> int:
    pytest = [sys.executable, "-m", "pytest"]
    with test_house(place) as environ:
        if arguments:
            return foreground([*pytest, *arguments], environ)
        codes = {"check": run_checks(environ)}
        for name, words in PHASES.items():
            say(name)
            codes[name] = foreground([*pytest, *words], environ)
    if all(codes[name] == NOTHING_COLLECTED for name in PHASES):
        show("No tests were found.")
    passed = {0, NOTHING_COLLECTED} if 0 in [codes[name] for name in PHASES] else {0}
    for name, code in codes.items():
        say(f"{'passed' if code in passed else 'FAILED'}: {name}")
    return max((code for code in codes.values() if code not in passed), default=0)


def bench(place: Place, arguments: Sequence[str]) -> int:
    """The measurements start a house of their own: nothing else may run in it."""
    return foreground([sys.executable, "-m", "tests.bench", *arguments], dict(os.environ))


def drill(place: Place, arguments: Sequence[str]) -> int:
    drills = CHECKOUT / "tests" / "drills"
    names = sorted(path.stem for path in drills.glob("[!_]*.py"))
    if not names:
        show("There is no tests/drills yet.")
        return 0
    if not arguments or arguments[0] not in names:
        show("\n  ".join(["Drills:", *names]))
        return 2 if arguments else 0
    # A drill makes the house it needs: it may have to kill it.
    compile_catalogues()
    command = [sys.executable, "-m", f"tests.drills.{arguments[0]}", *arguments[1:]]
    return foreground(command, dict(os.environ))


COMMANDS: dict[str, Callable[[Place, Sequence[str]], int]] = {
    "run": run,
    "test": test,
    "check": check,
    "manage": manage_command,
    "stop": stop,
    "bench": bench,
    "drill": drill,
}


def main(words: Sequence[str]) -> int:
    stop_on_signals()
    try:
        return COMMANDS[words[0]](place_from(os.environ), words[1:])
    except Refused as error:
        return refuse(error)
    except Stopped as error:
        return 128 + error.number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
