"""Where media lie: on a disk that has really written them, or in S3 by a setting.

Names begin with `original/`, `display/`, `thumb/` or `video/`; see `incidents.media.name_of`.
"""

import errno
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from typing import IO, Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage

# No room for it: on the disk, within the quota, or no more files.
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE})


class StorageAway(OSError):
    """The storage does not answer, or does not let us."""


class DurableStorage(FileSystemStorage):
    """A file is whole and kept when `save` returns, or not there: fsync, rename, fsync the folder.

    A name that exists is written over: whoever prepares a copy twice gets it once.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _save(self, name: str, content: "File[Any]") -> str:
        path = Path(self.path(name))
        make_folder(path.parent)
        # A name of its own: two workers may prepare the same copy when a lease ran out.
        part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
        try:
            take_over(content, part)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
        return name

    def delete(self, name: str) -> None:
        Path(self.path(name)).unlink(missing_ok=True)


def take_over(content: "File[Any]", part: Path) -> None:
    """The bytes of `content` at `part`, fsynced: moved where it is a file of its own, or copied."""
    if hasattr(content, "temporary_file_path"):
        source = Path(content.temporary_file_path())
        sync_file(source)
        try:
            source.replace(part)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
        else:
            part.chmod(0o600)
            return
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
        for chunk in content.chunks():
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())


def sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


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


@contextmanager
def on_disk(storage: Storage, name: str) -> Iterator[Path]:
    """A path to read `name` at: its own, or that of a copy fetched for the while."""
    try:
        path = storage.path(name)
    except NotImplementedError:  # S3 has no paths
        with storage.open(name) as remote, tempfile.NamedTemporaryFile(suffix=".part") as local:
            copy_all(remote, local)
            yield Path(local.name)
    else:
        yield Path(path)


def copy_all(source: "File[Any]", target: IO[bytes]) -> None:
    copyfileobj(source, target, 256 * 1024)
    target.flush()


def every_name(storage: Storage, folder: str) -> Iterator[str]:
    """All names below `folder`, in no order."""
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in files if name)
    for each in folders:
        yield from every_name(storage, f"{folder}/{each}")
