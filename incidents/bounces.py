"""Notices about delivery (RFC 3464): which message of ours did not arrive, and why. No Django.

Not every mail server keeps to the format; a notice in words is read for its status code. Addresses
are taken out of what is kept.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
MESSAGE_ID = re.compile(r"<([^<>\s@]{1,200}@[^<>\s]{1,200})>")
ADDRESS = re.compile(r"<?[^\s<>@;,]{1,200}@[^\s<>;,]{1,200}>?")
# A code and words such as `smtp; 550 5.1.1 user unknown`.
LONGEST_TOLD, LONGEST_WORDS, MOST_IDS = 120, 20_000, 50
FAILED, DELAYED = "5", "4"


@dataclass(frozen=True, slots=True)
class Notice:
    """`about`: the Message-IDs it names, without brackets; `status`: such as 5.1.1."""

    about: tuple[str, ...]
    status: str
    told: str

    @property
    def is_final(self) -> bool:
        return self.status.startswith(FAILED)


def notice_of(letter: "Message[str, str]") -> Notice | None:
    """None where it tells neither a failure nor a delay, or names no message."""
    parts = list(letter.walk())
    about = ids_in(letter, parts)
    status, told = by_report(parts) or by_words(parts)
    if not about or status[:1] not in (FAILED, DELAYED):
        return None
    return Notice(about, status, cleaned(told))


def ids_in(letter: "Message[str, str]", parts: list["Message[str, str]"]) -> tuple[str, ...]:
    """In the returned letter or its heads, and what the notice itself answers."""
    found = [str(letter.get(name, "")) for name in ("in-reply-to", "references")]
    for part in parts[1:]:
        if part.get_content_maintype() == "text":
            found.append(words_in(part))
        found.append(str(part.get("message-id", "")))
    if not letter.is_multipart():
        found.append(words_in(letter))
    every = (each for text in found for each in MESSAGE_ID.findall(text))
    return tuple(dict.fromkeys(every))[:MOST_IDS]


def by_report(parts: list["Message[str, str]"]) -> tuple[str, str] | None:
    """The fields of the first recipient that has a status."""
    for fields in recipients(parts):
        status = STATUS.search(str(fields.get("status", "")))
        if status and str(fields.get("action", "failed")).strip().lower() in ("failed", "delayed"):
            return status[0], str(fields.get("diagnostic-code", ""))
    return None


def recipients(parts: list["Message[str, str]"]) -> Iterator["Message[str, str]"]:
    """The groups of fields of message/delivery-status, which Python reads as messages."""
    for part in parts:
        inside = part.get_payload()
        if part.get_content_type() == "message/delivery-status" and isinstance(inside, list):
            yield from (each for each in inside if isinstance(each, Message))


def by_words(parts: list["Message[str, str]"]) -> tuple[str, str]:
    """A line that has a status code."""
    for part in parts:
        if part.get_content_type() == "text/plain":
            for line in words_in(part).splitlines():
                if status := STATUS.search(line):
                    return status[0], line
    return "", ""


def words_in(part: "Message[str, str]") -> str:
    content = part.get_payload(decode=True)
    return content[:LONGEST_WORDS].decode("utf-8", "replace") if isinstance(content, bytes) else ""


def cleaned(told: str) -> str:
    """One line without addresses and controls."""
    line = " ".join(told.partition(";")[2].split() or told.split())
    shown = "".join(c if c.isprintable() else " " for c in ADDRESS.sub("…", line))
    return shown[:LONGEST_TOLD].strip()
