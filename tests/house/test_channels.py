"""What the settings of the channels say of an address that makes no sense, before anything runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.place import CHECKOUT

PRODUCTION = {
    "HOTLINE_ENV": "production",
    "HOTLINE_SECRET_KEY": "s" * 60,
    "HOTLINE_HOSTS": "example.org",
    "HOTLINE_VAULT_KEYS": "A" * 43 + "=",
    "HOTLINE_VAULT_INDEX_KEY": "B" * 42 + "A=",
}
SMS = {"HOTLINE_SMS_URL": "https://sms.example.org", "HOTLINE_SMS_SECRET": "x" * 32}
MAIL = {"HOTLINE_EMAIL_URL": "smtp+tls://a:b@mail.example.org:587"}


SHOWN = "from config import settings as s; print(bool(s.SMS_URL), s.EMAIL_ON, s.PUBLIC_URL)"


def started(var: Path, shown: str = SHOWN, **given: str) -> str:
    """What is on then, or the last line of why not."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HOTLINE_")}
    done = subprocess.run(
        [sys.executable, "-c", shown],
        cwd=CHECKOUT,
        env=kept | {"HOTLINE_VAR": str(var)} | given,
        capture_output=True,
        text=True,
        check=False,
    )
    return (done.stdout or done.stderr).strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "False False http://127.0.0.1:8000"),
        ({"HOTLINE_EMAIL_URL": "", "HOTLINE_SMS_URL": ""}, "False False http://127.0.0.1:8000"),
        (PRODUCTION, "False False "),
        (PRODUCTION | SMS, "HOTLINE_PUBLIC_URL must be set"),
        (PRODUCTION | SMS | {"HOTLINE_PUBLIC_URL": "https://12345.cn/"}, "True False https://12345.cn"),
        (SMS | {"HOTLINE_SMS_SECRET": "short"}, "HOTLINE_SMS_SECRET"),
        (SMS | {"HOTLINE_SMS_URL": "http://sms.example.org"}, "HOTLINE_SMS_URL must be https"),
        (SMS | {"HOTLINE_SMS_URL": "http://127.0.0.1:8755/sms"}, "True False"),
        (PRODUCTION | SMS | {"HOTLINE_SMS_URL": "http://127.0.0.1/"}, "HOTLINE_SMS_URL must"),
        (MAIL, "HOTLINE_EMAIL_FROM"),
        (MAIL | {"HOTLINE_EMAIL_FROM": "12345@example.org"}, "False True"),
        ({"HOTLINE_QUIET_HOURS": "night"}, "HOTLINE_QUIET_HOURS"),
        ({"HOTLINE_QUIET_HOURS": ""}, "False False"),
    ],
)  # fmt: skip
def test_a_channel_is_set_up_whole_or_not_at_all(
    given: dict[str, str], told: str, tmp_path: Path
) -> None:
    assert told.strip() in started(tmp_path, **given)
