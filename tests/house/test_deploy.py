"""`deploy/` says what the process table says: the same commands, and files their tools can read."""

import re
import shlex
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.place import CHECKOUT, place_from
from config.processes import application

DEPLOY = CHECKOUT / "deploy"
NAMES = ("web", "live", "worker", "media", "beat", "mail")
GIVEN = {
    "HOTLINE_SECRET_KEY": "x" * 60,
    "HOTLINE_VAULT_KEYS": "x" * 43,
    "HOTLINE_VAULT_INDEX_KEY": "y" * 43,
    "HOTLINE_HOSTS": "example.org",
    "HOTLINE_ORIGINS": "https://example.org",
    "POSTGRES_PASSWORD": "secret",
}


def without_places(words: list[str]) -> list[str]:
    """A command with its program's name alone, and what differs between places left out."""
    kept = [Path(words[0]).name]
    for before, word in pairwise(words):
        if word.startswith("--pidfile"):
            continue
        if word and before not in {"--host", "--schedule", "--pidfile"}:
            kept.append(word)
    return kept


@pytest.fixture
def table() -> dict[str, list[str]]:
    place = place_from({})
    return {each.name: without_places(list(each.argv)) for each in application(place)}


@pytest.fixture
def services() -> dict[str, Any]:
    compose: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    found: dict[str, Any] = compose["services"]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_unit_runs_what_the_table_says(name: str, table: dict[str, list[str]]) -> None:
    text = (DEPLOY / "systemd" / f"hotline-{name}.service").read_text(encoding="utf-8")
    started = re.search(r"^ExecStart=(.*)$", text, re.MULTILINE)
    assert started
    # systemd reads %h for itself unless it is doubled.
    assert without_places(shlex.split(started[1].replace("%%", "%"))) == table[name]


@pytest.mark.parametrize("name", NAMES)
def test_a_container_runs_what_the_table_says(
    name: str, table: dict[str, list[str]], services: dict[str, Any]
) -> None:
    assert without_places(services[name]["command"]) == table[name]


def test_the_target_wants_every_process() -> None:
    text = (DEPLOY / "systemd" / "hotline.target").read_text(encoding="utf-8")
    assert all(f"hotline-{name}.service" in text for name in NAMES)


def test_nothing_serves_before_the_schema_is_there(services: dict[str, Any]) -> None:
    for name in NAMES:
        unit = (DEPLOY / "systemd" / f"hotline-{name}.service").read_text(encoding="utf-8")
        assert "Requires=hotline-prepare.service" in unit
        assert services[name]["depends_on"] == {
            "prepare": {"condition": "service_completed_successfully"}
        }


def test_the_example_environment_names_settings_that_exist() -> None:
    settings = (CHECKOUT / "config" / "settings.py").read_text(encoding="utf-8")
    example = (DEPLOY / "environment.example").read_text(encoding="utf-8")
    names = re.findall(r"^([A-Z_]+)=", example, re.MULTILINE)
    assert names
    assert [name for name in names if f'"{name}"' not in settings] == []


def has_compose() -> bool:
    docker = shutil.which("docker")
    if docker is None:
        return False
    asked = subprocess.run([docker, "compose", "version"], capture_output=True, check=False)
    return asked.returncode == 0


@pytest.mark.skipif(not has_compose(), reason="no docker compose here")
def test_compose_itself_reads_the_file() -> None:
    words = ["docker", "compose", "-f", str(DEPLOY / "compose.yaml"), "config", "--quiet"]
    done = subprocess.run(words, env=GIVEN, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
