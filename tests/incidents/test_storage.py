"""Where media lie: the same story on our own disk and in S3; and what a full disk does."""

import errno
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.test import Client
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from PIL import Image
from pytest_django import Settings
from werkzeug.serving import make_server

from incidents.merged_lines import keeping
from incidents.models import Incident, Original
from incidents.storage import DurableStorage
from incidents.tasks import forget_leftovers, sweep_media
from tests.conftest import LUXUN_PARK, photo
from tests.incidents.clips import video
from tests.incidents.conftest import post_photos

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("town")]
BUCKET = "hotline-media"


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    """An S3 server of our own on a port of its own; gives its address."""
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def bucket(s3_server: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The storage is S3, as HOTLINE_MEDIA_S3_BUCKET makes it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    made = boto3.resource("s3", endpoint_url=s3_server).Bucket(BUCKET)  # type: ignore[no-untyped-call]
    made.create()
    options = {"bucket_name": BUCKET, "endpoint_url": s3_server, "file_overwrite": True}
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "incidents.bucket.BucketStorage", "OPTIONS": options}
    }
    yield made
    made.objects.delete()
    made.delete()


def follow_it(web: Client) -> None:
    """Sent, prepared, shown, checked: whatever the storage."""
    answer = post_photos(web, ("a.jpg", photo(LUXUN_PARK)), ("b.mp4", video()))
    assert answer.status_code == 201, answer.content
    assert sweep_media() == 2
    tracked = web.get(f"/api/reports/{answer.json()['tracking_code']}").json()
    with Image.open(BytesIO(b"".join(web.get(tracked["photos"][0])))) as image:
        assert image.format == "JPEG"
    [clip] = tracked["videos"]
    whole = b"".join(web.get(clip))
    assert b"".join(web.get(clip, headers={"Range": "bytes=4-11"})) == whole[4:12]
    said = StringIO()
    call_command("check_media", "--checksums", "--young", "0", stdout=said)
    assert said.getvalue() == "2 originals, 0 faults\n"


def test_on_our_own_disk(web: Client, media_root: Path) -> None:
    follow_it(web)
    assert len(list(media_root.rglob("*.jpg"))) == 4


def test_in_s3(web: Client, bucket: Any, media_root: Path) -> None:
    follow_it(web)
    folders = sorted(each.key.split("/")[0] for each in bucket.objects.all())
    assert folders == ["display"] * 2 + ["original"] * 2 + ["thumb"] * 2 + ["video"]
    assert not media_root.exists()


def test_a_bucket_that_is_gone_is_said_and_nothing_stays(web: Client, bucket: Any) -> None:
    bucket.objects.delete()
    bucket.delete()
    answer = post_photos(web, ("a.jpg", photo(LUXUN_PARK)))
    bucket.create()
    assert (answer.status_code, list(answer.json()["errors"])) == (503, ["media"])
    assert int(answer.headers["Retry-After"]) > 0
    assert not Incident.objects.exists()


def test_a_name_is_written_over_and_never_doubled(media_root: Path) -> None:
    storage = DurableStorage()
    for content in (b"first", b"second"):
        assert storage.save("thumb/ab/x.jpg", ContentFile(content)) == "thumb/ab/x.jpg"
    assert [path.read_bytes() for path in (media_root / "thumb").rglob("*.*")] == [b"second"]
    assert (media_root / "thumb/ab/x.jpg").stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_written_whole_is_not_there(media_root: Path) -> None:
    class Broken(ContentFile[bytes]):
        def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
            yield b"half"
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError, match="No space"):
        DurableStorage().save("original/ab/x", Broken(b"half and half"))
    assert [path for path in media_root.rglob("*") if path.is_file()] == []


@pytest.mark.skipif(os.getuid() != 0, reason="only root mounts a small disk")
@pytest.mark.parametrize("place", ["arrivals", "originals"])
def test_a_full_disk_is_said_and_nothing_stays(
    web: Client, settings: Settings, tmp_path: Path, place: str
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    with small_disk(small):
        if place == "arrivals":
            settings.FILE_UPLOAD_TEMP_DIR = small
        else:
            settings.MEDIA_ROOT = small
        answer = post_photos(web, ("a.jpg", photo(LUXUN_PARK, side=1500)))
        assert (answer.status_code, list(answer.json()["errors"])) == (503, ["media"])
        assert int(answer.headers["Retry-After"]) > 0
        assert [path for path in small.rglob("*") if path.is_file()] == []
    assert not Incident.objects.exists()
    assert not Original.objects.exists()


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of 256 KB, for as long as it takes."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def test_what_a_killed_request_left_is_removed_later(settings: Settings, tmp_path: Path) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = arrivals = tmp_path / "arrivals"
    (arrivals / "copies").mkdir(parents=True)
    for name in ("old.upload", "young.upload", "copies/display"):
        (arrivals / name).write_bytes(b"half")
    long_ago = time.time() - 2 * 3600
    for name in ("old.upload", "copies"):
        os.utime(arrivals / name, (long_ago, long_ago))
    assert forget_leftovers() == 2
    assert [path.name for path in arrivals.iterdir()] == ["young.upload"]


def test_a_file_of_cases_lies_in_a_bucket_as_on_a_disk(bucket: Any) -> None:
    content = b"number,text\n1,litter\n" * 100_000
    kept = keeping.keep(BytesIO(content), "cases.csv")
    with keeping.opened(kept) as file:
        assert file.read() == content
    keeping.delete(kept)
    assert list(bucket.objects.all()) == []
