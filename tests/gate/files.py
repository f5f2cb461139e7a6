"""Files as strangers send them: broken, lying, hostile, or merely unusual."""

import zlib
from fractions import Fraction
from io import BytesIO
from typing import Any

from PIL import ExifTags, Image

from tests.incidents.clips import video
from tests.pictures import photo

GPS = ExifTags.GPS
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
CONCAT = b"ffconcat version 1.0\nfile /etc/passwd\n"
FTYP = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2"


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def noise(side: int = 64) -> Image.Image:
    return Image.effect_noise((side, side), 60).convert("RGB")


def png_bomb(side: int) -> bytes:
    """A PNG of side x side pixels in a few KB: its header, and zeros that compress to nothing."""
    packer = zlib.compressobj(9)
    row = bytes(1 + side * 4)
    packed = b"".join(packer.compress(row) for _n in range(side)) + packer.flush()
    header = b"IHDR" + side.to_bytes(4) + side.to_bytes(4) + b"\x08\x06\x00\x00\x00"
    chunks = [header, b"IDAT" + packed, b"IEND"]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (len(chunk) - 4).to_bytes(4) + chunk + zlib.crc32(chunk).to_bytes(4) for chunk in chunks
    )


def with_exif(**gps: Any) -> bytes:
    """A JPEG that says so of itself, with a date that never was and a script in its words."""
    exif = Image.Exif()
    exif[ExifTags.Base.DateTime] = "9999:99:99 99:99:99"
    exif[ExifTags.Base.ImageDescription] = "<script>alert(1)</script>"
    directory = exif.get_ifd(ExifTags.IFD.GPSInfo)
    directory.update({int(getattr(GPS, name)): value for name, value in gps.items()})
    return encoded(noise(), "JPEG", exif=exif)


def spoilt(content: bytes) -> bytes:
    """The EXIF directory is there, and what it points to is nonsense."""
    at = content.index(b"Exif") + 14
    return content[:at] + b"\xff" * 40 + content[at + 40 :]


NORTH = {"GPSLatitudeRef": "N", "GPSLatitude": (41.0, 0.0, 0.0)}
EXIF_LIES: dict[str, bytes] = {
    "half a position": with_exif(**NORTH),
    "400 degrees East": with_exif(**NORTH, GPSLongitudeRef="E", GPSLongitude=(400.0, 0.0, 0.0)),
    "null island": with_exif(
        GPSLatitudeRef="N",
        GPSLatitude=(0.0, 0.0, 0.0),
        GPSLongitudeRef="E",
        GPSLongitude=(0.0, 0.0, 0.0),
    ),
    "two numbers too few": with_exif(
        GPSLatitudeRef="N", GPSLatitude=(41.0,), GPSLongitudeRef="E", GPSLongitude=(123.0,)
    ),
    "spoilt": spoilt(with_exif(**NORTH)),
}


def unusual() -> dict[str, bytes]:
    """Images that are taken: each ends as a plain JPEG."""
    rgb = noise()
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "green", "blue")]
    several = {"save_all": True, "append_images": frames[1:]}
    return {
        "palette": encoded(rgb.convert("P"), "PNG", transparency=0),
        "grey with alpha": encoded(rgb.convert("LA"), "PNG"),
        "one bit": encoded(rgb.convert("1"), "PNG"),
        "16-bit": encoded(Image.new("I;16", (64, 48), 40_000), "PNG"),
        "CMYK": encoded(rgb.convert("CMYK"), "JPEG"),
        "animated PNG": encoded(frames[0], "PNG", **several),
        "animated WebP": encoded(frames[0], "WEBP", **several),
        "false colour profile": encoded(rgb, "JPEG", icc_profile=b"no profile"),
        "polyglot: a page behind it": photo() + SVG,
        "polyglot: an archive behind it": photo() + b"PK\x03\x04" + bytes(200),
    } | {f"lying EXIF: {name}": content for name, content in EXIF_LIES.items()}


def refused() -> dict[str, tuple[bytes, int]]:
    """Files that are not taken, and the status that says so."""
    return {
        "0 bytes": (b"", 400),
        "4-byte fake": (b"\xff\xd8\xff\xe0", 400),
        "truncated JPEG": (photo(side=400)[:9000], 400),
        "truncated PNG": (encoded(noise(), "PNG")[:-200], 400),
        "mistyped": (b"only words", 415),
        "GIF": (encoded(noise().convert("P"), "GIF"), 415),
        "SVG": (SVG, 415),
        "HTML": (b"<!doctype html><script>alert(1)</script>", 415),
        "PDF": (b"%PDF-1.7\n", 415),
        "bomb": (png_bomb(7_100), 413),
        "playlist": (PLAYLIST, 415),
        "concat script": (CONCAT, 415),
        "playlist dressed as a video": (FTYP + PLAYLIST, 400),
        "head of a video": (FTYP, 400),
        "truncated video": (video()[:900], 400),
        "24-hour video of a few KB": (
            video(seconds=2, rate=Fraction(1, 43_200), sound=False),
            413,
        ),
    }


NAMES: dict[str, str] = {
    "../": "../../../../etc/passwd",
    "backslashes": "..\\..\\windows\\system32\\x.jpg",
    "NUL": "a\x00b.jpg",
    "4,096 bytes": "a" * 4_092 + ".jpg",
    "an ending of 4,096 bytes": "a." + "j" * 4_094,
    "none": "",
    "two dots": "..",
    "markup": "<script>alert(1)</script>.jpg",
    "right to left": "gpj.\u202eexe",
    "Chinese": "路灯.jpg",
}
