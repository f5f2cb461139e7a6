"""What depends on the host a browser used."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from config.context import live_url


class NoNul:
    """PostgreSQL's text holds no NUL: an address or a query with one is refused at the door."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path:
            return refusal("address")
        for field, values in request.GET.lists():
            if "\x00" in field or any("\x00" in value for value in values):
                return refusal(field.replace("\x00", ""))
        return self.get_response(request)


def refusal(field: str) -> HttpResponse:
    return JsonResponse({"errors": {field: [_("Null characters are not allowed.")]}}, status=400)


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
