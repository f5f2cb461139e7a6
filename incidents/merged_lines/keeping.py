"""A file of cases as it is kept: in the storage, in sealed blocks, under a key of its own.

It says who asked, so it is sealed as letters are; its key lies in its row, sealed with the vault's.
"""

import codecs
import hashlib
import io
import secrets
import shutil
import tempfile
import uuid
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO, TYPE_CHECKING

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage

from accounts.keys import keyring
from accounts.models import User
from accounts.sealing import BrokenSeal, Keyring, UnknownKey
from incidents.errors import SealedAway
from incidents.merged_lines.reading import Form, Shape, columns_of, shape_of
from incidents.models import CaseFile
from incidents.uploads import clean_name

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 1024 * 1024
LENGTH_BYTES = 4


def keep(source: IO[bytes], name: str, *, by: User | None = None) -> CaseFile:
    """Store a file of cases, its columns known. Raises Unreadable, OSError; nothing is kept."""
    found = CaseFile(uid=uuid.uuid4(), name=clean_name(name), made_by=by)
    key = secrets.token_bytes(32)
    seal_key(found, key)
    with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as sealed:
        shape = sealed_into(source, sealed, Keyring.of(key), found)
        source.seek(0)
        found.columns = columns_of(io.BufferedReader(Lasting(source)), shape)
        found.form, found.encoding, found.delimiter = shape.form, shape.encoding, shape.delimiter
        sealed.seek(0)
        default_storage.save(name_of(found), File(sealed, name="sealed"))
    found.save(force_insert=True)
    return found


def sealed_into(source: IO[bytes], target: IO[bytes], ring: Keyring, found: CaseFile) -> Shape:
    """Seal block by block, learning size, digest and shape on the way."""
    digest, size, head, is_utf8 = hashlib.sha256(), 0, b"", True
    utf8 = codecs.getincrementaldecoder("utf-8")()
    while block := source.read(BLOCK):
        head, size = head or block, size + len(block)
        digest.update(block)
        try:
            is_utf8 = is_utf8 and utf8.decode(block) is not None
        except UnicodeDecodeError:
            is_utf8 = False
        sealed = ring.seal_bytes(block)
        target.write(len(sealed).to_bytes(LENGTH_BYTES) + sealed)
    found.size, found.digest = size, digest.hexdigest()
    return shape_of(head, is_utf8=is_utf8)


def name_of(found: CaseFile) -> str:
    return f"lines/{found.uid.hex[:2]}/{found.uid}"


def seal_key(found: CaseFile, key: bytes) -> None:
    """Set what the row keeps; nothing is saved."""
    ring = keyring()
    found.sealed, found.key_id = ring.seal(b64encode(key).decode()), ring.first


def key_of(found: CaseFile) -> bytes:
    """Raises SealedAway where the vault's key is not there."""
    if found.sealed is None:
        raise SealedAway(f"the file {found.uid} is deleted")
    try:
        return b64decode(keyring().open(bytes(found.sealed)))
    except (UnknownKey, BrokenSeal) as error:
        raise SealedAway(f"file {found.uid}: {error}") from error


def shape(found: CaseFile) -> Shape:
    return Shape(Form(found.form), found.encoding, found.delimiter)


@contextmanager
def opened(found: CaseFile) -> Iterator[IO[bytes]]:
    """Its bytes; of a workbook, which is not read in order, in a file without a name."""
    with default_storage.open(name_of(found)) as stored:
        blocks = io.BufferedReader(Blocks(stored, Keyring.of(key_of(found))), BLOCK)
        if found.form != Form.XLSX:
            yield blocks
            return
        with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as plain:
            shutil.copyfileobj(blocks, plain, BLOCK)
            plain.seek(0)
            yield plain


def deleted_after(found: CaseFile) -> datetime:
    """When what is left of it goes by itself: it says who asked, and erasing does not reach it."""
    return (found.ended_at or found.created_at) + settings.CASE_FILES_KEPT


def delete(found: CaseFile) -> None:
    """Its bytes and its key; the row stays."""
    found.sealed, found.key_id = None, ""
    found.save(update_fields=["sealed", "key_id"])
    default_storage.delete(name_of(found))


class Blocks(io.RawIOBase):
    """The plain bytes of sealed blocks, one block in memory."""

    def __init__(self, stored: "File[bytes]", ring: Keyring) -> None:
        self.stored, self.ring, self.held = stored, ring, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, target: "WriteableBuffer") -> int:
        if not self.held:
            self.held = memoryview(self.next_block())
        into = memoryview(target)
        given = self.held[: len(into)]
        into[: len(given)] = given
        self.held = self.held[len(given) :]
        return len(given)

    def next_block(self) -> bytes:
        length = self.stored.read(LENGTH_BYTES)
        if not length:
            return b""
        try:
            return self.ring.open_bytes(self.stored.read(int.from_bytes(length)))
        except (UnknownKey, BrokenSeal) as error:
            raise SealedAway(f"a block is broken: {error}") from error


class Lasting(io.RawIOBase):
    """The bytes of a file that is not closed with its reader."""

    def __init__(self, source: IO[bytes]) -> None:
        self.source = source

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.source.seek(offset, whence)

    def tell(self) -> int:
        return self.source.tell()

    def readinto(self, target: "WriteableBuffer") -> int:
        into = memoryview(target)
        given = self.source.read(len(into))
        into[: len(given)] = given
        return len(given)
