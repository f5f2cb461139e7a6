"""Who must have a second factor opens nothing before it is set up: no page, and no API either."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts import second_factor
from accounts.models import User

# To set it up, to leave, and what those pages are made of.
OPEN = frozenset(
    {"mfa_activate_totp", "account_reauthenticate", "account_logout", "set_language", "words"}
    | {"healthz"}
)


class SecondFactorFirst:
    """Knows API keys not at all: they are no session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if settings.SECOND_FACTOR != "required":
            return None  # and nobody asked yet who it is, which would cost a statement
        user = request.user
        if not isinstance(user, User) or not second_factor.lacks(request.session, user):
            return None
        if request.path.startswith("/api/"):
            message = _("Set up your second factor first.")
            return JsonResponse({"errors": {"detail": [message]}}, status=403)
        if second_factor.SealedFactors().is_mfa_enabled(user):
            # It has one and did not give it: this session was opened before it was asked for.
            logout(request)
            return redirect("account_login")
        name = request.resolver_match.url_name if request.resolver_match else None
        return None if name in OPEN else redirect("mfa_activate_totp")
