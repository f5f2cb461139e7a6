"""Does every row have its bytes, and every file its row? Each fault is found and named.

A file without a row is what a crash between sealing and committing leaves; while it is young it
may also be a report on its way.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import PurePosixPath
from uuid import UUID

from django.core.files.storage import Storage
from django.utils import timezone

from incidents.media import SUFFIXES, name_of
from incidents.models import Original
from incidents.sealed_files import KINDS, SealedFiles
from incidents.storage import every_name

CHUNK = 1024 * 1024


class Fault(StrEnum):
    MISSING = "missing"  # a row whose original or sealed file is not there
    SIZE = "size"  # an original of another length than its row says
    CHECKSUM = "checksum"  # an original whose bytes have changed
    COPY_MISSING = "copy-missing"  # a copy that can be made again
    ORPHAN = "orphan"  # a file of no row
    UNUSED = "unused"  # an original that no report or work order holds


@dataclass(frozen=True, slots=True)
class Found:
    fault: Fault
    name: str

    def __str__(self) -> str:
        return f"{self.fault} {self.name}"


def faults(storage: Storage, *, older_than: datetime, checksums: bool) -> Iterator[Found]:
    """Every fault; a file without a row counts once it is older than that time."""
    known: set[UUID] = set()
    for original in Original.objects.order_by("pk").iterator(chunk_size=2000):
        known.add(original.uid)
        yield from faults_of(storage, original, checksums=checksums)
    unused = Original.objects.filter(media=None, created_at__lt=older_than)
    for uid in unused.values_list("uid", flat=True):
        yield Found(Fault.UNUSED, name_of(uid, "original"))
    for name in orphans(storage, known, older_than):
        yield Found(Fault.ORPHAN, name)
    for kind in KINDS.values():
        yield from faults_of_sealed(storage, kind, older_than)


def faults_of_sealed(storage: Storage, kind: SealedFiles, older_than: datetime) -> Iterator[Found]:
    """Rows without their bytes, unless erased, and bytes without a row."""
    for uid in kind.lasting_uids().iterator(chunk_size=2000):
        if not storage.exists(kind.name_of(uid)):
            yield Found(Fault.MISSING, kind.name_of(uid))
    known = kind.uids()
    for name in every_name(storage, kind.folder):
        if uid_of(name) not in known and written_before(storage, name, older_than):
            yield Found(Fault.ORPHAN, name)


def faults_of(storage: Storage, original: Original, *, checksums: bool) -> Iterator[Found]:
    name = name_of(original.uid, "original")
    if not storage.exists(name):
        yield Found(Fault.MISSING, name)
    elif storage.size(name) != original.size:
        yield Found(Fault.SIZE, name)
    elif checksums and checksum(storage, name) != original.sha256:
        yield Found(Fault.CHECKSUM, name)
    if original.is_ready:
        for copy in copies_of(original):
            if not storage.exists(name_of(original.uid, copy)):
                yield Found(Fault.COPY_MISSING, name_of(original.uid, copy))


def copies_of(original: Original) -> tuple[str, ...]:
    return ("display", "thumb", "video") if original.is_video else ("display", "thumb")


def checksum(storage: Storage, name: str) -> str:
    digest = hashlib.sha256()
    with storage.open(name) as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def orphans(storage: Storage, known: set[UUID], older_than: datetime) -> Iterator[str]:
    for folder in SUFFIXES:
        for name in every_name(storage, folder):
            if uid_of(name) not in known and written_before(storage, name, older_than):
                yield name


def written_before(storage: Storage, name: str, moment: datetime) -> bool:
    """False also for a file that has gone meanwhile."""
    try:
        return storage.get_modified_time(name) < moment
    except FileNotFoundError:
        return False


def uid_of(name: str) -> UUID | None:
    """None for a name that we would not give, such as one half written."""
    path = PurePosixPath(name)
    try:
        uid = UUID(path.stem)
    except ValueError:
        return None
    kind = KINDS.get(path.parts[0])
    given = kind.name_of(uid) if kind else name_of(uid, path.parts[0])
    return uid if name == given else None


def mend(storage: Storage, found: Found) -> bool:
    """What can be put right without losing anything: copies are made anew, orphans go."""
    match found.fault:
        case Fault.COPY_MISSING if uid := uid_of(found.name):
            Original.objects.filter(uid=uid).update(
                state=Original.State.WAITING, process_after=timezone.now(), tries=0
            )
        case Fault.ORPHAN:
            return put_to_use(storage, found.name) or remove(storage, found.name)
        case _:
            return False
    return True


def put_to_use(storage: Storage, name: str) -> bool:
    """Whether the file has the bytes that some original lacks: then it takes that place."""
    if not name.startswith("original/"):
        return False
    digest = checksum(storage, name)
    lacking = Original.objects.filter(sha256=digest).first()
    if lacking is None or storage.exists(name_of(lacking.uid, "original")):
        return False
    with storage.open(name) as content:
        storage.save(name_of(lacking.uid, "original"), content)
    storage.delete(name)
    return True


def remove(storage: Storage, name: str) -> bool:
    """Unless a row has come for it since the names were read."""
    uid = uid_of(name)
    if uid is None or not has_row(name.partition("/")[0], uid):
        storage.delete(name)
    return True


def has_row(folder: str, uid: UUID) -> bool:
    kind = KINDS.get(folder)
    return kind.has(uid) if kind else Original.objects.filter(uid=uid).exists()
