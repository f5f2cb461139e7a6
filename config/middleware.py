"""What depends on the host a browser used."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse

from config.context import live_url


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
