"""Who guesses passwords or codes is locked out: counted by account and by client address.

Each try is counted in PostgreSQL before it is checked, so that many at once cannot pass the limit
together; a right one takes its count back. An account's count begins with what was typed as its
name, whether there is such an account or not, and is kept under a digest: people type passwords
there. While a count stands at its limit even the right password is refused.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.client import client_address, client_name
from accounts.models import LogInTries

# The window begins with the first try, and anew with the one that reaches the limit.
COUNT = """
INSERT INTO accounts_logintries AS t (name, hits, ends)
VALUES (%(name)s, 1, statement_timestamp() + make_interval(secs => %(seconds)s))
ON CONFLICT (name) DO UPDATE SET
    hits = CASE WHEN t.ends <= statement_timestamp() THEN 1 ELSE t.hits + 1 END,
    ends = CASE WHEN t.ends <= statement_timestamp() OR t.hits + 1 >= %(most)s
                THEN excluded.ends ELSE t.ends END
WHERE t.hits < %(most)s OR t.ends <= statement_timestamp()
RETURNING hits
"""
GIVE_BACK = "UPDATE accounts_logintries SET hits = hits - 1 WHERE name = %s AND hits > 0"


class LockedOut(ValidationError):
    """Too many failed tries; says in how many minutes one may try again."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A count and what it may reach. `lasts`: a success only takes itself back from it."""

    name: str
    most: int
    lasts: bool = False


def by_address(request: HttpRequest | None) -> list[Limit]:
    """Nobody's address where there is no request: a command, a test."""
    if request is None:
        return []
    name = f"address:{client_name(client_address(request))}"
    return [Limit(name, settings.LOGIN_TRIES_ADDRESS, lasts=True)]


def by_account(typed: str) -> Limit:
    return Limit(account_name(typed), settings.LOGIN_TRIES_ACCOUNT)


def by_code(user_id: int) -> Limit:
    """Codes of the second factor: apart, or each right password would clear them."""
    return Limit(f"code:{user_id}", settings.LOGIN_TRIES_ACCOUNT)


def account_name(typed: str) -> str:
    """One name for all spellings that the database takes for the same account."""
    plain = unicodedata.normalize("NFKC", typed).strip().upper().casefold()
    return "account:" + salted_hmac("accounts.lockout", plain, algorithm="sha256").hexdigest()


def admit(limits: Sequence[Limit]) -> None:
    """Count one try against each, in this order; raises LockedOut at the first that is full."""
    for limit in limits:
        if not count(limit):
            raise LockedOut(words(seconds_left(limit.name)), code="locked_out")


def count(limit: Limit) -> bool:
    seconds = settings.LOGIN_WINDOW.total_seconds()
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"name": limit.name, "most": limit.most, "seconds": seconds})
        return cursor.fetchone() is not None


def forgive(limits: Sequence[Limit]) -> None:
    """The try was right: the account begins anew, an address only gets this one back."""
    cleared = [limit.name for limit in limits if not limit.lasts]
    LogInTries.objects.filter(name__in=cleared).delete()
    with connection.cursor() as cursor:
        for limit in limits:
            if limit.lasts:
                cursor.execute(GIVE_BACK, [limit.name])


def seconds_left(name: str) -> float:
    ends = LogInTries.objects.filter(pk=name).values_list("ends", flat=True).first()
    return max(0.0, (ends - timezone.now()).total_seconds()) if ends else 0.0


def words(seconds: float) -> str:
    minutes = max(1, -int(-seconds // 60))
    return _("Too many failed tries. Please try again in %(minutes)d min.") % {"minutes": minutes}


def forget() -> int:
    """Delete the counts whose time is over; returns how many."""
    return LogInTries.objects.filter(ends__lt=timezone.now()).delete()[0]


def lift(*names: str) -> int:
    return LogInTries.objects.filter(name__in=names).delete()[0]
