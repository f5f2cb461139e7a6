"""The door for letters, e-mail or messages: kept for good first, and read afterwards.

`keep` answers once the bytes are fsynced and their row is committed: only then is the sending
server told that it may forget the letter. `read_due` takes up what was kept, with a lease; whatever
it cannot file surely waits for a person (`incidents.letter_desk`), and nothing is ever thrown away.
"""

import hmac
import json
import logging
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.keys import keyring
from accounts.sealing import BrokenSeal, Keyring, UnknownKey, key_from
from incidents import gateway_messages, letter_deciding, letters, wake
from incidents.errors import IncidentError, NoRoom, Refused, SealedAway
from incidents.media import Sealed, discard_unclaimed, seal
from incidents.models import Channel, Letter
from incidents.uploads import Incoming, write_all

READ_LETTERS = "incidents.tasks.read_letters"
BATCH = 3
LEASE = timedelta(minutes=10)
MAX_TRIES = 3
State, Why = Letter.State, Letter.Why
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Head:
    """What the row keeps sealed: the file's key, who wrote, about what. `envelope`: the sender the
    SMTP client named, None if not known; `sender`: number or name of who sent a message."""

    key: str = ""
    envelope: str | None = None
    name: str = ""
    email: str = ""
    subject: str = ""
    sender: str = ""
    gateway: str = ""


# --- Kept -----------------------------------------------------------------------------------------


def keep(raw: bytes, envelope: str | None) -> bool:
    """Store a letter durably; False where it was here before. Raises OSError or DatabaseError, and
    then nothing may be promised to the sender."""
    digest, message_digest = letters.digests(raw)
    if Letter.objects.filter(digest=digest).exists():
        return False
    letter = Letter(digest=digest, message_digest=message_digest)
    if is_new := store(letter, raw, Head(envelope=envelope)):
        wake.start(READ_LETTERS)
    return is_new


def store(letter: Letter, raw: bytes, head: Head) -> bool:
    """The bytes, then the row; False where the same came at once. Raises as `keep` does."""
    key = secrets.token_bytes(32)
    letter.size = len(raw)
    seal_head(letter, replace(head, key=b64encode(key).decode()))
    default_storage.save(file_of(letter), ContentFile(Keyring.of(key).seal_bytes(raw)))
    Letter.objects.bulk_create([letter], ignore_conflicts=True)
    if not Letter.objects.filter(uid=letter.uid).exists():
        default_storage.delete(file_of(letter))
        return False
    return True


def file_of(letter: Letter) -> str:
    return f"letter/{letter.uid.hex[:2]}/{letter.uid}"


def seal_head(letter: Letter, head: Head) -> None:
    """Set what the row keeps; nothing is saved."""
    ring = keyring()
    letter.sealed, letter.key_id = ring.seal(json.dumps(asdict(head))), ring.first
    letter.sender_index = index_of(head.email or head.envelope or head.sender)


def index_of(sender: str) -> str:
    """What finds the letters of one sender without telling who it is."""
    key = key_from(settings.VAULT_INDEX_KEY)
    name = b"mail\0" + sender.strip().lower().encode("utf-8", "replace")
    return hmac.new(key, name, sha256).hexdigest() if sender.strip() else ""


def head_of(letter: Letter) -> Head:
    """Raises SealedAway where its key is not there, or it was erased."""
    if letter.sealed is None:
        raise SealedAway(f"letter {letter.uid} was erased")
    try:
        return Head(**json.loads(keyring().open(bytes(letter.sealed))))
    except (UnknownKey, BrokenSeal) as error:
        raise SealedAway(f"letter {letter.uid}: {error}") from error


def raw_of(letter: Letter, head: Head) -> bytes:
    """The bytes as they came. Raises OSError or SealedAway."""
    with default_storage.open(file_of(letter)) as file:
        kept = file.read()
    try:
        return Keyring.of(b64decode(head.key)).open_bytes(kept)
    except (UnknownKey, BrokenSeal) as error:
        raise SealedAway(f"letter {letter.uid}: {error}") from error


def opened(letter: Letter) -> letters.Read:
    """Read anew. Raises letters.Unreadable, OSError or SealedAway."""
    head = head_of(letter)
    return read(letter, raw_of(letter, head), head)


def read(letter: Letter, raw: bytes, head: Head) -> letters.Read:
    """Its bytes taken apart. Raises letters.Unreadable."""
    if letter.channel == Channel.MESSAGE:
        return gateway_messages.read(raw)
    return letters.read(raw, head.envelope)


# --- Read -----------------------------------------------------------------------------------------


def read_due() -> int:
    """Read a batch of what was kept; returns how many were taken up."""
    taken = claim()
    for letter in taken:
        take_up(letter)
    return len(taken)


def claim() -> list[Letter]:
    """Lease a batch. What ended three workers is not given to a fourth: a person sees it."""
    with transaction.atomic():
        due = Letter.objects.due().select_for_update(skip_locked=True, of=("self",))
        batch = list(due.order_by("process_after", "id")[:BATCH])
        for letter in batch:
            if letter.tries >= MAX_TRIES:
                letter.state, letter.why = State.BAD, Why.TRIED
            letter.tries += 1
            letter.process_after = timezone.now() + LEASE
        Letter.objects.bulk_update(batch, ["tries", "process_after", "state", "why"])
    return [letter for letter in batch if letter.state == State.NEW]


def take_up(letter: Letter) -> None:
    try:
        head = head_of(letter)
        told = read(letter, raw_of(letter, head), head)
        with files_of(told) as media:
            settle(letter, head, told, media)
    except letters.Unreadable as error:
        log.warning("letter %s: %s", letter.uid, error)
        Letter.objects.filter(pk=letter.pk, state=State.NEW).update(
            state=State.BAD, why=Why.UNREADABLE
        )
    except (OSError, SealedAway, NoRoom) as error:
        # No room, no storage, no key: that says nothing about the letter, it is tried for ever.
        log.warning("letter %s waits: %s", letter.uid, error)
        Letter.objects.filter(pk=letter.pk).update(tries=0)
    except IncidentError as error:
        # Tried again when the lease has run out; the third time a person sees it.
        log.error("letter %s was not filed: %s", letter.uid, error)


@contextmanager
def files_of(read: letters.Read) -> Iterator[list[Sealed]]:
    """The photos and videos of a letter, sealed for one transaction inside; other files stay in
    the letter. Nothing is even opened of what a machine sent. Raises NoRoom."""
    sealed: dict[str, Sealed] = {}
    try:
        for each in () if read.automatic else read.attachments:
            with arrived(each) as upload:
                if len(sealed) < settings.MEDIA_MAX_FILES and upload.sha256 not in sealed:
                    sealed |= shown(upload)
        yield list(sealed.values())
    except DatabaseError:
        raise
    except Exception:
        discard_unclaimed(list(sealed.values()))
        raise


@contextmanager
def arrived(attachment: letters.Attachment) -> Iterator[Incoming]:
    """A file of a letter as if it were uploaded."""
    upload = Incoming(attachment.name, attachment.content_type, "", None)
    try:
        upload.is_too_large = len(attachment.content) > settings.MEDIA_MAX_BYTES
        if not upload.is_too_large:
            write_all(upload, attachment.content)
        upload.seek(0)
        upload.size, upload.sha256 = len(attachment.content), sha256(attachment.content).hexdigest()
        yield upload
    finally:
        upload.close()


def shown(upload: Incoming) -> dict[str, Sealed]:
    """Sealed under its checksum; nothing where it is no photo or video. Raises NoRoom."""
    try:
        return {upload.sha256: seal(upload, "media")}
    except NoRoom:
        raise
    except Refused as error:
        log.info("a file of a letter stays in it: %s", error)
        return {}


@transaction.atomic
def settle(letter: Letter, head: Head, read: letters.Read, media: Sequence[Sealed]) -> None:
    """File it, add it, ignore it or leave it to a person: exactly once."""
    mine = Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    if mine.state != State.NEW:
        return
    seal_head(mine, replace(head, name=read.name, email=read.email, subject=read.subject))
    letter_deciding.decide(mine, read, media)
    mine.save()
