"""Videos: placed by their own tags, shown as a first picture and a stream without tags."""

from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import pytest
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from incidents import decoding, videos
from incidents.media import name_of
from incidents.models import Incident, Media, Original, Report
from incidents.storage import every_name
from incidents.tasks import sweep_media
from incidents.unreadable import Unreadable
from incidents.videos import position_of
from tests.conftest import BEIJING, LUXUN_PARK, photo
from tests.incidents.clips import held_upright, video
from tests.incidents.conftest import post_photos

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("town")]


@pytest.mark.parametrize("quicktime", [False, True])
def test_a_video_says_where_it_was_taken(web: Client, quicktime: bool) -> None:
    answer = post_photos(web, ("a.mov", video(LUXUN_PARK, quicktime=quicktime)))
    assert answer.status_code == 201, answer.content
    assert answer.json()["position"]["origin"] == "exif"
    assert answer.json()["division"]["code"] == "210102001001"
    original = Original.objects.get()
    assert original.content_type == ("video/quicktime" if quicktime else "video/mp4")
    assert original.duration_s == pytest.approx(1, abs=0.3)


def test_a_video_from_elsewhere_gives_no_place(web: Client) -> None:
    answer = post_photos(web, ("a.mp4", video(BEIJING)))
    assert (answer.status_code, answer.json()["division"]) == (201, None)


@pytest.mark.parametrize("quicktime", [False, True])
def test_what_is_shown_carries_no_tags(web: Client, quicktime: bool) -> None:
    clip = video(LUXUN_PARK, quicktime=quicktime, title="<script>alert(1)</script>", comment="Wang")
    code = post_photos(web, ("a.mp4", clip)).json()["tracking_code"]
    assert sweep_media() == 1
    tracked = web.get(f"/api/reports/{code}").json()
    with Image.open(BytesIO(b"".join(web.get(tracked["photos"][0])))) as poster:
        assert (poster.format, poster.size) == ("JPEG", (160, 120))
    answer = web.get(tracked["videos"][0])
    shown = b"".join(answer)
    assert (answer.headers["Content-Type"], answer.headers["X-Content-Type-Options"]) == (
        "video/mp4",
        "nosniff",
    )
    for secret in (b"alert", b"Wang", b"41.81", b"apple.quicktime"):
        assert secret in clip or secret in (b"41.81", b"apple.quicktime")
        assert secret not in shown
    with av.open(BytesIO(shown), "r") as copy:
        assert [stream.type for stream in copy.streams] == ["video", "audio"]
        assert len(list(copy.decode(video=0))) == 8


def test_a_player_may_ask_for_a_part(web: Client) -> None:
    code = post_photos(web, ("a.mp4", video())).json()["tracking_code"]
    sweep_media()
    address = web.get(f"/api/reports/{code}").json()["videos"][0]
    whole = b"".join(web.get(address))
    part = web.get(address, headers={"Range": "bytes=10-19"})
    assert (part.status_code, b"".join(part)) == (206, whole[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole)}"
    assert b"".join(web.get(address, headers={"Range": "bytes=-5"})) == whole[-5:]
    assert b"".join(web.get(address, headers={"Range": "bytes=5-"})) == whole[5:]
    beyond = web.get(address, headers={"Range": f"bytes={len(whole)}-"})
    assert (beyond.status_code, b"".join(beyond)) == (416, b"")
    assert b"".join(web.get(address, headers={"Range": "pages=1"})) == whole


def test_a_video_without_sound_is_a_video(web: Client) -> None:
    assert post_photos(web, ("a.mp4", video(sound=False))).status_code == 201
    assert sweep_media() == 1
    assert Original.objects.get().state == "ready"


def test_photos_and_videos_go_in_one_report(web: Client) -> None:
    answer = post_photos(web, ("a.mp4", video()), ("b.jpg", photo()), ("c.mov", video(None)))
    assert answer.status_code == 201
    assert sorted(Original.objects.values_list("content_type", flat=True)) == [
        "image/jpeg",
        "video/mp4",
        "video/mp4",
    ]
    assert Media.objects.filter(report=Report.objects.get()).count() == 3


PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
FTYP = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2"


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (PLAYLIST, 415, "nor an MP4"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", 415, "nor an MP4"),
        (FTYP + PLAYLIST, 400, "damaged"),
        (FTYP, 400, "damaged"),
        (video()[:900], 400, "damaged"),
        (video(seconds=2, rate=Fraction(1, 43_200), sound=False), 413, "too long"),
    ],
    ids=["playlist", "concat", "dressed playlist", "head", "cut off", "a day in a megabyte"],
)
def test_what_is_no_video_is_refused_in_words(
    web: Client, content: bytes, status: int, words: str
) -> None:
    web.cookies["django_language"] = "en"
    answer = post_photos(web, ("clip.mp4", content))
    assert answer.status_code == status, answer.content
    assert "clip.mp4" in answer.json()["errors"]["media"][0]
    assert words in answer.json()["errors"]["media"][0]
    assert not Incident.objects.exists()
    assert list(every_name(default_storage, "original")) == []


@pytest.mark.parametrize(
    ("tag", "position"),
    [
        ("+41.8100+123.4100/", (123.41, 41.81)),
        ("+41.8100+123.4100+050.000/", (123.41, 41.81)),
        ("-33.8568+151.2153CRSWGS_84/", (151.2153, -33.8568)),
        ("+4148.60+12324.60/", (123.41, 41.81)),
        ("+414836+1232436/", (123.41, 41.81)),
        ("+00.0000+000.0000/", None),
        ("+99.0000+123.4100/", None),
        ("+41.81+400.00/", None),
        ("+1+2/", None),
        ("<script>", None),
        ("", None),
    ],
)
def test_iso_6709(tag: str, position: tuple[float, float] | None) -> None:
    found = position_of({"com.apple.quicktime.location.ISO6709": tag})
    assert found == (pytest.approx(position) if position else None)


def test_the_original_of_a_video_stays_as_it_came(web: Client) -> None:
    clip = video(title="mine")
    post_photos(web, ("a.mp4", clip))
    with default_storage.open(name_of(Original.objects.get().uid, "original")) as kept:
        assert kept.read() == clip


def test_a_video_held_upright_is_shown_upright(web: Client) -> None:
    code = post_photos(web, ("a.mp4", held_upright(video()))).json()["tracking_code"]
    sweep_media()
    tracked = web.get(f"/api/reports/{code}").json()
    with Image.open(BytesIO(b"".join(web.get(tracked["photos"][0])))) as poster:
        assert poster.size == (120, 160)
    with av.open(BytesIO(b"".join(web.get(tracked["videos"][0]))), "r") as copy:
        assert next(copy.decode(video=0)).rotation == -90  # clockwise, and for the player to do


def naming_the_same_bytes_again(clip: bytes, after: int = 60) -> bytes:
    """The first pictures as they were; from there on large ones, all at the first one's place."""
    bomb = bytearray(clip)
    sizes, offsets = clip.index(b"stsz") + 12, clip.index(b"stco") + 8
    for n in range(after, int.from_bytes(clip[sizes : sizes + 4])):
        bomb[sizes + 4 * n + 4 : sizes + 4 * n + 8] = (1500).to_bytes(4)
    for n in range(after, int.from_bytes(clip[offsets : offsets + 4])):
        bomb[offsets + 4 * n + 4 : offsets + 4 * n + 8] = clip[offsets + 4 : offsets + 8]
    return bytes(bomb)


def test_an_index_that_names_the_same_bytes_again_makes_no_larger_copy(tmp_path: Path) -> None:
    """A small file that would unpack to a large one: it can be opened, but not copied."""
    path = tmp_path / "bomb.mp4"
    path.write_bytes(naming_the_same_bytes_again(video(seconds=4, rate=25)))
    decoding.inspect(path)
    with pytest.raises(Unreadable, match="more stream than file"):
        videos.copy(str(path), tmp_path, pixels=1_000_000)
