"""Which device it is: a random cookie of our own, signed; the database keeps keyed digests alone.

It is given when a device first says something, never for reading. A cookie that we did not sign is
as good as none.
"""

import hashlib
import hmac
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.sealing import key_from
from incidents.models import Incident

COOKIE = "voice"
SALT = "incidents.voices"
KEPT_S = 5 * 365 * 24 * 3600


def token_of(request: HttpRequest) -> str:
    """The device's secret; empty where it has none of ours."""
    found = request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=KEPT_S)
    return str(found)


def new_token() -> str:
    return secrets.token_urlsafe(24)


def keep(response: HttpResponse, token: str) -> None:
    """Give the device its secret, or keep it for longer."""
    response.set_signed_cookie(
        COOKIE,
        token,
        salt=SALT,
        max_age=KEPT_S,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def voice(token: str, incident: Incident) -> str:
    """The device at this incident: two incidents do not tell that it was the same one."""
    return _digest("voice", str(incident.pk), token) if token else ""


def device(token: str) -> str:
    """The device wherever it follows, so that it finds its list."""
    return _digest("device", token) if token else ""


def follower(token: str) -> str:
    """The device as one that follows places: not to be joined with what else it follows."""
    return _digest("places", token) if token else ""


def contact_index(contact: str, incident: Incident) -> str:
    """A contact at this incident, already in its plain form."""
    return _digest("contact", str(incident.pk), contact)


def contact_at(contact: str, place: str) -> str:
    """A contact at a place that is followed, already in its plain form."""
    return _digest("contact at", place, contact)


def address(client: str, incident: Incident) -> str:
    """A client of the network at this incident, for counting new devices within a day."""
    return _digest("address", str(incident.pk), client)


def contact_name(contact: str) -> str:
    """A contact everywhere, for counting how often it is written to."""
    return _digest("contact", contact)


def _digest(*parts: str) -> str:
    key = key_from(settings.VAULT_INDEX_KEY)
    return hmac.new(key, "\0".join(("voices", *parts)).encode(), hashlib.sha256).hexdigest()
