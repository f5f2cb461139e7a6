"""One gate for what comes in crooked, before any view sees it: addresses, queries, forms, sizes.

What it refuses gets a 400 (413 where it is too large) that names the field, as JSON below /api and
as a page elsewhere. JSON bodies have the same rules in their serializers (incidents.serializers).
"""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from incidents.uploads import is_cut

# The only addresses that take files, the latter from who is logged in; other bodies are small.
OPEN_DOOR, STAFF_DOORS = "api-reports", ("work-step", "desk-act", "firm-legal")
LONGEST_QUERY = 4_000
# What Python puts where bytes were no UTF-8: the words are lost already.
LOST = "\ufffd"


class Gate:
    """The middleware. Stands before whoever reads a form: CsrfViewMiddleware does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        refused = crooked_address(request) or crooked_query(request) or crooked_length(request)
        if refused:
            return refused
        response = self.get_response(request)
        if response.status_code == 405 and request.path.startswith("/api/"):
            return not_allowed(response)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Sizes by address; then the fields of a form, unless the view parses for itself."""
        if announced(request) > most_of(request):
            return refusal(request, "body", _("The request is too large."), 413)
        if request.method != "POST" or getattr(view, "csrf_exempt", False):
            return None
        fields = list(request.POST.lists())
        if is_cut(request):
            return refusal(request, "body", _("The request was cut off."))
        return crooked_words(request, fields)


def not_allowed(response: HttpResponse) -> HttpResponse:
    """Django's is empty; the API says it in its own shape."""
    if response.headers.get("Content-Type", "").startswith("application/json"):
        return response
    answer = JsonResponse({"errors": {"detail": [_("This method is not allowed.")]}}, status=405)
    answer.headers["Allow"] = response.headers.get("Allow", "")
    return answer


def crooked_address(request: HttpRequest) -> HttpResponse | None:
    if "\x00" in request.path or LOST in request.path:
        return refusal(request, "address", _("The address is not valid."))
    return None


def crooked_query(request: HttpRequest) -> HttpResponse | None:
    query = request.META.get("QUERY_STRING", "")
    if len(query) > LONGEST_QUERY:
        return refusal(request, "query", _("The query is too long."))
    try:
        unquote_to_bytes(query).decode()
    except UnicodeDecodeError:
        return refusal(request, "query", _("The text is not valid UTF-8."))
    return crooked_words(request, request.GET.lists())


def crooked_words(
    request: HttpRequest, fields: Iterable[tuple[str, list[str]]]
) -> HttpResponse | None:
    """PostgreSQL's text holds no NUL, and words that were no UTF-8 cannot be read any more."""
    for field, values in fields:
        for word in (field, *(each for each in values if isinstance(each, str))):
            if "\x00" in word:
                return refusal(request, field, _("Null characters are not allowed."))
            if LOST in word:
                return refusal(request, field, _("The text is not valid UTF-8."))
    return None


def crooked_length(request: HttpRequest) -> HttpResponse | None:
    """A body must say how long it is: without that Django would read nothing, and lose it."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()):
        return refusal(request, "Content-Length", _("A whole number is required."))
    if "HTTP_TRANSFER_ENCODING" in request.META and not int(length):
        return refusal(request, "Content-Length", _("Say how long the body is."), 411)
    return None


def most_of(request: HttpRequest) -> int:
    name = request.resolver_match.url_name if request.resolver_match else None
    may = name == OPEN_DOOR or (name in STAFF_DOORS and SESSION_KEY in request.session)
    brings_files = may and request.content_type == "multipart/form-data"
    return int(settings.REQUEST_MAX_BYTES if brings_files else settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def announced(request: HttpRequest) -> int:
    return int(request.META.get("CONTENT_LENGTH") or 0)


def refusal(request: HttpRequest, field: str, message: str, status: int = 400) -> HttpResponse:
    """Names the field, cleaned: an error must not carry on what it refuses."""
    shown = "".join(letter for letter in field if letter.isprintable()).replace(LOST, "?")[:60]
    if request.path.startswith("/api/"):
        return JsonResponse({"errors": {shown: [message]}}, status=status)
    return render(request, "refused.html", {"field": shown, "message": message}, status=status)
