"""How a file comes in: straight to disk, hashed on the way, never more than may be kept."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.core.handlers.wsgi import LimitedStream
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

from incidents.storage import FULL


class Incoming(TemporaryUploadedFile):
    """A file on disk with what was learned while it came.

    `size` is what was sent. Of a file over the limit, and of one the disk had no room for, the
    rest is read and dropped: the sender gets an answer that names it, and the form its fields.
    """

    def __init__(self, name: str, content_type: str, charset: str, extra: Any) -> None:
        # No part of the sender's name in ours, and no buffer that could fail when it is closed.
        file = tempfile.NamedTemporaryFile(  # noqa: SIM115 - Django closes it with the request
            suffix=".upload", dir=settings.FILE_UPLOAD_TEMP_DIR, buffering=0, delete=False
        )
        UploadedFile.__init__(self, file, name, content_type, 0, charset, extra)
        self.sha256 = ""
        self.is_too_large = False
        self.no_room = False

    def close(self) -> None:
        """Gone, unless the storage has taken it over."""
        UploadedFile.close(self)
        Path(self.temporary_file_path()).unlink(missing_ok=True)

    def __del__(self) -> None:
        # A request that breaks off closes only the files that had arrived.
        if not self.closed:
            self.close()


class IncomingHandler(FileUploadHandler):
    """Keeps each file at FILE_UPLOAD_TEMP_DIR; one chunk of 64 KB is all it holds in memory."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file = Incoming(
            str(self.file_name),
            str(self.content_type),
            str(self.charset or ""),
            self.content_type_extra,
        )
        self.digest = hashlib.sha256()
        self.count = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.count += len(raw_data)
        self.file.is_too_large = self.count > settings.MEDIA_MAX_BYTES
        if self.file.is_too_large or self.file.no_room:
            return
        self.digest.update(raw_data)
        try:
            write_all(self.file, raw_data)
        except OSError as error:
            if error.errno not in FULL:
                raise
            self.file.no_room = True

    def file_complete(self, file_size: int) -> Incoming:
        self.file.seek(0)
        self.file.sha256 = self.digest.hexdigest()
        self.file.size = file_size
        return self.file

    def upload_interrupted(self) -> None:
        """The form ended inside a file: what came is not what was sent."""
        self.file.close()
        raise MultiPartParserError("the form ends inside a file")


def is_cut(request: HttpRequest) -> bool:
    """Whether less came than the request announced: the sender went away in the middle.

    The web server hands that on as a plain end, and a form's last words would seem complete. Call
    it once the body was read.
    """
    if hasattr(request, "_body"):
        return len(request.body) < int(request.META.get("CONTENT_LENGTH") or 0)
    stream = getattr(request, "_stream", None)
    return isinstance(stream, LimitedStream) and stream._pos < stream.limit  # type: ignore[attr-defined]


def write_all(file: Any, data: bytes) -> None:
    """Without a buffer a write may stop short."""
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def forget_arrivals(before_s: float) -> int:
    """Remove what requests and tasks that were killed left behind, last written before that time
    (seconds since the epoch); returns how many."""
    left = 0
    for path in Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir():
        try:
            if path.lstat().st_mtime >= before_s:
                continue
        except FileNotFoundError:  # its request has just ended
            continue
        left += 1
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return left


def clean_name(name: str | None) -> str:
    """The sender's name for a file, fit for a sentence: no folders, no control characters."""
    last = os.path.basename((name or "").replace("\\", "/"))  # noqa: PTH119 - not a path of ours
    return "".join(letter for letter in last if letter.isprintable())[:80]
