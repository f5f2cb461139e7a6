"""Photos: sealed as they came, shown only as re-encoded copies without metadata.

Files lie below MEDIA_ROOT in `original/`, `display/` and `thumb/`, each under the photo's random
uid, two letters of it as a folder. A sealed original is on disk before its row is written.
"""

import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import filetype
from django.conf import settings
from django.contrib.gis.geos import Point
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError
from pillow_heif import register_heif_opener

from incidents.errors import Refused, TooLarge, WrongMedia
from incidents.models import Incident, Media, as_point

Upload = UploadedFile[Any]
register_heif_opener()
Image.MAX_IMAGE_PIXELS = settings.MEDIA_MAX_PIXELS

PHOTO_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/heic", "image/heif"})
# What Pillow and its plugins raise for files that are not what they say.
UNREADABLE = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    RuntimeError,
)
DISPLAY_PX, THUMB_PX = 1600, 320


@dataclass(frozen=True, slots=True)
class SealedPhoto:
    """An original on disk, fsynced. `exif_position`: WGS-84, or None."""

    uid: uuid.UUID
    content_type: str
    size: int
    sha256: str
    exif_position: Point | None

    def discard(self) -> None:
        path_of(self.uid, "original").unlink(missing_ok=True)


def row_of(photo: SealedPhoto, incident: Incident, **more: Any) -> Media:
    """The row of a sealed photo, not saved; `more` says whose it is and at which stage."""
    return Media(
        uid=photo.uid,
        incident=incident,
        content_type=photo.content_type,
        size=photo.size,
        sha256=photo.sha256,
        exif_position=photo.exif_position,
        **more,
    )


def path_of(uid: uuid.UUID, copy: str) -> Path:
    suffix = "" if copy == "original" else ".jpg"
    return Path(settings.MEDIA_ROOT) / copy / uid.hex[:2] / f"{uid}{suffix}"


def seal(upload: Upload, field: str = "media") -> SealedPhoto:
    """Check an upload and put it durably away. Raises Refused, naming the file and why."""
    name = Path(str(upload.name or "")).name[:80]
    size = upload.size or 0
    if not size:
        raise Refused(field, _("%(name)s is empty.") % {"name": name})
    if size > settings.MEDIA_MAX_BYTES:
        limit = settings.MEDIA_MAX_BYTES // 1024**2
        raise TooLarge(
            field, _("%(name)s is larger than %(limit)s MB.") % {"name": name, "limit": limit}
        )
    content_type = sniff(upload)
    if content_type not in PHOTO_TYPES:
        raise WrongMedia(
            field, _("%(name)s is not a JPEG, PNG, WebP or HEIC photo.") % {"name": name}
        )
    position = inspect(upload, name, field)
    uid = uuid.uuid4()
    digest = write_durably(path_of(uid, "original"), upload)
    return SealedPhoto(uid, content_type, size, digest, position)


def sniff(upload: Upload) -> str:
    upload.seek(0)
    head = upload.read(4096)
    upload.seek(0)
    return str(filetype.guess_mime(head) or "")  # type: ignore[no-untyped-call]


def inspect(upload: Upload, name: str, field: str) -> Point | None:
    """Read the header alone: pixels within the cap, and where the photo says it was taken."""
    try:
        with Image.open(upload) as image:
            if image.width * image.height > settings.MEDIA_MAX_PIXELS:
                millions = settings.MEDIA_MAX_PIXELS // 1_000_000
                raise TooLarge(
                    field,
                    _("%(name)s has more than %(limit)s million pixels.")
                    % {"name": name, "limit": millions},
                )
            return exif_position(image)
    except UNREADABLE as error:
        raise Refused(field, _("%(name)s cannot be read as a photo.") % {"name": name}) from error
    finally:
        upload.seek(0)


def exif_position(image: Image.Image) -> Point | None:
    """The GPS position in the photo's EXIF (WGS-84 by its standard), None if absent or absurd."""
    gps = image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    try:
        latitude = degrees(gps[ExifTags.GPS.GPSLatitude], gps.get(ExifTags.GPS.GPSLatitudeRef))
        longitude = degrees(gps[ExifTags.GPS.GPSLongitude], gps.get(ExifTags.GPS.GPSLongitudeRef))
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    inside = -90 <= latitude <= 90 and -180 <= longitude <= 180 and (latitude, longitude) != (0, 0)
    return as_point(longitude, latitude) if inside else None


def degrees(parts: tuple[float, float, float], ref: str | None) -> float:
    """Degrees, minutes, seconds and a letter to signed degrees."""
    degree, minute, second = (float(part) for part in parts)
    value = degree + minute / 60 + second / 3600
    return -value if ref in {"S", "W"} else value


def write_durably(path: Path, source: Upload) -> str:
    """Stream `source` to `path`; file and folder are on disk when this returns. Gives SHA-256."""
    digest = hashlib.sha256()
    with durable_file(path) as target:
        for chunk in source.chunks(256 * 1024):
            digest.update(chunk)
            target.write(chunk)
    source.seek(0)
    return digest.hexdigest()


@contextmanager
def durable_file(path: Path) -> Iterator[BinaryIO]:
    """Write beside `path`, fsync, rename, fsync the folder: whole and kept, or not there."""
    make_folder(path.parent)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_copies(uid: uuid.UUID) -> None:
    """Decode the original once; write the display copy and the thumbnail. Raises UNREADABLE."""
    with Image.open(path_of(uid, "original")) as original:
        original.draft("RGB", (DISPLAY_PX, DISPLAY_PX))
        upright = ImageOps.exif_transpose(original)
        upright.thumbnail((DISPLAY_PX, DISPLAY_PX))
        clean = without_metadata(upright)
    save(clean, path_of(uid, "display"))
    clean.thumbnail((THUMB_PX, THUMB_PX))
    save(clean, path_of(uid, "thumb"))


def without_metadata(image: Image.Image) -> Image.Image:
    """The pixels alone, on white where the photo was transparent."""
    rgba = image.convert("RGBA")
    clean = Image.new("RGB", rgba.size, "white")
    clean.paste(rgba, mask=rgba.getchannel("A"))
    return clean


def save(image: Image.Image, path: Path) -> None:
    with durable_file(path) as target:
        image.save(target, "JPEG", quality=82, optimize=True)
