"""Documents of firms: their type told by their bytes, sealed on disk, handed out unopened."""

import secrets
import uuid
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError
from django.utils.translation import gettext as _

from accounts.keys import keyring
from accounts.sealing import BrokenSeal, Keyring, UnknownKey
from enterprises.models import Document
from incidents.errors import NoRoom, Refused, SealedAway, TooLarge, WrongMedia
from incidents.uploads import Incoming, clean_name

MOST, MOST_BYTES = 5, 10 * 1024 * 1024
FIELD = "documents"
BEGINNINGS = {
    b"%PDF-": Document.Kind.PDF,
    b"\xff\xd8\xff": Document.Kind.JPEG,
    b"\x89PNG\r\n\x1a\n": Document.Kind.PNG,
}
# What makes a ZIP a DOCX.
PARTS = frozenset({"[Content_Types].xml", "word/document.xml"})
TYPES = {
    Document.Kind.PDF: "application/pdf",
    Document.Kind.JPEG: "image/jpeg",
    Document.Kind.PNG: "image/png",
    Document.Kind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@contextmanager
def kept(uploads: Sequence[Incoming]) -> Iterator[list[Document]]:
    """The uploads, sealed on disk, as rows not yet saved, for one transaction inside.

    Raises Refused, naming the file and why. What no row has claimed in the end is thrown away; not
    after an error of the database, whose commit may have happened all the same.
    """
    if len(uploads) > MOST:
        raise TooLarge(FIELD, _("At most %(limit)s documents at a time.") % {"limit": MOST})
    kinds = [kind_of(upload) for upload in uploads]
    made: list[Document] = []
    try:
        for upload, kind in zip(uploads, kinds, strict=True):
            made.append(seal(upload, kind))
        yield made
    except DatabaseError:
        raise
    except Exception:
        discard(made)
        raise
    # Filed before by the same key: these rows were never needed.
    discard(each for each in made if each.pk is None)


def discard(documents: Sequence[Document] | Iterator[Document]) -> None:
    for each in documents:
        default_storage.delete(file_of(each))


def kind_of(upload: Incoming) -> Document.Kind:
    """By the first bytes, and of a ZIP by what lies in it. Raises Refused."""
    name = {"name": clean_name(upload.name)}
    if not upload.size:
        raise Refused(FIELD, _("%(name)s is empty.") % name)
    if upload.is_too_large or upload.size > MOST_BYTES:
        limit = name | {"limit": MOST_BYTES // 1024**2}
        raise TooLarge(FIELD, _("%(name)s is larger than %(limit)s MB.") % limit)
    if upload.no_room:
        raise NoRoom(FIELD)
    path = Path(upload.temporary_file_path())
    with path.open("rb") as file:
        head = file.read(16)
    for beginning, kind in BEGINNINGS.items():
        if head.startswith(beginning):
            return kind
    if head.startswith(b"PK\x03\x04") and is_docx(path):
        return Document.Kind.DOCX
    raise WrongMedia(FIELD, _("%(name)s is no PDF, DOCX, JPEG or PNG.") % name)


def is_docx(path: Path) -> bool:
    """Reads the list of contents alone; nothing is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            return set(archive.namelist()) >= PARTS
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return False


def seal(upload: Incoming, kind: Document.Kind) -> Document:
    content = Path(upload.temporary_file_path()).read_bytes()
    try:
        return sealed(content, clean_name(upload.name), kind)
    except OSError as error:
        raise NoRoom(FIELD) from error


def sealed(content: bytes, name: str, kind: Document.Kind) -> Document:
    """On disk before its row, which is not saved yet. Raises OSError."""
    key, ring = secrets.token_bytes(32), keyring()
    made = Document(
        uid=uuid.uuid4(),
        name=name,
        kind=kind,
        size=len(content),
        sha256=sha256(content).hexdigest(),
        sealed=ring.seal(b64encode(key).decode()),
        key_id=ring.first,
    )
    default_storage.save(file_of(made), ContentFile(Keyring.of(key).seal_bytes(content)))
    return made


def file_of(document: Document) -> str:
    return f"document/{document.uid.hex[:2]}/{document.uid}"


def opened(document: Document) -> bytes:
    """The bytes as they came. Raises OSError or SealedAway."""
    with default_storage.open(file_of(document)) as file:
        content = file.read()
    try:
        key = b64decode(keyring().open(bytes(document.sealed)))
        return Keyring.of(key).open_bytes(content)
    except (UnknownKey, BrokenSeal) as error:
        raise SealedAway(f"document {document.uid}: {error}") from error
