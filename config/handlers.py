"""Answers to what no view answered: JSON in the API's shape below /api, a page elsewhere."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views import csrf, defaults

from config.gate import refusal


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What Django found suspicious: too many fields, a form cut off, a host we do not serve."""
    if type(exception).__name__ == "DisallowedHost":
        return defaults.bad_request(request, exception)
    return refusal(request, "body", _("The request could not be read."))


def not_found(request: HttpRequest, exception: Exception) -> Any:
    if request.path.startswith("/api/"):
        return detail(_("There is nothing at this address."), 404)
    return defaults.page_not_found(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> Any:
    if request.path.startswith("/api/"):
        return detail(_("You may not do this."), 403)
    return defaults.permission_denied(request, exception)


def csrf_failure(request: HttpRequest, reason: str = "") -> Any:
    if request.path.startswith("/api/"):
        return detail(_("You may not do this."), 403)
    return csrf.csrf_failure(request, reason)


def server_error(request: HttpRequest) -> Any:
    if request.path.startswith("/api/"):
        return detail(_("Something went wrong on our side. Please try again."), 500)
    return defaults.server_error(request)


def detail(message: str, status: int) -> JsonResponse:
    return JsonResponse({"errors": {"detail": [message]}}, status=status)
