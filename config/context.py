"""What every page knows: where the live gateway is, and which map tiles lie below the outlines."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from accounts.models import User
from accounts.roles import DISPATCHING, REVIEWING_OPENINGS, WATCHING, Role


def live_url(request: HttpRequest) -> str:
    """The gateway's address as this browser reaches it: set, or our host with the live port."""
    if settings.LIVE_URL:
        return str(settings.LIVE_URL).rstrip("/")
    name = urlsplit(f"//{request.get_host()}").hostname or "localhost"
    host = f"[{name}]" if ":" in name else name
    return f"{request.scheme}://{host}:{settings.LIVE_PORT}"


def house(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)  # none yet where the gate refused it
    role = user.role if isinstance(user, User) else None
    return {
        "live_url": live_url(request),
        "tiles_url": settings.TILES_URL,
        "tiles_attribution": settings.TILES_ATTRIBUTION,
        "watches": role in WATCHING,
        "dispatches": role in DISPATCHING,
        "reviews_openings": role in REVIEWING_OPENINGS,
        "works_outside": role == Role.COMMUNITY_WORKER,
    }
