"""Photos and videos in S3; loaded only where a bucket is set."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

from incidents.storage import StorageAway


@contextmanager
def as_storage() -> Iterator[None]:
    """Errors of the bucket are errors of storage, and handled as those of a disk."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise StorageAway(str(error)) from error


class BucketStorage(S3Storage):
    """django-storages' S3. A put that returned is durable."""

    def _save(self, name: str, content: "File[bytes]") -> str:
        with as_storage():
            return str(super()._save(name, content))  # type: ignore[no-untyped-call]

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        with as_storage():
            file: File[bytes] = super()._open(name, mode)  # type: ignore[no-untyped-call]
            file.size  # noqa: B018 - asks for the head now, while the caller can still answer
            return file

    def delete(self, name: str) -> None:
        with as_storage():
            super().delete(name)  # type: ignore[no-untyped-call]

    def exists(self, name: str) -> bool:
        with as_storage():
            return bool(super().exists(name))  # type: ignore[no-untyped-call]

    def size(self, name: str) -> int:
        with as_storage():
            return int(super().size(name))  # type: ignore[no-untyped-call]

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        with as_storage():
            found: tuple[list[str], list[str]] = super().listdir(name)  # type: ignore[no-untyped-call]
            return found

    def get_modified_time(self, name: str) -> datetime:
        with as_storage():
            moment: datetime = super().get_modified_time(name)  # type: ignore[no-untyped-call]
            return moment
