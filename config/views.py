"""Pages about the house itself."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers
from django.views.i18n import JavaScriptCatalog

from accounts.models import User
from accounts.roles import REVIEWING_OPENINGS, WATCHING, Role
from maps.health import database_answers, failing

words = cache_control(public=True, max_age=300)(
    vary_on_headers("Accept-Language", "Cookie")(JavaScriptCatalog.as_view(domain="djangojs"))
)


@require_GET
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 ok; 200 degraded with what fails; 503 only without the database."""
    if not database_answers():
        return JsonResponse({"status": "down", "failing": ["database"]}, status=503)
    sick = failing()
    return JsonResponse({"status": "degraded", "failing": sick} if sick else {"status": "ok"})


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """After log-in: each role to its own page."""
    assert isinstance(request.user, User)
    if request.user.role == Role.COMMUNITY_WORKER:
        return redirect("work")
    if request.user.role in WATCHING:
        return redirect("live-map")
    if request.user.role in REVIEWING_OPENINGS:
        return redirect("openings")
    if request.user.is_staff:
        return redirect("admin:index")
    return redirect("report")
