"""Who asked: told for a reason to those who must talk to them; erased on request."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.desk import only, user_of
from accounts.models import User
from accounts.roles import (
    ERASING_IDENTITIES,
    OPENING_GUARDED_IDENTITIES,
    OPENING_IDENTITIES,
    Role,
)
from incidents import vault
from incidents.errors import Refused, SealedAway
from incidents.models import Complainant, Incident, Report
from incidents.showing import is_guarded

Context = dict[str, Any]
NOT_KEPT = "private, no-store"
WITH_INCIDENT = ("complainant__user", "incident")


@require_http_methods(["GET", "POST"])
@only(OPENING_IDENTITIES)
def identity(request: HttpRequest, number: str) -> HttpResponse:
    """Ask why, write it down, then tell; `?panel=1` gives the inner part alone."""
    report = report_of(user_of(request), number)
    context: Context = {"report": report, "complainant": asked(report), "status": 200}
    if request.method == "POST":
        try:
            reason = request.POST.get("reason", "")
            context["identity"] = vault.open_identity(asked(report), user_of(request), reason)
        except (Refused, SealedAway) as error:
            context |= told(error, request)
    name = "identity_panel" if "panel" in request.GET else "identity"
    return page(request, name, context)


def report_of(user: User, number: str) -> Report:
    """A report this person sees; refused where it is guarded or no longer theirs to handle."""
    report = get_object_or_404(
        Report.objects.select_related(*WITH_INCIDENT),
        number=number,
        incident__in=Incident.objects.visible_to(user),
    )
    if not may_open(user, report.incident):
        raise PermissionDenied
    return report


def may_open(user: User, incident: Incident) -> bool:
    """Whether this person, who sees the incident, may be told who asked."""
    if user.role == Role.COMMUNITY_WORKER and not incident.is_open:
        return False
    return user.role in (OPENING_GUARDED_IDENTITIES if is_guarded(incident) else OPENING_IDENTITIES)


def asked(report: Report) -> Complainant:
    if report.complainant is None:
        raise Http404
    return report.complainant


@require_http_methods(["GET", "POST"])
@only(ERASING_IDENTITIES)
def identities(request: HttpRequest) -> HttpResponse:
    """The data-protection officer's: found by the report's number, erased on request."""
    given = request.POST if request.method == "POST" else request.GET
    number = given.get("number", "").strip()
    report = Report.objects.select_related(*WITH_INCIDENT).filter(number=number).first()
    found = 200 if report or not number else 404
    context: Context = {"number": number, "report": report, "status": found}
    if report and report.complainant:
        context["complainant"] = report.complainant
        context["acts"] = report.complainant.openings.select_related("user")
    if request.method == "POST":
        if report is None or report.complainant is None:
            raise Http404
        try:
            vault.erase(report.complainant, user_of(request), given.get("reason", ""))
        except Refused as error:
            context |= told(error, request)
        else:
            messages.success(request, _("The identity is erased."))
            return redirect("identities")
    return page(request, "identities", context)


def told(error: Refused | SealedAway, request: HttpRequest) -> Context:
    if isinstance(error, SealedAway):
        text = _("It cannot be opened: its key is not there. Please tell the administrator.")
        return {"errors": {"all": text}, "status": 503}
    return {
        "errors": {error.field: error.message},
        "reason": request.POST.get("reason", ""),
        "status": error.status,
    }


def page(request: HttpRequest, name: str, context: Context) -> HttpResponse:
    answer = render(request, f"incidents/{name}.html", context, status=context["status"])
    answer.headers["Cache-Control"] = NOT_KEPT
    return answer
