"""Sealed originals: opened by right and for a reason only, stored once, checked by one command."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from incidents.errors import Refused
from incidents.intake import NewReport, Sender, file_report
from incidents.media import name_of, sealed_from
from incidents.models import Channel, Media, Opening, Original
from incidents.tasks import sweep_media
from incidents.uploads import Incoming
from tests.conftest import LUXUN_PARK, PersonMaker, incoming, photo
from tests.incidents.clips import video
from tests.incidents.conftest import post_photos

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("town")]
LogIn = Callable[[User], Client]


def address() -> str:
    return f"/media/{Media.objects.get().uid}/original"


# --- Opening ------------------------------------------------------------------------------------


def test_a_reason_opens_it_and_is_kept(web: Client, person: PersonMaker, logged_in: LogIn) -> None:
    sent = photo(LUXUN_PARK)
    post_photos(web, ("a.jpg", sent))
    manager = person(Role.DUTY_MANAGER, "210100")
    answer = logged_in(manager).post(address(), {"reason": "申诉复核"})
    assert b"".join(answer) == sent
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    opening = Opening.objects.get()
    assert (opening.user, opening.reason) == (manager, "申诉复核")
    page = logged_in(person(Role.DATA_PROTECTION_OFFICER)).get("/openings").content.decode()
    assert "申诉复核" in page


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_it_stays_sealed(
    web: Client, person: PersonMaker, logged_in: LogIn, reason: str
) -> None:
    post_photos(web, ("a.jpg", photo(LUXUN_PARK)))
    client = logged_in(person(Role.DUTY_MANAGER, "210100"))
    assert client.get(address()).status_code == 200
    answer = client.post(address(), {"reason": reason})
    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (400, "text/html")
    assert not Opening.objects.exists()


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.DISPATCHER, Role.DISTRICT_HEAD])
def test_who_only_watches_may_not_open_it(
    web: Client, person: PersonMaker, logged_in: LogIn, role: Role
) -> None:
    post_photos(web, ("a.jpg", photo(LUXUN_PARK)))
    client = logged_in(person(role, "210100"))
    assert client.post(address(), {"reason": "看看"}).status_code == 403
    assert client.get("/openings").status_code == 403
    assert not Opening.objects.exists()


def test_what_lies_elsewhere_cannot_be_opened(
    web: Client, person: PersonMaker, logged_in: LogIn
) -> None:
    post_photos(web, ("a.jpg", photo(LUXUN_PARK)))
    client = logged_in(person(Role.INSPECTOR, "210104"))
    assert client.post(address(), {"reason": "看看"}).status_code == 404


def test_nobody_in_particular_is_asked_to_log_in(web: Client) -> None:
    post_photos(web, ("a.jpg", photo(LUXUN_PARK)))
    assert web.get(address()).status_code == 302


# --- Once ---------------------------------------------------------------------------------------


def files(media_root: Path, folder: str = "original") -> list[Path]:
    return [path for path in (media_root / folder).rglob("*") if path.is_file()]


def test_the_same_photo_of_two_citizens_is_stored_once(
    web: Client, media_root: Path, django_capture_on_commit_callbacks: Any
) -> None:
    same = photo(LUXUN_PARK)
    codes = []
    for _citizen in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            codes.append(post_photos(web, ("a.jpg", same)).json()["tracking_code"])
    assert (Original.objects.count(), Media.objects.count(), len(files(media_root))) == (1, 2, 1)
    assert sweep_media() == 1
    for code in codes:
        [shown] = web.get(f"/api/reports/{code}").json()["photos"]
        assert code in shown
        assert web.get(shown).status_code == 200


def test_the_same_photo_twice_in_one_report_is_one_photo(web: Client, media_root: Path) -> None:
    same = photo(LUXUN_PARK)
    assert post_photos(web, ("a.jpg", same), ("copy of a.jpg", same)).status_code == 201
    assert (Media.objects.count(), len(files(media_root))) == (1, 1)


def test_nothing_is_left_in_the_folder_of_arrivals(web: Client, settings: Any) -> None:
    before = set(Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir())
    post_photos(web, ("a.jpg", photo(LUXUN_PARK)), ("b.jpg", b"no photo"))
    post_photos(web, ("a.jpg", photo(LUXUN_PARK)))
    sweep_media()
    assert set(Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir()) == before


# --- Checked ------------------------------------------------------------------------------------


def check(*options: str) -> str:
    """What the command says; raises CommandError where it found a fault."""
    said = StringIO()
    call_command("check_media", "--young", "0", *options, stdout=said)
    return said.getvalue()


def faults(*options: str) -> list[str]:
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("check_media", "--young", "0", *options, stdout=said)
    return [line.split(" ")[0] for line in said.getvalue().splitlines()[:-1]]


def path_of(copy: str) -> Path:
    return Path(default_storage.path(name_of(Original.objects.get().uid, copy)))


@pytest.fixture
def kept(web: Client) -> Original:
    post_photos(web, ("a.mp4", video()))
    sweep_media()
    return Original.objects.get()


def test_a_whole_storage_has_no_faults(kept: Original) -> None:
    assert check("--checksums") == "1 originals, 0 faults\n"


def test_a_missing_original_is_found(kept: Original) -> None:
    path_of("original").unlink()
    assert faults() == ["missing"]


def test_an_original_cut_short_is_found(kept: Original) -> None:
    path_of("original").write_bytes(b"short")
    assert faults() == ["size"]


def test_one_changed_byte_is_found(kept: Original) -> None:
    whole = bytearray(path_of("original").read_bytes())
    whole[100] ^= 1
    path_of("original").write_bytes(whole)
    assert check()
    assert faults("--checksums") == ["checksum"]


@pytest.mark.parametrize("copy", ["display", "thumb", "video"])
def test_a_missing_copy_is_found_and_made_again(kept: Original, copy: str) -> None:
    path_of(copy).unlink()
    assert faults() == ["copy-missing"]
    check("--mend")
    assert sweep_media() == 1
    assert check() == "1 originals, 0 faults\n"


@pytest.mark.parametrize("name", ["3f/3f000000-0000-4000-8000-000000000000", "3f/x.part", "loose"])
def test_a_file_of_no_row_is_found_and_removed(kept: Original, media_root: Path, name: str) -> None:
    stray = media_root / "original" / name
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"stray")
    assert faults() == ["orphan"]
    check("--mend")
    assert not stray.exists()
    assert path_of("original").exists()


def test_a_young_file_may_be_a_report_on_its_way(kept: Original, media_root: Path) -> None:
    (media_root / "original" / "loose").write_bytes(b"stray")
    said = StringIO()
    call_command("check_media", stdout=said)
    assert said.getvalue() == "1 originals, 0 faults\n"


def test_an_original_that_nobody_holds_is_found(kept: Original) -> None:
    Media.objects.all().delete()
    assert faults() == ["unused"]


def test_an_orphan_with_the_bytes_that_are_missing_takes_their_place(
    kept: Original, media_root: Path
) -> None:
    stray = media_root / "original" / "3f" / "3f000000-0000-4000-8000-000000000000"
    stray.parent.mkdir(exist_ok=True)
    path_of("original").rename(stray)
    assert sorted(faults()) == ["missing", "orphan"]
    with pytest.raises(CommandError):
        check("--mend")
    assert check("--checksums") == "1 originals, 0 faults\n"


def test_bytes_that_come_again_replace_those_that_were_lost(web: Client) -> None:
    same = photo(LUXUN_PARK)
    post_photos(web, ("a.jpg", same))
    path_of("original").write_bytes(b"short")
    post_photos(web, ("a.jpg", same))
    assert path_of("original").read_bytes() == same


# --- After an error -----------------------------------------------------------------------------


def file_with(upload: Incoming, error: Exception, *, committed: bool) -> None:
    """As the API does it, with an error before or after the report is written."""
    new = NewReport(kind="help", category="pothole", channel=Channel.WEB, text="坑")
    with sealed_from([upload]) as sealed:
        if committed:
            file_report(new, sender=Sender(), media=sealed)
        raise error


@pytest.mark.parametrize("error", [OperationalError("gone"), ValueError("a hook failed")])
def test_what_a_row_has_claimed_stays_whatever_happens_after(
    media_root: Path, error: Exception
) -> None:
    with pytest.raises(type(error)):
        file_with(incoming("a.jpg", photo()), error, committed=True)
    assert len(files(media_root)) == Original.objects.count() == 1


def test_a_refusal_throws_the_sealed_file_away(media_root: Path) -> None:
    with pytest.raises(Refused):
        file_with(incoming("a.jpg", photo()), Refused("text", "no"), committed=False)
    assert files(media_root) == []


def test_after_an_error_of_the_database_nothing_is_thrown_away(media_root: Path) -> None:
    """The commit may have happened all the same."""
    with pytest.raises(OperationalError):
        file_with(incoming("a.jpg", photo()), OperationalError("gone"), committed=False)
    assert len(files(media_root)) == 1


# --- Guarded ------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{"kind": "wrongdoing"}, {"confidential": True}])
def test_only_the_province_opens_what_a_whistle_blower_sent(
    web: Client, person: PersonMaker, logged_in: LogIn, more: dict[str, Any]
) -> None:
    post_photos(web, ("a.jpg", photo(LUXUN_PARK)), **more)
    form = {"reason": "复核"}
    assert logged_in(person(Role.INSPECTOR, "210100")).post(address(), form).status_code == 403
    assert logged_in(person(Role.INSPECTOR, "210000")).post(address(), form).status_code == 200


def test_an_inspector_reads_of_openings_within_the_own_territory(
    web: Client, person: PersonMaker, logged_in: LogIn
) -> None:
    post_photos(web, ("a.jpg", photo(LUXUN_PARK)))
    logged_in(person(Role.DUTY_MANAGER, "210100")).post(address(), {"reason": "申诉复核"})
    near, far = person(Role.INSPECTOR, "210102"), person(Role.INSPECTOR, "210104")
    assert "申诉复核" in logged_in(near).get("/openings").content.decode()
    assert "申诉复核" not in logged_in(far).get("/openings?page=abc").content.decode()
