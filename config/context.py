"""What every page knows: where the live gateway is, and which map tiles lie below the outlines."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from accounts.models import User
from accounts.roles import (
    ANSWERING,
    CALLING_BACK,
    EDITING_KNOWLEDGE,
    ERASING_IDENTITIES,
    HANDING_OVER,
    HOSTING_TOPICS,
    IMPORTING_CASES,
    MINDING_MESSAGES,
    MODERATING,
    PREVIEWING_MESSAGES,
    READING_BULLETINS,
    READING_DUTIES,
    READING_ROTAS,
    REVIEWING_OPENINGS,
    WATCHING,
    Role,
)
from dispatch.lists import DESKS
from enterprises.manager_desk import DECIDING
from enterprises.survey import READING

# The cookie in which a browser keeps light or dark; without it the device decides.
THEME, THEMES = "theme", ("light", "dark")


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
        "theme": theme if (theme := request.COOKIES.get(THEME)) in THEMES else "",
        "tiles_url": settings.TILES_URL,
        "tiles_attribution": settings.TILES_ATTRIBUTION,
        "watches": role in WATCHING,
        "answers_contacts": role in ANSWERING,
        "edits_knowledge": role in EDITING_KNOWLEDGE,
        "desks": [desk for desk in DESKS.values() if role in desk.roles],
        "moderates": role in MODERATING,
        "hosts_topics": role in HOSTING_TOPICS,
        "calls_back": role in CALLING_BACK,
        "reads_bulletins": role in READING_BULLETINS,
        "reviews_openings": role in REVIEWING_OPENINGS,
        "erases_identities": role in ERASING_IDENTITIES,
        "minds_messages": role in MINDING_MESSAGES,
        "previews_messages": role in PREVIEWING_MESSAGES,
        "reads_duties": role in READING_DUTIES,
        "reads_rotas": role in READING_ROTAS,
        "hands_over": role in HANDING_OVER,
        "imports_cases": role in IMPORTING_CASES,
        "second_factor": settings.SECOND_FACTOR,
        "works_outside": role == Role.COMMUNITY_WORKER,
        "speaks_for_a_firm": role == Role.FIRM,
        "looks_after_firms": role == Role.SERVICE_MANAGER,
        "judges_claims": role in DECIDING,
        "reads_usefulness": role in READING,
    }
