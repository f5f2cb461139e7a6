"""Every error of the API in one shape: `{"errors": {field: [sentence, ...]}}`."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from incidents.errors import KeyReused, NotAllowedNow, Refused

UNREADABLE = (exceptions.ParseError, exceptions.UnsupportedMediaType)


def render(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception into its answer; None (and so a 500) only for what nobody foresaw."""
    match error:
        case Refused():
            wait = {"Retry-After": str(error.retry_after_s)} if error.retry_after_s else None
            return Response(
                {"errors": presentable({error.field: [error.message]})},
                status=error.status,
                headers=wait,
            )
        case KeyReused():
            message = _("This Idempotency-Key was used with another body.")
            return Response({"errors": {"Idempotency-Key": [message]}}, status=409)
        case RecursionError():
            return Response({"errors": {"body": [_("The JSON is nested too deeply.")]}}, status=400)
        case NotAllowedNow():
            return Response({"errors": {"status": [str(error)]}}, status=409)
    answer = exception_handler(error, context)
    if answer is not None:
        answer.data = {"errors": presentable(fields_of(error, answer.data))}
    return answer


def presentable(errors: Any) -> Any:
    """Messages quote what they refuse, and that may hold what no answer can carry."""
    match errors:
        case dict():
            return {presentable(str(name)): presentable(each) for name, each in errors.items()}
        case list() | tuple():
            return [presentable(each) for each in errors]
    return str(errors).encode("utf-8", "replace").decode()[:500]


def fields_of(error: Exception, data: Any) -> dict[str, Any]:
    """DRF's answers: a validation error has fields already, the others a single detail."""
    if isinstance(error, exceptions.ValidationError):
        return data if isinstance(data, dict) else {"body": data}
    field = "body" if isinstance(error, UNREADABLE) else "detail"
    return {field: [data["detail"]]}
