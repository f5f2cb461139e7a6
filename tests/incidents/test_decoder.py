"""The limited child: what a bomb may cost, and that it takes nothing else with it."""

import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import ExifTags, Image
from pytest_django import Settings

from incidents import decoding
from incidents.unreadable import Unreadable
from tests.conftest import LUXUN_PARK, photo


def saved(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(content)
    return path


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png_bomb(side: int) -> bytes:
    """A PNG of side x side pixels in a few KB: its header, and zeros that compress to nothing."""
    packer = zlib.compressobj(9)
    row = bytes(1 + side * 4)
    packed = b"".join(packer.compress(row) for _n in range(side)) + packer.flush()
    whole = encoded(Image.new("RGBA", (1, 1)), "PNG")
    header = b"IHDR" + side.to_bytes(4) + side.to_bytes(4) + b"\x08\x06\x00\x00\x00"
    chunks = [header, b"IDAT" + packed, b"IEND"]
    return whole[:8] + b"".join(
        (len(chunk) - 4).to_bytes(4) + chunk + zlib.crc32(chunk).to_bytes(4) for chunk in chunks
    )


def test_pixels_are_counted_before_they_are_decoded(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="too_big"):
        decoding.inspect(saved(tmp_path, png_bomb(7_100)))


def test_memory_ends_the_child_and_not_us(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_DECODER_MB = 40
    with pytest.raises(Unreadable, match="too_big"):
        decoding.inspect(saved(tmp_path, png_bomb(5_000)))
    assert decoding.inspect(saved(tmp_path, photo()))["width"] == 64


def test_time_ends_the_child_and_not_us(tmp_path: Path, settings: Settings) -> None:
    slow = encoded(Image.effect_noise((6000, 6000), 80), "PNG", compress_level=1)
    settings.MEDIA_DECODER_CPU_S = 0
    with pytest.raises(Unreadable, match="too_long"):
        decoding.inspect(saved(tmp_path, slow))
    settings.MEDIA_DECODER_CPU_S = 20
    assert decoding.inspect(saved(tmp_path, slow))["width"] == 6000


def test_a_decoder_that_was_killed_is_started_again(tmp_path: Path) -> None:
    path = saved(tmp_path, photo())
    decoding.inspect(path)
    assert decoding.decoder.running is not None
    first = decoding.decoder.running
    first.kill()
    first.wait()
    assert decoding.inspect(path)["content_type"] == "image/jpeg"
    assert decoding.decoder.running is not first


def strange_images() -> dict[str, bytes]:
    rgb = Image.effect_noise((64, 48), 60).convert("RGB")
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "green", "blue")]
    grey = Image.new("I;16", (64, 48), 40_000)
    return {
        "palette": encoded(rgb.convert("P"), "PNG", transparency=0),
        "grey with alpha": encoded(rgb.convert("LA"), "PNG"),
        "one bit": encoded(rgb.convert("1"), "PNG"),
        "sixteen bits": encoded(grey, "PNG"),
        "CMYK": encoded(rgb.convert("CMYK"), "JPEG"),
        "animated PNG": encoded(frames[0], "PNG", save_all=True, append_images=frames[1:]),
        "animated WebP": encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:]),
        "no colour profile": encoded(rgb, "JPEG", icc_profile=b"no profile"),
        "with a page behind it": photo() + b"<html><script>alert(1)</script>",
        "with an archive behind it": photo() + b"PK\x03\x04" + bytes(200),
    }


@pytest.mark.parametrize("kind", strange_images())
def test_a_strange_image_ends_as_a_plain_jpeg(tmp_path: Path, kind: str) -> None:
    path = saved(tmp_path, strange_images()[kind])
    decoding.inspect(path)
    assert decoding.copies(path, tmp_path) == ["display", "thumb"]
    shown = (tmp_path / "display").read_bytes()
    assert b"script" not in shown
    assert b"PK" not in shown[-300:]
    with Image.open(BytesIO(shown)) as copy:
        copy.load()
        assert (copy.format, copy.mode) == ("JPEG", "RGB")


def test_sixteen_bits_keep_their_brightness(tmp_path: Path) -> None:
    decoding.copies(saved(tmp_path, strange_images()["sixteen bits"]), tmp_path)
    with Image.open(tmp_path / "display") as copy:
        assert copy.convert("L").getpixel((5, 5)) == pytest.approx(40_000 / 256, abs=2)


@pytest.mark.parametrize("turn", range(1, 9))
def test_it_stands_upright(tmp_path: Path, turn: int) -> None:
    """The mark is where a viewer that obeys the tag would see it: at the top left."""
    upright = Image.new("RGB", (80, 60), "white")
    upright.paste("red", (0, 0, 30, 20))
    laid = upright
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    if turn in undo:
        laid = upright.transpose(undo[turn])
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = turn
    decoding.copies(saved(tmp_path, encoded(laid, "JPEG", exif=exif, quality=95)), tmp_path)
    with Image.open(tmp_path / "display") as copy:
        assert copy.size == (80, 60)
        red, green, _blue = copy.convert("RGB").getpixel((8, 8))  # type: ignore[misc]
        assert red > 200
        assert green < 80
        assert min(copy.getpixel((70, 50))) > 200  # type: ignore[arg-type]


def test_a_photo_far_larger_than_its_copy_keeps_its_proportions(tmp_path: Path) -> None:
    wide = Image.effect_noise((9_001, 1_003), 50)
    decoding.copies(saved(tmp_path, encoded(wide, "PNG", compress_level=1)), tmp_path)
    with Image.open(tmp_path / "display") as copy:
        assert copy.size == (1600, 178)
        assert copy.convert("L").getextrema()[1] > 150  # type: ignore[operator]


GPS = ExifTags.GPS


@pytest.mark.parametrize(
    "lies",
    [
        {GPS.GPSLatitudeRef: "N", GPS.GPSLatitude: (41.0, 0.0, 0.0)},
        {
            GPS.GPSLatitudeRef: "N",
            GPS.GPSLatitude: (41.0, 0.0, 0.0),
            GPS.GPSLongitudeRef: "E",
            GPS.GPSLongitude: (400.0, 0.0, 0.0),
        },
        {
            GPS.GPSLatitudeRef: "N",
            GPS.GPSLatitude: (0.0, 0.0, 0.0),
            GPS.GPSLongitudeRef: "E",
            GPS.GPSLongitude: (0.0, 0.0, 0.0),
        },
        {GPS.GPSLatitude: (41.0,), GPS.GPSLongitude: (123.0, 0.0, 0.0)},
    ],
    ids=["half", "400 degrees East", "null island", "too few"],
)
def test_exif_that_lies_gives_no_position(tmp_path: Path, lies: dict[int, Any]) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.DateTime] = "9999:99:99 99:99:99"
    exif[ExifTags.Base.ImageDescription] = "<script>alert(1)</script>"
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps.update(lies)
    content = encoded(Image.new("RGB", (32, 32)), "JPEG", exif=exif)
    assert decoding.inspect(saved(tmp_path, content))["position"] is None


def test_exif_that_is_right_gives_one(tmp_path: Path) -> None:
    position = decoding.inspect(saved(tmp_path, photo(LUXUN_PARK)))["position"]
    assert position == pytest.approx(list(LUXUN_PARK), abs=1e-5)
