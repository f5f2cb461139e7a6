"""The two ways out: an e-mail by SMTP, an SMS by a signed request to the city's gateway.

What gateways bring us is signed the same way (`signer`).

Both carry the message's `uid`, so that a repeat after a lost answer can be recognised; see
docs/messages.md for the other side of the SMS gateway.
"""

import hashlib
import hmac
import json
import ssl
import time
from collections.abc import Callable, Mapping
from email.utils import parseaddr
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from smtplib import SMTPException, SMTPRecipientsRefused
from types import MappingProxyType
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage

from incidents.models import Message
from incidents.recipients import is_on
from incidents.wording import Worded

TIMEOUT_S = 5
# The gateway has this message already, and the gateway will never deliver it.
HAS_IT, NEVER = 409, 422
MOST_ANSWER = 4096
# A signed body is believed for so long; the digits of a time in seconds.
FRESH_S, LONGEST_STAMP = 300, 12


class Undelivered(Exception):
    """It did not leave; trying again may help."""


class Undeliverable(Undelivered):
    """The address itself was refused: no use in trying again."""


def send(message: Message, address: str, words: Worded) -> str:
    """Hand it over; returns the provider's id. Raises Undelivered or Undeliverable."""
    if not is_on(message.channel):
        raise Undelivered("this channel is switched off")
    return WAYS[message.channel](message, address, words)


def email(message: Message, address: str, words: Worded) -> str:
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2]
    message_id = f"<{message.uid}@{host}>"
    # The same id each time: mail programs show what comes twice once.
    headers = {"Message-ID": message_id, "Auto-Submitted": "auto-generated"}
    mail = EmailMessage(words.subject, words.text, None, [address], headers=headers)
    try:
        mail.send()
    except SMTPRecipientsRefused as error:
        for_good = all(code >= 500 for code, _said in error.recipients.values())
        raise (Undeliverable if for_good else Undelivered)("recipient refused") from error
    except (SMTPException, OSError, ValueError) as error:
        raise Undelivered(type(error).__name__) from error
    return message_id


def sms(message: Message, address: str, words: Worded) -> str:
    body = json.dumps(
        {"id": str(message.uid), "to": address, "text": words.text}, ensure_ascii=False
    ).encode()
    stamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Idempotency-Key": str(message.uid),
        "Hotline-Timestamp": stamp,
        "Hotline-Signature": signature(settings.SMS_SECRET, stamp, body),
    }
    try:
        status, answer = posted(settings.SMS_URL, body, headers)
    except (HTTPException, OSError, ValueError) as error:
        raise Undelivered(type(error).__name__) from error
    if status == NEVER:
        raise Undeliverable(f"the gateway answered {status}")
    if not (200 <= status < 300 or status == HAS_IT):
        raise Undelivered(f"the gateway answered {status}")
    return id_in(answer)


def signature(secret: str, stamp: str, body: bytes) -> str:
    signed = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={signed.hexdigest()}"


def signer(stamp: str, signed: str, body: bytes) -> str:
    """The gateway whose secret signed this body a moment ago; empty for a stranger."""
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= LONGEST_STAMP):
        return ""
    if abs(time.time() - int(stamp)) > FRESH_S:
        return ""  # kept by somebody and sent again later
    given = signed.encode("utf-8", "replace")
    return next(
        (
            name
            for name, secret in settings.GATEWAYS.items()
            if hmac.compare_digest(signature(secret, stamp, body).encode(), given)
        ),
        "",
    )


def posted(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """Status and beginning of the answer. Redirections are not followed: they lose the body."""
    parts = urlsplit(url)
    connection = connection_to(parts.scheme, parts.hostname or "", parts.port)
    try:
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        connection.request("POST", path, body, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read(MOST_ANSWER)
    finally:
        connection.close()


def connection_to(scheme: str, host: str, port: int | None) -> HTTPConnection:
    if scheme == "https":
        secure = ssl.create_default_context()
        return HTTPSConnection(host, port, timeout=TIMEOUT_S, context=secure)
    return HTTPConnection(host, port, timeout=TIMEOUT_S)


def id_in(answer: bytes) -> str:
    """The gateway's own name for it, where it gives one."""
    try:
        given = json.loads(answer)
    except ValueError:
        return ""
    return str(given.get("id", ""))[:120] if isinstance(given, dict) else ""


WAYS: Mapping[str, Callable[[Message, str, Worded], str]] = MappingProxyType(
    {Message.Channel.EMAIL: email, Message.Channel.SMS: sms}
)
