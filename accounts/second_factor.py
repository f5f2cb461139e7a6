"""The second factor of staff: codes of an authenticator app (TOTP), and recovery codes.

django-allauth has the pages and the rows; here is what it leaves to the cache of one process or to
nobody: a code is used once, tries are counted, secrets are sealed, and who must have one has one.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator

from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    record_authentication,
)
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.contrib.auth import SESSION_KEY, update_session_auth_hash
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.keys import keyring
from accounts.models import SecondFactor, User
from accounts.roles import Role
from accounts.sealing import BrokenSeal, UnknownKey

NO_STAFF = frozenset({Role.CITIZEN, Role.FIRM})
SECRETS = ("secret", "seed")


class SealedFactors(DefaultMFAAdapter):
    """How allauth's second factor behaves here; its secrets are sealed with the vault's keys."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("This code is wrong, or was used already."),
    }

    def encrypt(self, text: str) -> str:
        return urlsafe_b64encode(keyring().seal(text)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return keyring().open(urlsafe_b64decode(encrypted_text))

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        return user.get_username()

    def is_mfa_enabled(self, user: AbstractBaseUser, types: list[str] | None = None) -> bool:
        return settings.SECOND_FACTOR != "off" and bool(super().is_mfa_enabled(user, types))

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not is_required_of(authenticator.user)


# --- Who needs one ------------------------------------------------------------------------------


def is_required_of(user: User) -> bool:
    return settings.SECOND_FACTOR == "required" and user.role not in NO_STAFF


def lacks(session: SessionBase, user: User) -> bool:
    """Whether this session may open nothing yet: its owner needs a second factor and gave none.

    The session says it: no request pays a statement for it. It ends when the factor is taken away.
    """
    return is_required_of(user) and not is_given(session)


def is_given(session: SessionBase) -> bool:
    """Before the log-in is complete there are records too, and nobody's session yet."""
    records = session.get(AUTHENTICATION_METHODS_SESSION_KEY) or []
    return SESSION_KEY in session and any(each.get("method") == "mfa" for each in records)


# --- Codes ----------------------------------------------------------------------------------------


@transaction.atomic
def use(user: User, code: str) -> Authenticator | None:
    """The factor whose code this is, and the code is used up. None: wrong, or used before."""
    held: list[Authenticator] = list(
        Authenticator.objects.select_for_update().filter(user=user).order_by("pk")
    )
    for factor in held:
        if factor.type == Authenticator.Type.RECOVERY_CODES:
            if RecoveryCodes(factor).validate_code(code):
                return factor
        elif factor.type == Authenticator.Type.TOTP and use_totp(factor, code):
            return factor
    return None


def use_totp(factor: Authenticator, code: str) -> bool:
    """Of a later half-minute than the last one used, or an eavesdropper could use it again."""
    last = factor.data.get("last", -1)
    counter = counter_of(decrypt(factor.data["secret"]), code)
    if counter is None or counter <= last:
        return False
    factor.data["last"] = counter
    factor.save(update_fields=["data"])
    return True


def counter_of(secret: str, code: str) -> int | None:
    """The half-minute, of those that count just now, whose code this is."""
    for counter in yield_hotp_counters_from_time():
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, counter))):
            return int(counter)
    return None


def use_or_refuse(user: User, code: str) -> Authenticator | None:
    """As `use`; a secret that cannot be opened is no wrong code, and the administrator's matter."""
    try:
        return use(user, code)
    except (UnknownKey, BrokenSeal) as error:
        message = _("Your second factor cannot be read. Please tell the administrator.")
        raise ValidationError(message) from error


# --- Set up, taken away, sealed anew --------------------------------------------------------------


def begin(request: HttpRequest, user: User, code: str) -> None:
    """It was set up in this session, which goes on; all others of the account ended with it."""
    factor = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    use_totp(factor, code)
    record_authentication(request, user, "mfa", id=factor.pk, type=factor.type)
    user.refresh_from_db(fields=["rights_version"])
    update_session_auth_hash(request, user)


def take_away(users: Iterator[User] | list[User]) -> int:
    """For a lost phone: how many had one. Their sessions end, and they set one up anew."""
    factors = SecondFactor.objects.filter(user__in=list(users))
    had = len({factor.user_id for factor in factors})
    factors.delete()
    return had


@transaction.atomic
def reseal() -> int:
    """Seal every secret with the first key; returns how many. Raises UnknownKey, BrokenSeal."""
    factors = list(Authenticator.objects.select_for_update().order_by("pk"))
    adapter = SealedFactors()
    for factor in factors:
        for name in SECRETS:
            if name in factor.data:
                factor.data[name] = adapter.encrypt(adapter.decrypt(factor.data[name]))
        factor.save(update_fields=["data"])
    return len(factors)
