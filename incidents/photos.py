"""Photos, in the limited child: checked whole, read for their position, copied clean. Pure."""

import struct
from io import BytesIO
from math import isfinite
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError
from pillow_heif import register_heif_opener

from incidents.unreadable import Reason, Unreadable

register_heif_opener()
# Every plugin now, once, in the template: a fork then has it for nothing.
Image.init()
# Our own cap, checked before anything is decoded, is lower and gives a sentence.
Image.MAX_IMAGE_PIXELS = None

OPENED = ("JPEG", "PNG", "WEBP", "HEIF")
FORMATS = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",  # what many phones write: a JPEG with a second picture behind it
    "PNG": "image/png",
    "WEBP": "image/webp",
    "HEIF": "image/heic",
}
# What Pillow and its plugins raise for files that are not what they say.
BROKEN: tuple[type[Exception], ...] = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    RuntimeError,
    struct.error,
    KeyError,
    IndexError,
    TypeError,
    OverflowError,
    AttributeError,
)
ABSURD: tuple[type[Exception], ...] = (*BROKEN, ZeroDivisionError)
NO_PROFILE: tuple[type[Exception], ...] = (*BROKEN, ImageCms.PyCMSError)
DISPLAY_PX, THUMB_PX = 1600, 320
STRIP_PX = 128
# The EXIF tag "Orientation", as TIFF 6.0 numbers it.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# JPEG decodes at an eighth for next to nothing, and still reads every byte.
DRAFT_PX = 256
Position = tuple[float, float]


def opened(path: str, pixels: int) -> Image.Image:
    image = Image.open(path, formats=OPENED)
    if image.width * image.height > pixels:
        raise Unreadable(Reason.TOO_BIG, f"{image.width} x {image.height}")
    return image


def inspect(path: str, *, pixels: int, video_s: int) -> dict[str, Any]:
    with opened(path, pixels) as image:
        found = {
            "content_type": FORMATS[str(image.format)],
            "width": image.width,
            "height": image.height,
            "position": exif_position(image),
        }
        image.draft("L", (DRAFT_PX, DRAFT_PX))
        image.load()
        return found


def exif_position(image: Image.Image) -> Position | None:
    """Longitude and latitude in the EXIF (WGS-84 by its standard), None if absent or absurd."""
    try:
        gps = image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        latitude = degrees(gps[ExifTags.GPS.GPSLatitude], gps.get(ExifTags.GPS.GPSLatitudeRef))
        longitude = degrees(gps[ExifTags.GPS.GPSLongitude], gps.get(ExifTags.GPS.GPSLongitudeRef))
    except ABSURD:
        # A photo whose EXIF lies is still a photo.
        return None
    return plausible(longitude, latitude)


def plausible(longitude: float, latitude: float) -> Position | None:
    """The position where it is one on Earth; (0, 0) is what a phone writes that knows nothing."""
    inside = isfinite(longitude) and isfinite(latitude)
    inside = inside and abs(latitude) <= 90 and abs(longitude) <= 180
    return (longitude, latitude) if inside and (longitude, latitude) != (0, 0) else None


def degrees(parts: tuple[float, float, float], ref: str | None) -> float:
    """Degrees, minutes, seconds and a letter to signed degrees."""
    degree, minute, second = (float(part) for part in parts)
    value = degree + minute / 60 + second / 3600
    return -value if ref in {"S", "W"} else value


def copy(path: str, out: Path, *, pixels: int) -> list[str]:
    """`display` and `thumb`: upright JPEGs of the pixels alone."""
    with opened(path, pixels) as original:
        original.draft("RGB", (DISPLAY_PX, DISPLAY_PX))
        small = shrunk(original)
        profile, turn = original.info.get("icc_profile"), turn_of(original)
    small.thumbnail((DISPLAY_PX, DISPLAY_PX))
    coloured = in_srgb(small, profile)
    return write_copies(clean(coloured.transpose(turn) if turn is not None else coloured), out)


def turn_of(image: Image.Image) -> Image.Transpose | None:
    """What sets it upright, by the EXIF tag; None where it stands already or says nonsense."""
    try:
        return TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except BROKEN:
        return None


def shrunk(image: Image.Image) -> Image.Image:
    """With eight bits a channel, and by a whole factor smaller where far larger than a copy.

    Strip by strip: beside 50 megapixels there is no room for a second image of their size.
    """
    factor = max(1, max(image.size) // (2 * DISPLAY_PX))
    size = (-(-image.width // factor), -(-image.height // factor))
    small, step = None, STRIP_PX * factor
    for top in range(0, image.height, step):
        strip = image.crop((0, top, image.width, min(top + step, image.height)))
        reduced = eight_bits(strip).reduce(factor)
        small = small or Image.new(reduced.mode, size)
        small.paste(reduced, (0, top // factor))
    assert small is not None  # an image has at least one row
    return small


def write_copies(display: Image.Image, out: Path) -> list[str]:
    save(display, out / "display")
    display.thumbnail((THUMB_PX, THUMB_PX))
    save(display, out / "thumb")
    return ["display", "thumb"]


def eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits is scaled down: converting alone would turn all but the darkest white."""
    if image.mode.startswith("I"):
        return image.point(lambda value: value / 256).convert("L")
    return image.convert("RGBA") if image.mode in {"P", "PA", "LA", "RGBa", "La"} else image


def in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Phones of today photograph in wider colours than the copies declare."""
    if not profile or image.mode not in {"RGB", "RGBA", "CMYK", "L"}:
        return image
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        return (
            ImageCms.profileToProfile(
                image, BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode=mode
            )
            or image
        )
    except NO_PROFILE:
        return image  # a profile that is none: the colours as they are


def clean(image: Image.Image) -> Image.Image:
    """The pixels alone, on white where the photo was transparent."""
    rgb = image.convert("RGB") if image.mode == "CMYK" else image
    rgba = rgb.convert("RGBA")
    plain = Image.new("RGB", rgba.size, "white")
    plain.paste(rgba, mask=rgba.getchannel("A"))
    return plain


def save(image: Image.Image, path: Path) -> None:
    image.save(path, "JPEG", quality=82, optimize=True)
