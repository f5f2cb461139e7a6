"""Photos: sealed as they came, shown only as clean copies, refused by name."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from PIL import Image

from incidents.media import name_of
from incidents.models import Incident, Media, Original, Report
from incidents.tasks import sweep_media
from tests.conftest import BEIJING, LUXUN_PARK, photo
from tests.incidents.conftest import post_photos

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("town")]


def originals(media_root: Path) -> list[Path]:
    return [path for path in (media_root / "original").rglob("*") if path.is_file()]


def gif() -> bytes:
    file = BytesIO()
    Image.new("P", (8, 8)).save(file, "GIF")
    return file.getvalue()


def photo_address(code: str, uid: object, copy: str) -> str:
    return f"/t/{code}/media/{uid}/{copy}"


def test_a_photo_says_where_it_was_taken(web: Client) -> None:
    answer = post_photos(web, ("a.jpg", photo(LUXUN_PARK)))
    assert answer.status_code == 201
    assert answer.json()["position"]["origin"] == "exif"
    assert answer.json()["division"]["code"] == "210102001001"
    assert Report.objects.get().origin == "exif"


def test_a_photo_from_elsewhere_gives_no_place(web: Client) -> None:
    answer = post_photos(web, ("a.jpg", photo(BEIJING)))
    assert (answer.status_code, answer.json()["division"]) == (201, None)


def test_the_citizens_pin_beats_the_photo(web: Client) -> None:
    pin = {"longitude": 123.46, "latitude": 41.81}
    answer = post_photos(web, ("a.jpg", photo(LUXUN_PARK)), **pin)
    assert answer.json()["position"]["origin"] == "pin"
    assert answer.json()["division"]["code"] == "210104001001"


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("notes.txt", b"only words", 415),
        ("picture.gif", gif(), 415),
        ("page.jpg", b"<html><script>alert(1)</script></html>", 415),
        ("empty.jpg", b"", 400),
        ("head.jpg", photo()[:20], 400),
        ("cut.jpg", photo(side=400)[:9000], 400),
    ],
)
def test_what_is_no_photo_is_refused_and_leaves_nothing(
    web: Client, media_root: Path, name: str, content: bytes, status: int
) -> None:
    answer = post_photos(web, ("good.jpg", photo()), (name, content))
    assert answer.status_code == status, answer.content
    assert list(answer.json()["errors"]) == ["media"]
    assert name in answer.json()["errors"]["media"][0]
    assert not Incident.objects.exists()
    assert originals(media_root) == []


def test_a_refused_report_leaves_no_file(web: Client, media_root: Path) -> None:
    pin = {"longitude": BEIJING[0], "latitude": BEIJING[1]}
    assert post_photos(web, ("a.jpg", photo()), **pin).status_code == 422
    assert originals(media_root) == []


def test_a_replayed_report_keeps_one_file(
    web: Client, media_root: Path, django_capture_on_commit_callbacks: Any
) -> None:
    same = photo()
    for _n in range(2):
        files = {"media": BytesIO(same), "kind": "help", "category": "pothole", "text": "x"}
        with django_capture_on_commit_callbacks(execute=True):
            answer = web.post("/api/reports", files, headers={"Idempotency-Key": "p"})
        assert answer.status_code == 201
    assert len(originals(media_root)) == Media.objects.count() == 1


def test_the_shown_copy_has_no_metadata_and_the_original_no_address(web: Client) -> None:
    code = post_photos(web, ("a.jpg", photo(LUXUN_PARK))).json()["tracking_code"]
    assert sweep_media() == 1
    uid = Media.objects.get().uid
    shown = web.get(photo_address(code, uid, "display"))
    with Image.open(BytesIO(b"".join(shown))) as image:
        assert dict(image.getexif()) == {}
        assert "exif" not in image.info
    assert web.get(photo_address(code, uid, "thumb")).status_code == 200
    assert web.get(photo_address(code, uid, "original")).status_code == 404
    with default_storage.open(name_of(Original.objects.get().uid, "original")) as original:
        assert original.read(2) == b"\xff\xd8"


def test_a_photo_of_another_report_is_not_shown(web: Client) -> None:
    post_photos(web, ("a.jpg", photo(LUXUN_PARK)))
    other = post_photos(web, ("b.jpg", photo(LUXUN_PARK))).json()["tracking_code"]
    sweep_media()
    first = Media.objects.order_by("pk")[0].uid
    assert web.get(photo_address(other, first, "display")).status_code == 404


def spoil() -> None:
    """The bytes of the only original go bad on the disk."""
    path = Path(default_storage.path(name_of(Original.objects.get().uid, "original")))
    path.write_bytes(path.read_bytes()[:2000])


def test_a_photo_that_went_bad_is_given_up_after_three_tries_and_breaks_no_page(
    web: Client,
) -> None:
    code = post_photos(web, ("good.jpg", photo(side=400))).json()["tracking_code"]
    spoil()
    for _n in range(3):
        Original.objects.update(process_after=timezone.now() - timedelta(seconds=1))
        sweep_media()
    original = Original.objects.get()
    assert (original.state, original.tries) == ("unreadable", 3)
    assert web.get(f"/t/{code}").status_code == 200
    assert web.get(f"/api/reports/{code}").json()["photos"] == []
    assert web.get(photo_address(code, Media.objects.get().uid, "display")).status_code == 404


def test_a_photo_in_hand_is_not_taken_up_twice(web: Client) -> None:
    post_photos(web, ("good.jpg", photo(side=400)))
    spoil()
    assert (sweep_media(), sweep_media()) == (1, 0)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_every_kind_of_photo_ends_as_a_clean_jpeg(web: Client, kind: str) -> None:
    file = BytesIO()
    Image.new("RGB", (640, 480), "#336699").save(file, kind)
    answer = post_photos(web, (f"a.{kind.lower()}", file.getvalue()))
    assert answer.status_code == 201
    sweep_media()
    original = Original.objects.get()
    assert original.state == Original.State.READY
    with Image.open(default_storage.open(name_of(original.uid, "thumb"))) as thumb:
        assert (thumb.format, thumb.size) == ("JPEG", (320, 240))
