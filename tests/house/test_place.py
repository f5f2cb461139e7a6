"""Folders, ports and names: what the processes are told, and what is refused."""

import socket
from pathlib import Path

import environ
import pytest

from config.place import Refused, kept_secret, place_from, socket_folder
from config.supervisor import refuse_taken_ports
from tests.house.conftest import house


def test_the_live_gateway_takes_the_next_port() -> None:
    assert place_from({"HOTLINE_PORT": "9100"}).live_port == 9101


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "8000.5"])
def test_a_port_that_is_none_is_refused_by_name(port: str) -> None:
    with pytest.raises(Refused, match="HOTLINE_PORT"):
        place_from({"HOTLINE_PORT": port})


def test_a_taken_port_is_explained() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Refused, match=f"Port {port} is taken.*HOTLINE_PORT="):
            refuse_taken_ports("127.0.0.1", {"HOTLINE_PORT": port})


def test_run_on_a_taken_port_starts_nothing(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])

        done = house("run", var=tmp_path, HOTLINE_PORT=port, HOTLINE_BIND="127.0.0.1")

    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stderr
    assert "HOTLINE_PORT" in done.stderr
    assert not (tmp_path / "postgres").exists()
    assert not (tmp_path / "redis").exists()


def test_settings_read_the_socket_folder_as_we_wrote_it() -> None:
    """Upper case, a blank, a plus and Chinese survive the way through the URL."""
    sockets = Path("/srv/Hot Line+热线/sockets")
    url = place_from({}).private_postgres(sockets, 5432).database_url
    read = environ.Env.db_url_config(url)  # type: ignore[no-untyped-call]
    assert (read["HOST"], read["PORT"], read["NAME"]) == (str(sockets), 5432, "hotline")
    assert read["ENGINE"] == "django.contrib.gis.db.backends.postgis"


def test_a_socket_below_a_long_folder_goes_to_a_short_one() -> None:
    long = Path("/") / ("x" * 90) / "postgres"
    short = socket_folder(long, ".s.PGSQL.5432.lock")
    assert short != long
    assert len(str(short / ".s.PGSQL.5432.lock")) <= 107
    assert socket_folder(Path("/short"), ".s.PGSQL.5432.lock") == Path("/short")


def test_the_secret_is_made_once_and_read_by_us_alone(tmp_path: Path) -> None:
    first = kept_secret(tmp_path / "secret-key")
    assert kept_secret(tmp_path / "secret-key") == first
    assert len(first) >= 50
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600


def test_what_the_outside_names_is_used() -> None:
    given = {"DATABASE_URL": "postgis://u@db/hotline", "HOTLINE_REDIS_URL": "redis://cache/0"}
    told = place_from(given).environ()
    assert {name: told[name] for name in given} == given
