"""Pages about the house itself."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from django.views.i18n import JavaScriptCatalog

from accounts.models import User
from accounts.roles import REVIEWING_OPENINGS, WATCHING, Role
from config.context import THEME, THEMES
from maps.health import database_answers, failing

THEME_KEPT_S = 365 * 24 * 3600
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


def admin_login(request: HttpRequest) -> HttpResponse:
    """The one log-in; who is in already and yet asked for it may not enter."""
    if not request.user.is_authenticated:
        asked = {"next": request.GET.get("next") or reverse("admin:index")}
        return redirect(f"{reverse('account_login')}?{urlencode(asked)}")
    if not request.user.is_staff:
        raise PermissionDenied
    return redirect("admin:index")


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """`theme=dark` or `light` for this browser from now on; anything else: as the device has it."""
    chosen, back = request.POST.get("theme", ""), request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    answer = redirect(back if is_ours else "report")
    if chosen in THEMES:
        answer.set_cookie(
            THEME, chosen, max_age=THEME_KEPT_S, samesite="Lax", httponly=True,
            secure=request.is_secure(),
        )  # fmt: skip
    else:
        answer.delete_cookie(THEME, samesite="Lax")
    return answer


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """After log-in: each role to its own page."""
    assert isinstance(request.user, User)
    return redirect(*HOMES.get(Role(request.user.role), home_of_others(request.user)))


# What each does all day; the rest go where their rights lead.
HOMES: dict[Role, tuple[str, ...]] = {
    Role.COMMUNITY_WORKER: ("work",),
    Role.OPERATOR: ("operator",),
    Role.KNOWLEDGE_EDITOR: ("knowledge",),
    Role.CALL_BACK_AGENT: ("calls",),
    Role.UNIT_LIAISON: ("desk", "unit"),
    Role.QUALITY_CHECKER: ("desk", "checks"),
    Role.EMERGENCY_SEAT: ("desk", "alarms"),
    Role.DISTRICT_HEAD: ("desk", "late"),
    Role.PROVINCE_SUPERVISOR: ("desk", "late"),
    Role.INSPECTOR: ("desk", "late"),
    Role.FIRM: ("firm",),
    Role.SERVICE_MANAGER: ("manager",),
}


def home_of_others(user: User) -> tuple[str, ...]:
    if user.role in WATCHING:
        return ("live-map",)
    if user.role in REVIEWING_OPENINGS:
        return ("openings",)
    return ("admin:index",) if user.is_staff else ("report",)
