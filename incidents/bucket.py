"""Photos and videos in S3; loaded only where a bucket is set."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage


class StorageAway(OSError):
    """The bucket does not answer or does not let us: as a broken disk, and handled as one."""


class BucketStorage(S3Storage):
    """django-storages' S3, whose errors are errors of storage. A put that returned is durable."""

    def _save(self, name: str, content: "File[Any]") -> str:
        try:
            return str(super()._save(name, content))  # type: ignore[no-untyped-call]
        except (BotoCoreError, ClientError) as error:
            raise StorageAway(str(error)) from error

    def _open(self, name: str, mode: str = "rb") -> "File[Any]":
        try:
            file: File[Any] = super()._open(name, mode)  # type: ignore[no-untyped-call]
            file.size  # noqa: B018 - asks for the head now, while the caller can still answer
        except (BotoCoreError, ClientError) as error:
            raise StorageAway(str(error)) from error
        return file
