"""The live map."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.roles import DISPATCHING, WATCHING
from incidents.lifecycle import OPEN
from incidents.models import ServiceField, Status
from maps import heat
from maps.frame import plain_map


def watcher(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    if request.user.role not in WATCHING:
        raise PermissionDenied
    return request.user


@require_GET
@never_cache
@login_required
def live_map(request: HttpRequest) -> HttpResponse:
    """Open incidents and workers, moving; the list beside it says the same without a map."""
    user = watcher(request)
    context = {
        "frame": plain_map(),
        "statuses": [(status, Status(status).label) for status in OPEN],
        "fields": ServiceField.objects.all(),
        "home": heat.home_of(user),
        "sends_workers": user.role in DISPATCHING,
    }
    return render(request, "maps/live.html", context)
