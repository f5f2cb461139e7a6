"""atheris at one parser of strangers' bytes: `python -m tests.drills._gate_parsers TARGET ...`.

Coverage guides it through our own modules and Pillow's. A target lets pass only the refusals its
parser is documented to raise; anything else is a find.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["districts", "incidents", "PIL"]):
    from districts import bbox, geojson
    from districts.errors import MalformedBox
    from incidents import photos, videos
    from incidents.unreadable import Unreadable

PIXELS = 4_000_000
FOLDER = Path(tempfile.mkdtemp(prefix="hotline-fuzz-"))


def box(data: bytes) -> None:
    with suppress(MalformedBox):
        bbox.parse_bbox(data.decode("utf-8", "replace"))


def point(data: bytes) -> None:
    try:
        given = json.loads(data)
    except (ValueError, RecursionError):
        return
    with suppress(geojson.MalformedPoint):
        geojson.coordinates(given)


def iso_6709(data: bytes) -> None:
    found = videos.position_of({"location": data.decode("utf-8", "replace")})
    assert found is None or (abs(found[0]) <= 180 and abs(found[1]) <= 90)


def photo(data: bytes) -> None:
    path = saved(data)
    with suppress(Unreadable, *photos.BROKEN):
        photos.inspect(str(path), pixels=PIXELS, video_s=60)
        photos.copy(str(path), FOLDER, pixels=PIXELS)


def video(data: bytes) -> None:
    path = saved(data)
    with suppress(Unreadable, *videos.BROKEN):
        videos.inspect(str(path), pixels=PIXELS, video_s=60)
        videos.copy(str(path), FOLDER, pixels=PIXELS)


def saved(data: bytes) -> Path:
    path = FOLDER / "file"
    path.write_bytes(data)
    return path


TARGETS: dict[str, Callable[[bytes], None]] = {
    "bbox": box,
    "geojson": point,
    "iso_6709": iso_6709,
    "photo": photo,
    "video": video,
}

if __name__ == "__main__":
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
