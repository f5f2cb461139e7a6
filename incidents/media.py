"""Photos and videos: sealed as they came, shown only as copies without metadata.

An original lies under a random name with its checksum, and on disk before its row is written; the
same bytes twice are stored once. `incidents.decoding` alone opens it; what is shown are the copies
`display` and `thumb`, always re-encoded, and of a video the bare stream without its tags.
"""

import logging
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import filetype
from django.conf import settings
from django.contrib.gis.geos import Point
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from incidents import decoding
from incidents.errors import NoRoom, Refused, TooLarge, WrongMedia
from incidents.models import Incident, Media, Original, as_point
from incidents.storage import on_disk
from incidents.unreadable import Reason, Unreadable
from incidents.uploads import Incoming, clean_name

log = logging.getLogger(__name__)
PHOTO_TYPES = frozenset(
    {"image/jpeg", "image/png", "image/apng", "image/webp", "image/heic", "image/heif"}
)
VIDEO_TYPES = frozenset({"video/mp4", "video/quicktime", "video/x-m4v", "video/3gpp"})
# Brands of HEIC that filetype does not know, ten bits a colour among them.
HEIF_BRANDS = frozenset({b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"})
SUFFIXES = {"original": "", "display": ".jpg", "thumb": ".jpg", "video": ".mp4"}
SHOWN_AS = {"display": "image/jpeg", "thumb": "image/jpeg", "video": "video/mp4"}


@dataclass(frozen=True, slots=True)
class Sealed:
    """An original durably stored. `position`: WGS-84, or None; `duration_s` of a video."""

    uid: uuid.UUID
    content_type: str
    size: int
    sha256: str
    position: Point | None
    duration_s: float | None

    def discard(self) -> None:
        name = name_of(self.uid, "original")
        try:
            default_storage.delete(name)
        except OSError as error:  # `check_media` finds it later
            log.warning("%s is left over: %s", name, error)


def name_of(uid: uuid.UUID, copy: str) -> str:
    """Where the storage has it; two letters as a folder keep folders small."""
    return f"{copy}/{uid.hex[:2]}/{uid}{SUFFIXES[copy]}"


# --- In -----------------------------------------------------------------------------------------


@contextmanager
def sealed_from(uploads: Sequence[Any], field: str = "media") -> Iterator[list[Sealed]]:
    """The uploads, sealed, for one transaction inside. Raises Refused, naming the file and why.

    When that ends with an error, what no row has claimed is thrown away. Not after an error of the
    database, whose commit may have happened all the same: `check_media` finds what is left over.
    """
    sealed = seal_all(uploads, field)
    try:
        yield sealed
    except DatabaseError:
        raise
    except Exception:
        discard_unclaimed(sealed)
        raise


def discard_unclaimed(sealed: Sequence[Sealed]) -> None:
    uids = [each.uid for each in sealed]
    claimed = set(Original.objects.filter(uid__in=uids).values_list("uid", flat=True))
    discard(each for each in sealed if each.uid not in claimed)


def seal_all(uploads: Sequence[Any], field: str) -> list[Sealed]:
    """All of them or none. Raises Refused, naming the file and why."""
    if len(uploads) > settings.MEDIA_MAX_FILES:
        limit = settings.MEDIA_MAX_FILES
        raise TooLarge(field, _("At most %(limit)s photos at a time.") % {"limit": limit})
    sealed: dict[str, Sealed] = {}
    try:
        for upload in uploads:
            if upload.sha256 not in sealed:  # the same photo twice in one report is one photo
                sealed[upload.sha256] = seal(upload, field)
    except Refused:
        discard(sealed.values())
        raise
    return list(sealed.values())


def seal(upload: Incoming, field: str) -> Sealed:
    """Check an upload and put it durably away. Raises Refused, naming the file and why."""
    name = clean_name(upload.name)
    size = upload.size or 0
    if not size:
        raise Refused(field, _("%(name)s is empty.") % {"name": name})
    if upload.is_too_large:
        limit = settings.MEDIA_MAX_BYTES // 1024**2
        raise TooLarge(
            field, _("%(name)s is larger than %(limit)s MB.") % {"name": name, "limit": limit}
        )
    if upload.no_room:
        raise NoRoom(field)
    found = inspect(upload, name, field)
    uid = uuid.uuid4()
    try:
        default_storage.save(name_of(uid, "original"), upload)
    except OSError as error:
        log.warning("cannot store an upload: %s", error)
        raise NoRoom(field) from error
    position = as_point(*found["position"]) if found["position"] else None
    return Sealed(
        uid, found["content_type"], size, upload.sha256, position, found.get("duration_s")
    )


def discard(sealed: Iterable[Sealed]) -> None:
    for each in sealed:
        each.discard()


def inspect(upload: Incoming, name: str, field: str) -> dict[str, Any]:
    """Decoded whole, in the limited child. Raises Refused."""
    if sniff(upload) not in PHOTO_TYPES | VIDEO_TYPES:
        raise WrongMedia(
            field,
            _("%(name)s is not a JPEG, PNG, WebP or HEIC photo, nor an MP4 or MOV video.")
            % {"name": name},
        )
    try:
        return decoding.inspect(Path(upload.temporary_file_path()))
    except Unreadable as error:
        refusal = TooLarge if error.reason in TOO_MUCH else Refused
        raise refusal(field, sentence(error.reason, name)) from error
    except decoding.DecoderGone as error:
        raise NoRoom(field) from error


TOO_MUCH = frozenset({Reason.TOO_BIG, Reason.LASTS_TOO_LONG})


def sniff(upload: Incoming) -> str:
    upload.seek(0)
    head = upload.read(4096)
    upload.seek(0)
    if head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS:
        return "image/heif"
    return str(filetype.guess_mime(head) or "")  # type: ignore[no-untyped-call]


def sentence(reason: Reason, name: str) -> str:
    match reason:
        case Reason.TOO_BIG:
            text = _("%(name)s is too large to open: at most %(pixels)s million pixels.")
        case Reason.TOO_LONG:
            text = _("%(name)s takes too long to open.")
        case Reason.LASTS_TOO_LONG:
            text = _("%(name)s is too long: a video may run for %(minutes)s minutes.")
        case Reason.CODEC:
            text = _("%(name)s has a video format that browsers cannot show.")
        case Reason.BROKEN:
            text = _("%(name)s is damaged or cut off and cannot be opened.")
    return text % {
        "name": name,
        "pixels": settings.MEDIA_MAX_PIXELS // 1_000_000,
        "minutes": settings.MEDIA_MAX_SECONDS // 60,
    }


def attach(sealed: Sequence[Sealed], incident: Incident, **more: Any) -> list[Media]:
    """Write the rows of what was sealed; `more` says whose it is and at which stage.

    Inside the transaction of the report. Bytes that are stored already are not kept twice: ours
    go once the commit says that the others stay.
    """
    if not sealed:
        return []
    # One order for everybody: two reports with the same two photos never wait for each other.
    fresh = [original_of(each) for each in sorted(sealed, key=lambda each: each.sha256)]
    Original.objects.bulk_create(fresh, ignore_conflicts=True)
    stored = Original.objects.filter(sha256__in=[each.sha256 for each in sealed])
    kept = {each.sha256: each for each in stored}
    spare = [each for each in sealed if kept[each.sha256].uid != each.uid]
    for each in spare:
        restore(each, kept[each.sha256])
    # Robust: a storage that is away now must not take back an answer already earned.
    transaction.on_commit(lambda: discard(spare), robust=True)
    rows = [Media(incident=incident, original=kept[each.sha256], **more) for each in sealed]
    return Media.objects.bulk_create(rows)


def restore(sealed: Sealed, original: Original) -> None:
    """The same bytes came again: where ours were lost or cut short, these take their place."""
    name = name_of(original.uid, "original")
    if default_storage.exists(name) and default_storage.size(name) == original.size:
        return
    log.error("original %s was damaged; its bytes came again", original.uid)
    with default_storage.open(name_of(sealed.uid, "original")) as content:
        default_storage.save(name, content)
    Original.objects.filter(pk=original.pk).update(state=Original.State.WAITING, tries=0)


def original_of(sealed: Sealed) -> Original:
    return Original(
        uid=sealed.uid,
        content_type=sealed.content_type,
        size=sealed.size,
        sha256=sealed.sha256,
        position=sealed.position,
        duration_s=sealed.duration_s,
    )


# --- Copies -------------------------------------------------------------------------------------


def make_copies(original: Original) -> None:
    """Decode the original in the limited child and store what may be shown.

    Raises Unreadable, DecoderGone, or OSError where there is no room.
    """
    with (
        on_disk(default_storage, name_of(original.uid, "original")) as path,
        TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as out,
    ):
        for copy in decoding.copies(path, Path(out)):
            with Copy(Path(out) / copy) as content:
                default_storage.save(name_of(original.uid, copy), content)


class Copy(File[bytes]):
    """A finished file of ours that the storage may move instead of copying."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.open("rb"), name=path.name)
        self.path = path

    def temporary_file_path(self) -> str:
        return str(self.path)
