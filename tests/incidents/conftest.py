"""How a citizen files a report in these stories."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.conftest import LUXUN_PARK, Answer


def body(place: tuple[float, float] | None = LUXUN_PARK, **more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"kind": "help", "category": "pothole", "text": "路面有坑"}
    if place is not None:
        given |= {"longitude": place[0], "latitude": place[1]}
    return given | more


def post(web: Client, given: Any, key: str = "") -> Answer:
    headers = {"Idempotency-Key": key} if key else {}
    return web.post("/api/reports", given, content_type="application/json", headers=headers)


def post_photos(web: Client, *files: tuple[str, bytes], **more: Any) -> Answer:
    """Multipart, without a position unless given."""
    media = [SimpleUploadedFile(name, content) for name, content in files]
    return web.post("/api/reports", body(None, **more) | {"media": media})
