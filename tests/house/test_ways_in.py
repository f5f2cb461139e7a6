"""What the settings of the ways in say of a value that makes no sense, without repeating it."""

from pathlib import Path

import pytest

from tests.house.test_channels import PRODUCTION, started

SHOWN = "from config import settings as s; print(sorted(s.GATEWAYS), bool(s.IMAP_URL))"
LONG = "a-secret-of-thirty-two-characters"
OTHER = "another-secret-of-that-same-length"


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("GATEWAYS", "", "[] False"),
        ("GATEWAYS", f"sms:{LONG},chat:{OTHER}", "['chat', 'sms'] False"),
        ("GATEWAYS", f'{{"sms": "{LONG}"}}', "['sms'] False"),
        ("GATEWAYS", "sms:short", "the secret of sms must have 32 characters"),
        ("GATEWAYS", f"sms:{LONG},chat:{LONG}", "a secret of its own"),
        ("GATEWAYS", LONG, "HOTLINE_GATEWAYS must be name:secret"),
        ("GATEWAYS", f'{{"sms": "{LONG}"', "HOTLINE_GATEWAYS must be name:secret"),
        ("GATEWAYS", f'{{"sms": ["{LONG}"]}}', "the secret of sms must have"),
        ("IMAP_URL", f"imaps://wang:{LONG}@mail.example.org/INBOX", "[] True"),
        ("IMAP_URL", f"imap+starttls://wang:{LONG}@mail.example.org", "[] True"),
        ("IMAP_URL", f"imap://wang:{LONG}@mail.example.org", "HOTLINE_IMAP_URL must be imaps"),
        ("IMAP_URL", f"imaps://wang:{LONG}@mail.example.org:x", "its host or port cannot be read"),
        ("IMAP_URL", f"imaps://{LONG}@mail.example.org", "HOTLINE_IMAP_URL must be imaps"),
        ("RECORDING_HOSTS", "https://calls.example.org", "HOTLINE_RECORDING_HOSTS must be"),
    ],
)  # fmt: skip
def test_a_way_in_is_set_up_whole_or_not_at_all(
    name: str, given: str, told: str, tmp_path: Path
) -> None:
    said = started(tmp_path, SHOWN, **{f"HOTLINE_{name}": given})
    assert told in said
    assert LONG not in said


def test_in_production_no_password_goes_in_clear(tmp_path: Path) -> None:
    near = {"HOTLINE_IMAP_URL": "imap://a:b@127.0.0.1/INBOX"}
    assert started(tmp_path, SHOWN, **near) == "[] True"
    assert "must be imaps" in started(tmp_path, SHOWN, **PRODUCTION | near)
