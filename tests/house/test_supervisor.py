"""The supervisor: nothing survives it, what crashes comes back, the data stay."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from config.cluster import Postgres
from config.supervisor import ending
from tests.house.conftest import Tiny, clean_environ, command_lines, eventually, house

pytestmark = pytest.mark.services


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_nothing_is_left_behind(tiny: Tiny, how: signal.Signals) -> None:
    running = tiny.up("sleepers")
    # tiny itself, its watchdog, two shells and the stubborn one's grandchild
    assert eventually(lambda: len(tiny.children()) >= 5), tiny.children()

    running.send_signal(how)

    assert eventually(lambda: not tiny.children(), seconds=15), tiny.children()
    assert running.wait(5) == (-signal.SIGKILL if how == signal.SIGKILL else 0)


def test_nothing_is_left_behind_when_the_watchdog_dies_too(tiny: Tiny) -> None:
    running = tiny.up("sleepers")
    assert eventually(lambda: len(tiny.children()) >= 5)
    mains = [pid for pid, line in tiny.children().items() if "tests.house.tiny" in line]
    for pid in mains:
        os.kill(pid, signal.SIGKILL)
    running.wait(5)

    tiny.up("crasher")  # the next start ends what the last one left

    assert not [line for line in tiny.children().values() if "sleep 600" in line]


def test_a_crashed_child_is_started_again_with_growing_pauses(tiny: Tiny) -> None:
    running = tiny.up("crasher")
    assert running.stdout is not None
    told = [running.stdout.readline() for _ in range(3)]
    assert ["again in 0.5 s" in told[0], "again in 1 s" in told[1], "again in 2 s" in told[2]] == [
        True,
        True,
        True,
    ], told
    assert "crasher ended with 3" in told[0]
    assert (tiny.var / "log" / "crasher.log").read_text().count("oh dear") >= 2


def test_a_crashed_child_leaves_no_orphans_beside_its_successor(tiny: Tiny) -> None:
    """Orphans of a web server would go on answering on its port, with yesterday's code."""
    tiny.up("parent")
    assert eventually(lambda: len(family(tiny)) == 2), tiny.children()
    first = family(tiny)

    os.kill(min(first), signal.SIGKILL)

    assert eventually(lambda: len(family(tiny)) == 2 and not family(tiny) & first), tiny.children()


def family(tiny: Tiny) -> set[int]:
    """The parent and its child, without what the small platform itself consists of."""
    return {pid for pid, line in tiny.children().items() if line.startswith("sh -c")}


def test_a_killed_child_is_named_by_its_signal() -> None:
    assert ending(-9) == "was ended by SIGKILL"


def psql(tiny: Tiny, statement: str) -> str:
    postgres = Postgres.below(tiny.var, lasting=True)
    command = [str(postgres.binaries / "psql"), "-h", str(postgres.sockets), "-U", "hotline"]
    command += ["-XqAt", "-d", "hotline", "-c", statement]
    done = subprocess.run(
        command, env=clean_environ(), cwd="/", capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_killed_run_keeps_its_data(tiny: Tiny) -> None:
    running = tiny.up("servers")
    psql(tiny, "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('沈河区')")
    running.kill()
    running.wait(5)

    again = tiny.up("servers")  # at once: it waits until the last one is down

    assert psql(tiny, "SELECT word FROM kept") == "沈河区"
    again.terminate()
    assert again.wait(20) == 0
    assert eventually(lambda: not tiny.children()), tiny.children()


def test_the_database_is_durable_utf8_and_has_its_extensions(tiny: Tiny) -> None:
    tiny.up("servers")
    assert psql(tiny, "SELECT count(*) FROM pg_extension WHERE extname <> 'plpgsql'") == "3"
    for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
        assert psql(tiny, f"SHOW {name}") == "on"
    assert psql(tiny, "SHOW listen_addresses") == ""
    # With locale C this would be empty.
    assert psql(tiny, "SELECT array_length(show_trgm('沈阳市'), 1) > 0") == "t"
    assert psql(tiny, "SELECT 'Å' ~* 'å'") == "t"


def test_a_crashed_postgres_comes_back(tiny: Tiny) -> None:
    running = tiny.up("servers")
    pid_file = Postgres.below(tiny.var, lasting=True).data / "postmaster.pid"
    os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
    assert running.stdout is not None
    assert "postgres was ended by SIGKILL" in running.stdout.readline()
    assert eventually(lambda: Postgres.below(tiny.var, lasting=True).answers(), seconds=20)


def test_stop_ends_a_run_and_waits(tiny: Tiny) -> None:
    tiny.up("sleepers")

    done = house("stop", var=tiny.var)

    assert (done.returncode, done.stdout) == (0, "All is down; the data stay.\n")
    assert not tiny.children()


def test_stop_never_ends_a_stranger_with_a_used_number(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "600"]) as stranger:
        folder = tmp_path / "run"
        folder.mkdir()
        written = {"pid": stranger.pid, "started": "1", "command": "run", "token": "x" * 32}
        (folder / "owner.json").write_text(json.dumps({**written, "environ": {}}))

        done = house("stop", var=tmp_path)

        assert done.stdout == "Nothing is running.\n"
        assert stranger.pid in command_lines()
        stranger.kill()


def test_a_second_run_says_who_runs(tiny: Tiny) -> None:
    running = tiny.up("sleepers")

    done = house("run", var=tiny.var)

    assert done.returncode == 1
    assert f"process {running.pid}" in done.stderr
    assert "./hotline stop" in done.stderr


def test_manage_uses_the_servers_of_the_owner(tiny: Tiny) -> None:
    tiny.up("servers")
    before = set(tiny.children())

    done = house("manage", "dbshell", "--", "-XqAtc", "SELECT 1 + 1", var=tiny.var)

    assert (done.returncode, done.stdout) == (0, "2\n"), done.stderr
    assert set(tiny.children()) == before


def test_manage_alone_brings_servers_and_takes_them_away(tiny: Tiny) -> None:
    command = ("manage", "dbshell", "--", "-XqAtc", "SELECT 1 + 1")
    for _ in range(2):
        done = house(*command, var=tiny.var)
        assert (done.returncode, done.stdout) == (0, "2\n"), done.stderr
        assert not tiny.children()
