"""The receiver: an SMTP or LMTP conversation that ends with a letter kept (`mail_intake.keep`).

It stands behind the city's mail server, which filters, authenticates and queues. 250 is said after
the commit; whatever hinders that is answered 451, and the sending server comes again.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import Error as AnyDatabaseError
from django.db import connections

from incidents import mail_intake
from incidents.throttle import within

KEPT = "250 2.0.0 Kept"
LATER = "451 4.3.0 It cannot be kept at the moment, please come again"
TOO_MANY = "451 4.7.1 Too many letters of this sender, please come again"
UNKNOWN = "550 5.1.1 No such mailbox here"
BUSY = b"421 4.3.2 Too many conversations at once, please come again\r\n"
ONE_EACH = "452 4.5.3 One recipient at a time"
# A conversation that stands still ends.
PATIENCE_S = 120
LONGEST_LINE = 1024 * 1024
log = logging.getLogger(__name__)


class Counted(SMTP):
    """A conversation that is held in its receiver's set as long as it lasts."""

    # Programs write longer lines than the 1,000 characters allowed, and a refusal would lose them.
    line_length_limit = LONGEST_LINE
    held: set[asyncio.Protocol]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.held.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.held.discard(self)
        super().connection_lost(error)


class Smtp(Counted):
    """The usual one."""


class Lmtp(Counted, LMTP):
    """An answer for each recipient."""


class Full(asyncio.Protocol):
    """Told to come again, and nothing of it is held."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(BUSY)
        transport.close()


@dataclass(frozen=True, slots=True)
class Receiver:
    """What aiosmtpd asks at each step of a conversation."""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.strip().lower() not in settings.MAIL_TO:
            return UNKNOWN
        if isinstance(server, LMTP) and envelope.rcpt_tos:
            # LMTP wants an answer for each recipient, aiosmtpd gives one.
            return ONE_EACH
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        sender = (envelope.mail_from or "").strip("<>")
        return await asyncio.to_thread(received, content, sender)

    async def handle_exception(self, error: Exception) -> str:
        log.error("a conversation failed", exc_info=error)
        return LATER


def received(content: bytes, sender: str) -> str:
    """Keep it; in a thread of its own, since it waits for disk and database."""
    try:
        if not may_send(sender):
            return TOO_MANY
        if not mail_intake.keep(content, sender):
            log.info("a letter came twice")
    except (OSError, AnyDatabaseError) as error:
        log.error("a letter was not kept: %s", error)
        return LATER
    finally:
        # The pool has many threads and few letters: none keeps a connection.
        connections.close_all()
    return KEPT


def may_send(sender: str) -> bool:
    """Within the rate of one address; notices without a sender come from everywhere."""
    if not sender:
        return True
    return within(settings.MAIL_RATE, "mail", f"mail:{mail_intake.index_of(sender)[:40]}")


def protocol(held: set[asyncio.Protocol]) -> asyncio.Protocol:
    """A new conversation beside those held; needs a running loop."""
    if len(held) >= settings.MAIL_CONNECTIONS:
        log.warning("more than %s conversations at once", settings.MAIL_CONNECTIONS)
        return Full()
    given: dict[str, Any] = {
        "data_size_limit": settings.MAIL_MAX_BYTES,
        "timeout": PATIENCE_S,
        "hostname": settings.MAIL_HOST,
        "ident": "Hotline 12345",
        "enable_SMTPUTF8": True,
        "loop": asyncio.get_running_loop(),
    }
    made = Lmtp if settings.MAIL_PROTOCOL == "lmtp" else Smtp
    conversation = made(Receiver(), **given)
    conversation.held = held
    return conversation


async def serve(bind: str, port: int) -> asyncio.Server:
    held: set[asyncio.Protocol] = set()
    return await asyncio.get_running_loop().create_server(lambda: protocol(held), bind, port)
