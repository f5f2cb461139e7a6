"""What the settings of the log-in are where nothing is said, and what they say of nonsense."""

from pathlib import Path

import pytest

from tests.house.test_channels import PRODUCTION, started

SHOWN = "from config import settings as s; print(s.SECOND_FACTOR, s.LOGIN_TRIES_ACCOUNT)"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "offered 10"),
        (PRODUCTION, "required 10"),
        (PRODUCTION | {"HOTLINE_SECOND_FACTOR": "offered"}, "offered 10"),
        ({"HOTLINE_SECOND_FACTOR": "off", "HOTLINE_LOGIN_TRIES_ACCOUNT": "5"}, "off 5"),
        ({"HOTLINE_SECOND_FACTOR": "maybe"}, "HOTLINE_SECOND_FACTOR is 'maybe'"),
        ({"HOTLINE_LOGIN_TRIES_ACCOUNT": "0"}, "HOTLINE_LOGIN_TRIES_ACCOUNT must be 1 or more"),
        ({"HOTLINE_LOGIN_WINDOW_MIN": "-1"}, "HOTLINE_LOGIN_WINDOW_MIN is -1"),
    ],
)
def test_the_log_in_is_strict_in_production(
    given: dict[str, str], told: str, tmp_path: Path
) -> None:
    assert told in started(tmp_path, SHOWN, **given)
