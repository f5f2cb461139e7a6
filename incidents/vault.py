"""The one way to what says who somebody is: kept, found by phone, opened for a reason, erased."""

import json
from dataclasses import asdict, dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.keys import keyring
from accounts.models import User
from accounts.sealing import BrokenSeal, UnknownKey, key_from
from incidents.errors import Refused, SealedAway, Unprocessable
from incidents.models import ENDED, Complainant, Contact, Letter, VaultOpening
from incidents.sealing import blind, masked_name, masked_phone

LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is, in clear: for the moment it is needed, never for a page's context."""

    name: str = ""
    phone: str = ""
    email: str = ""

    def __bool__(self) -> bool:
        return bool(self.name or self.phone or self.email)


# --- Keys ---------------------------------------------------------------------------------------


def index_of(phone: str) -> str:
    return blind(phone, key_from(settings.VAULT_INDEX_KEY))


# --- Kept and found ----------------------------------------------------------------------------


def keep(
    *,
    name: str = "",
    phone: str = "",
    email: str = "",
    user: User | None = None,
    language: str = "",
) -> Complainant:
    """Store a new complainant; at least one of the first four must say something."""
    made = Complainant(user=user, language=language or spoken())
    seal(made, Identity(name, phone, email))
    made.save(force_insert=True)
    return made


def keep_apart(*, phone: str = "", email: str = "") -> Complainant:
    """Somebody who asked nothing and is only told: never found by the number."""
    made = Complainant(language=spoken())
    seal(made, Identity("", phone, email))
    made.phone_index = ""
    made.save(force_insert=True)
    return made


def spoken() -> str:
    """The language of whoever is being served, as far as we speak it."""
    return "en" if (get_language() or "").startswith("en") else "zh-hans"


def seal(complainant: Complainant, identity: Identity) -> None:
    """Set what the row keeps of an identity; nothing is saved."""
    ring = keyring()
    complainant.sealed = ring.seal(json.dumps(asdict(identity))) if identity else None
    complainant.key_id = ring.first if identity else ""
    complainant.phone_index = index_of(identity.phone)
    complainant.masked_name = masked_name(identity.name)
    complainant.masked_phone = masked_phone(identity.phone)


def with_phone(phone: str) -> QuerySet[Complainant]:
    """Everybody who gave this number, however it was written, newest first."""
    return with_index(index_of(phone))


def same_number(caller: Complainant) -> QuerySet[Complainant]:
    """Every entry with the number of this one, itself among them; newest first."""
    return with_index(caller.phone_index)


def with_index(index: str) -> QuerySet[Complainant]:
    found = Complainant.objects.filter(phone_index=index) if index else Complainant.objects.none()
    return found.order_by("-pk")


def named(caller: Complainant, name: str, email: str = "") -> Complainant:
    """Who is on the line; a new entry with the same number where they say who they are now."""
    if not (name or email):
        return caller
    known = for_sending(caller)
    return keep(
        name=name or known.name,
        phone=known.phone,
        email=email or known.email,
        user=caller.user,
        language=caller.language,
    )


# --- Opened and erased -------------------------------------------------------------------------


def open_identity(complainant: Complainant, user: User, reason: str) -> Identity:
    """Who it is, once the opening is committed: call it outside of any transaction.

    Raises Refused where no reason is given, Unprocessable where it was erased, and SealedAway where
    the key is not there; then nothing was opened and nothing written.
    """
    identity = opened(complainant)
    if complainant.erased_at:
        raise Unprocessable("number", _("This identity was erased."))
    with transaction.atomic(durable=True):
        log(complainant, user, reason, VaultOpening.Act.OPENED)
    return identity


def for_sending(complainant: Complainant) -> Identity:
    """For the machine that sends somebody a message; never for a page, which has to say why."""
    return opened(complainant)


def opened(complainant: Complainant) -> Identity:
    if complainant.sealed is None:
        user = complainant.user
        return Identity(user.name, "", user.email) if user else Identity()
    try:
        return Identity(**json.loads(keyring().open(bytes(complainant.sealed))))
    except (UnknownKey, BrokenSeal) as error:
        raise SealedAway(f"complainant {complainant.pk}: {error}") from error


@transaction.atomic
def erase(complainant: Complainant, user: User, reason: str) -> None:
    """Forget who it was, for good; what was reported stays.

    Raises Refused where no reason is given, Unprocessable where it was erased before or where an
    incident of this person's is still open.
    """
    kept = Complainant.objects.select_for_update().get(pk=complainant.pk)
    if kept.erased_at:
        raise Unprocessable("number", _("This identity was erased."))
    if kept.reports.exclude(incident__status__in=ENDED).exists():
        raise Unprocessable("number", _("The incident has not ended; whoever asks is still owed."))
    log(kept, user, reason, VaultOpening.Act.ERASED)
    seal(kept, Identity())
    kept.user, kept.erased_at = None, timezone.now()
    kept.save()
    # With its key gone the file of a letter says nothing any more.
    spoken = Contact.objects.filter(Q(complainant=kept) | Q(report__complainant=kept))
    spoken.update(recording="")
    Letter.objects.filter(report__complainant=kept).update(sealed=None, key_id="", sender_index="")


def forget(complainant: Complainant) -> None:
    """Who was only told wants to be told no more: what was sealed goes, at their own word."""
    seal(complainant, Identity())
    complainant.user, complainant.erased_at = None, timezone.now()
    complainant.save()


def log(complainant: Complainant, user: User, reason: str, act: VaultOpening.Act) -> None:
    reason = reason.strip()
    if not reason:
        raise Refused("reason", _("Give a reason."))
    if len(reason) > LONGEST_REASON:
        raise Refused("reason", _("At most 200 characters."))
    VaultOpening.objects.create(complainant=complainant, user=user, reason=reason, act=act)
