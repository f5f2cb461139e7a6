"""`./hotline` itself: from anywhere, by a link, and with a word it does not know."""

import subprocess
from pathlib import Path

import pytest

from config.place import CHECKOUT
from tests.house.conftest import clean_environ, house

COMMANDS = ("run", "test", "check", "stop", "manage", "bench", "drill")


def hotline(*words: str, cwd: Path, path: Path = CHECKOUT / "hotline") -> tuple[int, str, str]:
    done = subprocess.run(
        [str(path), *words],
        cwd=cwd,
        env=clean_environ(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("words", [["help"], ["--help"], []])
def test_help_names_every_command(words: list[str], tmp_path: Path) -> None:
    code, out, _ = hotline(*words, cwd=tmp_path)
    assert code == 0
    assert all(f"  {command} " in out for command in COMMANDS)


def test_an_unknown_command_shows_the_usage(tmp_path: Path) -> None:
    code, out, err = hotline("fly", cwd=tmp_path)
    assert (code, out) == (2, "")
    assert "./hotline COMMAND" in err


@pytest.mark.parametrize(("words", "code"), [((), 0), (("nothing",), 2)])
def test_drill_lists_the_drills(words: tuple[str, ...], code: int, tmp_path: Path) -> None:
    done = house("drill", *words, var=tmp_path)
    assert (done.returncode, done.stdout.split()) == (
        code,
        ["Drills:", "faults", "gate", "load", "storm"],
    )


def test_it_runs_through_a_link_from_another_folder(tmp_path: Path) -> None:
    link = tmp_path / "hotline"
    link.symlink_to(CHECKOUT / "hotline")
    code, out, _ = hotline("help", cwd=Path("/"), path=link)
    assert code == 0
    assert "./hotline COMMAND" in out


def test_the_shell_part_is_well_formed() -> None:
    for script in ("hotline", ".ci/run"):
        subprocess.run(["bash", "-n", str(CHECKOUT / script)], check=True)
