"""Reading a message that a gateway brought: the JSON of docs/gateways.md in, a value out."""

import json
from base64 import b64decode
from typing import Any

from incidents.letter_words import plain
from incidents.letters import NUMBER, Attachment, Read, Unreadable, clean
from incidents.sealing import digits

SUBJECT = 60
SMS = "sms"


def read(raw: bytes) -> Read:
    """What `incidents.message_api` has checked. Raises Unreadable."""
    try:
        return read_given(json.loads(raw))
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise Unreadable(type(error).__name__) from error


def read_given(given: dict[str, Any]) -> Read:
    said = clean(given.get("text", "")).strip()
    return Read(
        message_id=given["id"],
        name="",
        email="",
        subject=said.partition("\n")[0][:SUBJECT],
        said=said,
        folded="",
        answers=(),
        numbers=tuple(dict.fromkeys(NUMBER.findall(plain(said)))),
        automatic="",
        attachments=tuple(map(attachment_of, given.get("media") or [])),
        phone=given["from"] if given["channel"] == SMS else "",
        place=place_of(given.get("place")),
    )


def attachment_of(file: dict[str, Any]) -> Attachment:
    kind = file.get("content_type") or "application/octet-stream"
    return Attachment(file.get("name") or "image", kind, b64decode(file["content"]))


def place_of(given: dict[str, Any] | None) -> tuple[float, float, str] | None:
    if not given:
        return None
    return float(given["longitude"]), float(given["latitude"]), given.get("datum") or "wgs84"


def sender_of(given: dict[str, Any]) -> str:
    """Who it is within our letters: a number anywhere, a name within its gateway."""
    if given["channel"] == SMS:
        return f"tel:{digits(given['from'])}"
    return f"{given['gateway']}:{given['from'].strip()}"
