"""Fetching from a mailbox by IMAP, for who has no mail server of their own to hand letters over.

A letter is kept through the same door (`mail_intake.keep`) before it is marked: a conversation that
is cut is begun again, and what came twice is kept once. What cannot be taken stays where it is,
unread and with a flag (a star, in most programs), for a person; it hinders no other letter.
"""

import imaplib
import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ssl import create_default_context
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import Error as AnyDatabaseError
from django.db import connection

from incidents import mail_intake

PATIENCE_S = 30
# A pass begins no further letter after so long, nor after so many.
LAST_BEGINS_S, BATCH = 50.0, 200
LOCK = "incidents.mail_fetching"
SECURE, UPGRADED = "imaps", "imap+starttls"
UNTAKEN = "(UNSEEN UNFLAGGED UNDELETED)"
SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
log = logging.getLogger(__name__)


class NotTaken(Exception):
    """This letter stays in the mailbox; says why."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    scheme: str
    host: str
    port: int
    user: str
    password: str
    folder: str

    @classmethod
    def of(cls, url: str) -> "Mailbox":
        """A URL the settings have checked."""
        parts = urlsplit(url)
        return cls(
            scheme=parts.scheme,
            host=parts.hostname or "",
            port=parts.port or (993 if parts.scheme == SECURE else 143),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.strip("/")) or "INBOX",
        )

    def __repr__(self) -> str:
        """Without who logs in, and with what: this may stand in a log."""
        return f"{self.scheme}://{self.host}:{self.port}/{self.folder}"


def fetch() -> int:
    """Empty the mailbox; returns how many letters were kept. One pass at a time."""
    if not settings.IMAP_URL:
        return 0
    box = Mailbox.of(settings.IMAP_URL)
    with alone() as is_ours:
        if not is_ours:
            return 0
        try:
            with logged_in(box) as server:
                return take_all(server, time.monotonic() + LAST_BEGINS_S)
        except (imaplib.IMAP4.error, OSError, EOFError) as error:
            # Its words may repeat what was sent, the password among it.
            log.error("the mailbox %r: %s", box, type(error).__name__)
            return 0


@contextmanager
def alone() -> Iterator[bool]:
    """Whether nobody else fetches now; two would read every letter twice."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [LOCK])
        (is_ours,) = cursor.fetchone()
        try:
            yield is_ours
        finally:
            if is_ours:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [LOCK])


@contextmanager
def logged_in(box: Mailbox) -> Iterator[imaplib.IMAP4]:
    """In the folder. Raises IMAP4.error or OSError."""
    server = connected(box)
    try:
        server.login(box.user, box.password)
        done(server.select(quoted(box.folder)))
        yield server
    finally:
        farewell(server)


def connected(box: Mailbox) -> imaplib.IMAP4:
    context = create_default_context()
    if box.scheme == SECURE:
        return imaplib.IMAP4_SSL(box.host, box.port, ssl_context=context, timeout=PATIENCE_S)
    server = imaplib.IMAP4(box.host, box.port, timeout=PATIENCE_S)
    if box.scheme == UPGRADED:
        try:
            server.starttls(context)
        except BaseException:
            farewell(server)
            raise
    return server


def farewell(server: imaplib.IMAP4) -> None:
    try:
        server.logout()
    except (imaplib.IMAP4.error, OSError):
        server.shutdown()


def quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def done(answer: tuple[str, list[bytes | None]]) -> list[bytes | None]:
    """What came with OK. Raises IMAP4.error."""
    kind, data = answer
    if kind != "OK":
        raise imaplib.IMAP4.error(kind)
    return data


# --- Letters ------------------------------------------------------------------------------------


def take_all(server: imaplib.IMAP4, until: float) -> int:
    found = done(server.uid("SEARCH", UNTAKEN))
    taken = 0
    for uid in (found[0] or b"").decode().split()[:BATCH]:
        if time.monotonic() > until:
            break
        try:
            taken += take(server, uid)
        except NotTaken as error:
            log.error("letter %s of the mailbox is left to a person: %s", uid, error)
            done(server.uid("STORE", uid, "+FLAGS.SILENT", r"(\Flagged)"))
        except AnyDatabaseError as error:
            # Nothing is marked: the next pass finds it again.
            log.error("a letter was not kept: %s", type(error).__name__)
            break
    return taken


def take(server: imaplib.IMAP4, uid: str) -> bool:
    """Kept first, then marked. False where it was here before. Raises NotTaken."""
    is_new = mail_intake.keep(bytes_of(server, uid), None)
    mark(server, uid)
    return is_new


def bytes_of(server: imaplib.IMAP4, uid: str) -> bytes:
    size = size_of(server, uid)
    if size > settings.MAIL_MAX_BYTES:
        raise NotTaken(f"it has {size} bytes")
    kind, data = server.uid("FETCH", uid, "(BODY.PEEK[])")
    content = next((each[1] for each in data or () if isinstance(each, tuple)), b"")
    if kind != "OK" or not content:
        raise NotTaken("the mail server does not give it")
    return bytes(content)


def size_of(server: imaplib.IMAP4, uid: str) -> int:
    kind, data = server.uid("FETCH", uid, "(RFC822.SIZE)")
    told = b" ".join(each for each in data or () if isinstance(each, bytes))
    found = SIZE.search(told)
    if kind != "OK" or not found:
        raise NotTaken("the mail server does not tell its size")
    return int(found[1])


def mark(server: imaplib.IMAP4, uid: str) -> None:
    """Read, or moved away. Without MOVE the copy is made before the letter is marked as deleted."""
    folder = settings.IMAP_DONE
    if not folder:
        done(server.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)"))
    elif "MOVE" in server.capabilities:
        done(server.uid("MOVE", uid, quoted(folder)))
    else:
        done(server.uid("COPY", uid, quoted(folder)))
        done(server.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen \Deleted)"))
