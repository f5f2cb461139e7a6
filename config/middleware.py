"""What no view should have to think of: an absent database, the live gateway's origin."""

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from config.context import live_url
from incidents.storage import FULL, StorageAway

RETRY_AFTER_S = 2
log = logging.getLogger(__name__)


class Unavailable:
    """Without the database, or with a full disk, nothing was stored: 503, and when to try again.

    A lock nobody gave back in time is an OperationalError as well, and just as worth another try.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not passes(error):
            return None
        log.error("%s %s: %s", request.method, request.path, error)
        if request.path.startswith("/api/"):
            message = _("The hotline cannot store anything just now. Please try again.")
            answer: HttpResponse = JsonResponse({"errors": {"detail": [message]}}, status=503)
        else:
            # Without a request: the house's own frame would ask the database who is logged in.
            answer = HttpResponse(render_to_string("unavailable.html"), status=503)
        answer.headers["Retry-After"] = str(RETRY_AFTER_S)
        return answer


def passes(error: Exception) -> bool:
    """Whether the same request may well succeed a little later."""
    if isinstance(error, OSError):
        return error.errno in FULL or isinstance(error, StorageAway)
    return isinstance(error, OperationalError | InterfaceError)


class LiveOrigin:
    """Lets our pages listen to the live gateway, whose origin has our host and another port."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        parts = urlsplit(live_url(request))
        if parts.netloc:
            update = {"connect-src": [f"{parts.scheme}://{parts.netloc}"]}
            response._csp_update = update  # type: ignore[attr-defined]
        return response
