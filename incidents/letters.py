"""Reading an e-mail: bytes in, a value out. Knows no Django.

Senders break every rule of the format, so each step has its fallback, and what cannot be told is
left empty. `read` raises Unreadable alone. Formats: RFC 5322, 2045-2047, 2231, 3834 (automatic
answers), 3464 (notices about delivery).
"""

import binascii
import codecs
import hashlib
import re
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass, field
from email import policy
from email.errors import MessageError
from email.message import Message
from email.parser import BytesParser
from email.quoprimime import header_decode
from email.utils import collapse_rfc2231_value, parseaddr
from typing import Any

from incidents.bounces import Notice, notice_of
from incidents.letter_words import fold, plain, text_of_html

MOST_PARTS, DEEPEST = 300, 30
LONGEST_TEXT, LONGEST_SUBJECT, LONGEST_HEADER = 200_000, 300, 20_000
# How a head may end; the body is what follows.
BODY_BEGINS = re.compile(rb"\r?\n\r?\n")
HEAD_BYTES = 256 * 1024
MESSAGE_ID = re.compile(r"<([^<>\s]{1,300})>")
NUMBER = re.compile(r"(?<![\d-])\d{8}-\d{6,9}(?!\d)")
WORD = re.compile(r"=\?([^?*\s]+)(?:\*[^?]*)?\?([bBqQ])\?([^?]*)\?=")
BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?[^?\s]+\?[bBqQ]\?)")
# Codecs that turn bytes of letters into text; Python knows some that only cost time.
CHARSET = re.compile(
    r"(utf|gb|hz|big5|cp|iso|latin|us-?ascii|ascii|koi8|shift|sjis|euc|windows|ks_c|johab|mac|tis)",
    re.IGNORECASE,
)
WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030"}
WIDER |= {"big5": "big5hkscs", "cn-big5": "big5hkscs", "unicode-1-1-utf-7": "utf-7"}
GUESSES = ("utf-8", "gb18030", "big5hkscs")
BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
DAEMONS = ("mailer-daemon", "postmaster")
# Marks that make a page show text in another order than it is written, and the byte-order mark.
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
BROKEN = (ValueError, LookupError, TypeError, AttributeError, RecursionError, MessageError)


class Unreadable(Exception):
    """Not even its parts can be told."""


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Read:
    """`said`: the sender's own words; `folded`: quotes and signature; `answers`: the Message-IDs
    it refers to, without brackets; `automatic`: auto, bulk, bounce, or empty for a person's."""

    message_id: str
    name: str
    email: str
    subject: str
    said: str
    folded: str
    answers: tuple[str, ...]
    numbers: tuple[str, ...]
    automatic: str
    attachments: tuple[Attachment, ...]
    # Of a message by a gateway: the number an SMS came from; longitude, latitude and datum.
    phone: str = ""
    place: tuple[float, float, str] | None = None
    # Of a notice about delivery.
    notice: Notice | None = None


@dataclass
class Found:
    """What was collected on the way through the parts."""

    attachments: list[Attachment] = field(default_factory=list)
    parts: int = 0


def read(raw: bytes, envelope: str | None = None) -> Read:
    """`envelope`: whom the SMTP client named as sender; empty for a notice, None if not known."""
    try:
        return read_parsed(BytesParser(policy=policy.compat32).parsebytes(raw), envelope)
    except BROKEN as error:
        raise Unreadable(type(error).__name__) from error


def read_parsed(letter: "Message[str, str]", envelope: str | None) -> Read:
    heads, found = heads_of(letter), Found()
    text = clean(text_of(letter, found, 0))[:LONGEST_TEXT]
    said, folded = fold(text)
    name, email = sender_of(heads, envelope)
    subject = " ".join(words(heads.get("subject", "")).split())[:LONGEST_SUBJECT]
    why = automatic(heads, letter.get_content_type(), email, envelope)
    return Read(
        message_id=first_id(heads.get("message-id", "")),
        name=name,
        email=email,
        subject=subject,
        said=said,
        folded=folded,
        answers=ids(heads.get("in-reply-to", ""), heads.get("references", "")),
        numbers=tuple(dict.fromkeys(NUMBER.findall(plain(subject)))),
        automatic=why,
        attachments=tuple(found.attachments),
        notice=notice_of(letter) if why == "bounce" else None,
    )


# --- Heads ----------------------------------------------------------------------------------------


def heads_of(letter: "Message[str, str]") -> dict[str, str]:
    """By lower-case name, the first of each, as it was written."""
    heads: dict[str, str] = {}
    for name, value in letter.raw_items():
        heads.setdefault(name.lower(), str(value)[:LONGEST_HEADER])
    return heads


def words(value: str) -> str:
    """A head in clear: encoded words decoded, whatever was written in raw bytes guessed."""
    joined = BETWEEN_WORDS.sub(r"\1", raw_text(value).replace("\r", "").replace("\n", ""))
    out, end, held, charset = [], 0, b"", ""
    for word in WORD.finditer(joined):
        if held and (word.start() != end or word[1].lower() != charset):
            out.append(decoded(held, charset))
            held = b""
        out.append(joined[end : word.start()])
        # A character may be cut between two words: they are joined as bytes.
        held, charset, end = held + word_bytes(word[2], word[3]), word[1].lower(), word.end()
    out += [decoded(held, charset), joined[end:]]
    return clean("".join(out))


def word_bytes(encoding: str, text: str) -> bytes:
    if encoding in "bB":
        return base64_bytes(text)
    return header_decode(text).encode("latin-1", "replace")


def base64_bytes(text: str) -> bytes:
    only = re.sub(r"[^A-Za-z0-9+/]", "", text)
    try:
        return b64decode(only[: len(only) - (len(only) % 4 == 1)] + "=" * (-len(only) % 4))
    except binascii.Error:
        return b""


def raw_text(value: str) -> str:
    """What Python read as bytes it did not know, in the charset it probably is."""
    if value.isascii():
        return value
    return decoded(value.encode("utf-8", "surrogateescape"), "")


def sender_of(heads: dict[str, str], envelope: str | None) -> tuple[str, str]:
    """Taken apart before it is decoded: a comma inside an encoded name is none of the list's."""
    written = heads.get("from", "") or heads.get("sender", "")
    name, email = parseaddr(raw_text(written).replace("\r", "").replace("\n", ""))
    email = email if "@" in email else (envelope or "")
    return " ".join(words(name).split())[:60], clean(email).strip()[:254]


def first_id(value: str) -> str:
    found = MESSAGE_ID.search(value)
    return found[1] if found else clean(value).strip()[:300]


def ids(*values: str) -> tuple[str, ...]:
    """The newest last in References, so from the end."""
    found = [each for value in values for each in reversed(MESSAGE_ID.findall(value))]
    return tuple(dict.fromkeys(found))[:50]


def automatic(heads: dict[str, str], content_type: str, email: str, envelope: str | None) -> str:
    """Why nobody is to be answered; empty for a person's letter."""
    local = email.lower().partition("@")[0]
    if envelope == "" or content_type == "multipart/report" or local in DAEMONS:
        return "bounce"
    submitted = heads.get("auto-submitted", "no").split(";")[0].strip().lower()
    if submitted != "no" or {"x-autoreply", "x-autorespond"} & heads.keys():
        return "auto"
    many = heads.get("precedence", "").strip().lower() in BULK or "list-id" in heads
    return "bulk" if many else ""


# --- Parts ----------------------------------------------------------------------------------------


def text_of(part: "Message[str, str]", found: Found, depth: int) -> str:
    """The words of this part and those in it; what is not words is put with the attachments."""
    found.parts += 1
    if found.parts > MOST_PARTS or depth > DEEPEST:
        raise Unreadable("too many parts")
    kind = part.get_content_type()
    if kind == "message/rfc822":
        return forwarded(part, found, depth)
    if part.is_multipart():
        texts = [text_of(each, found, depth + 1) for each in children(part)]
        return best(texts) if kind == "multipart/alternative" else joined(texts)
    content = bytes_of(part)
    if kind in ("text/plain", "text/html") and not is_attached(part):
        text = decoded(content, charset_of(part))
        return text_of_html(text[: 5 * LONGEST_TEXT]) if kind == "text/html" else text
    found.attachments.append(Attachment(name_of(part, found), kind, content))
    return ""


def forwarded(part: "Message[str, str]", found: Found, depth: int) -> str:
    """A letter inside: its words as a quote, its files as files."""
    inner = children(part)
    texts = [text_of(each, found, depth + 1) for each in inner]
    lines = joined(texts).splitlines()
    about = [words(heads_of(each).get("subject", "")) for each in inner]
    return "\n".join(f"> {line}" for line in [*filter(None, about), *lines])


def children(part: "Message[str, str]") -> list["Message[str, str]"]:
    inside = part.get_payload()
    return (
        [each for each in inside if isinstance(each, Message)] if isinstance(inside, list) else []
    )


def best(texts: Iterable[str]) -> str:
    """Of several forms of one text the first that says something: the plainest comes first."""
    return next((text for text in texts if text.strip()), "")


def joined(texts: Iterable[str]) -> str:
    return "\n".join(text for text in texts if text.strip())


def is_attached(part: "Message[str, str]") -> bool:
    kept = str(part.get("content-disposition", "")).strip().lower()
    return kept.startswith("attachment") or bool(part.get_filename())


def bytes_of(part: "Message[str, str]") -> bytes:
    """Decoded as far as it goes: of broken base64 what can be told."""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return b""
    coded = str(part.get("content-transfer-encoding", "")).strip().lower() == "base64"
    if coded and any(type(d).__name__.startswith("InvalidBase64") for d in part.defects):
        return base64_bytes(str(part.get_payload()))
    return content


def name_of(part: "Message[str, str]", found: Found) -> str:
    given = param(part, "content-disposition", "filename") or param(part, "content-type", "name")
    name = words(collapse_rfc2231_value(given)) if given else ""
    last = name.replace("\\", "/").rpartition("/")[2].strip()
    return last[-80:] or f"{len(found.attachments) + 1}"


def param(part: "Message[str, str]", head: str, name: str) -> Any:
    """One parameter of a head that may hold raw bytes: Python would put marks in their place."""
    holder: Message[str, str] = Message()
    holder[head] = raw_text(heads_of(part).get(head, ""))
    return holder.get_param(name, header=head)


def charset_of(part: "Message[str, str]") -> str:
    given = part.get_param("charset")
    return str(given[2] if isinstance(given, tuple) else given or "").strip("\"' ").lower()


# --- Characters -----------------------------------------------------------------------------------


def decoded(content: bytes, charset: str) -> str:
    """By the charset it names where that fits, else by those of the country, else what fits."""
    for name in (WIDER.get(charset, charset), *GUESSES):
        if CHARSET.match(name) and (text := strictly(content, name)) is not None:
            return text
    return content.decode("utf-8", "replace")


def strictly(content: bytes, charset: str) -> str | None:
    try:
        return codecs.decode(content, charset) if content else ""
    except (ValueError, LookupError):
        return None


def clean(text: str) -> str:
    """Without what no page and no database takes: controls, halves of pairs, turned directions."""
    unified = str(text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in unified if c in "\n\t" or not is_odd(c))


def is_odd(c: str) -> bool:
    return c < " " or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" or c in TURNING


# --- Which letter it is ---------------------------------------------------------------------------


def digests(raw: bytes) -> tuple[str, str]:
    """Of Message-ID and body, and of the id alone (empty where it has none). The heads differ at
    each delivery, so a letter without an id is known by the heads its sender wrote."""
    begins = BODY_BEGINS.search(raw)
    head, body = (raw[: begins.start()], raw[begins.end() :]) if begins else (raw, b"")
    heads = heads_in(head[:HEAD_BYTES])
    message_id = first_id(heads.get("message-id", ""))
    name = message_id or "\0".join(heads.get(each, "") for each in ("from", "date", "subject"))
    whole = hashlib.sha256(name.encode("utf-8", "surrogateescape") + b"\0")
    whole.update(body)
    return whole.hexdigest(), digest_of(message_id)


def heads_in(head: bytes) -> dict[str, str]:
    try:
        return heads_of(BytesParser(policy=policy.compat32).parsebytes(head, headersonly=True))
    except BROKEN:
        return {}


def digest_of(message_id: str) -> str:
    if not message_id:
        return ""
    return hashlib.sha256(message_id.encode("utf-8", "surrogateescape")).hexdigest()
