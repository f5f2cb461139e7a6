"""Letters fetched from a mailbox by a real IMAP conversation: kept first, marked afterwards."""

import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.files.storage import default_storage
from django.db import connections
from pytest_django import Settings

from incidents import mail_fetching, mail_intake
from incidents.models import Letter, Report
from tests.conftest import Town
from tests.incidents import certificate
from tests.incidents.imap_server import PASSWORD, USER, Postbox, imap_server

pytestmark = pytest.mark.django_db(transaction=True)
POTHOLE = "鲁迅公园门口道路坑洼,路面坑洼很深,请尽快修补。"


@pytest.fixture
def box(settings: Settings) -> Iterator[Postbox]:
    with imap_server() as made:
        login = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}"
        settings.IMAP_URL = f"imap://{login}@127.0.0.1:{made.port}/INBOX"
        settings.IMAP_DONE = ""
        yield made


def letter(n: int = 1, text: str = POTHOLE) -> bytes:
    head = f"From: Wang <wang{n}@example.cn>\r\nMessage-ID: <{n}@example.cn>\r\nSubject: x\r\n"
    return f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()


def test_a_letter_is_fetched_once_and_becomes_a_report(box: Postbox, town: Town) -> None:
    uid = box.put(letter())
    assert mail_fetching.fetch() == 1
    assert box.flags(uid) == {"\\Seen"}
    assert mail_intake.opened(Letter.objects.get()).message_id == "1@example.cn"
    mail_intake.read_due()
    assert Report.objects.get().incident.category_id == "pothole"
    assert mail_fetching.fetch() == 0


def test_the_same_letter_in_the_mailbox_twice_is_kept_once(box: Postbox) -> None:
    uids = [box.put(letter()), box.put(letter())]
    assert mail_fetching.fetch() == 1
    assert [box.flags(uid) for uid in uids] == [{"\\Seen"}] * 2
    assert Letter.objects.count() == 1


@pytest.mark.parametrize("can_move", [True, False])
def test_what_was_taken_is_moved_where_a_folder_is_set(
    box: Postbox, settings: Settings, *, can_move: bool
) -> None:
    settings.IMAP_DONE, box.can_move = "Done here", can_move
    box.put(letter())
    assert mail_fetching.fetch() == 1
    assert box.moved == [letter()]
    assert mail_fetching.fetch() == 0
    assert box.moved == [letter()]


def test_a_line_cut_in_the_middle_loses_nothing(box: Postbox) -> None:
    uids = [box.put(letter(n)) for n in (1, 2)]
    box.cuts = 1
    assert mail_fetching.fetch() == 0
    assert not Letter.objects.exists()
    assert box.flags(uids[0]) == set()
    assert mail_fetching.fetch() == 2
    assert Letter.objects.count() == 2


def test_what_cannot_be_taken_is_left_with_a_flag_and_hinders_nobody(
    box: Postbox, settings: Settings
) -> None:
    settings.MAIL_MAX_BYTES = 1000
    large, refused, good = box.put(letter(1, "x" * 2000)), box.put(letter(2)), box.put(letter(3))
    box.refuses = {refused}
    assert mail_fetching.fetch() == 1
    assert box.flags(large) == box.flags(refused) == {"\\Flagged"}
    assert box.flags(good) == {"\\Seen"}
    assert mail_fetching.fetch() == 0


def test_a_full_disk_marks_nothing(
    box: Postbox, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = box.put(letter())

    def full(*_given: object) -> str:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(default_storage, "save", full)
        assert mail_fetching.fetch() == 0
    assert box.flags(uid) == set()
    assert mail_fetching.fetch() == 1


def test_one_fetches_at_a_time(box: Postbox) -> None:
    box.put(letter())
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [mail_fetching.LOCK])
            assert mail_fetching.fetch() == 0
            assert not box.asked
            # By hand: the server gives back what an ended session held a moment after its end.
            cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [mail_fetching.LOCK])
    finally:
        other.close()
    assert mail_fetching.fetch() == 1


def test_who_logs_in_is_never_logged(
    box: Postbox, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.IMAP_URL = settings.IMAP_URL.replace("secret", "wrong")
    with caplog.at_level(logging.DEBUG):
        assert mail_fetching.fetch() == 0
    assert "127.0.0.1" in caplog.text
    assert not any(word in caplog.text for word in (USER, "pass/word", "wrong"))


def test_a_mailbox_that_is_away_is_asked_again(settings: Settings) -> None:
    settings.IMAP_URL = "imap://a:b@127.0.0.1:9/INBOX"
    assert mail_fetching.fetch() == 0


@pytest.mark.parametrize("scheme", ["imaps", "imap+starttls"])
def test_the_line_is_sealed_and_a_strangers_certificate_refused(
    settings: Settings, scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, trusted = certificate.made(tmp_path)
    with imap_server(tls) as box:
        box.upgrades = scheme == "imap+starttls"
        login = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}"
        settings.IMAP_URL = f"{scheme}://{login}@localhost:{box.port}/INBOX"
        box.put(letter())
        assert mail_fetching.fetch() == 0  # nobody vouches for it
        assert not any("LOGIN" in line for line in box.asked)
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        assert mail_fetching.fetch() == 1
