"""The live map and the heatmap."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from folium.plugins import HeatMap

from accounts.models import User
from accounts.roles import WATCHING
from incidents.lifecycle import OPEN
from incidents.models import Incident, ServiceField, Status
from maps import heat
from maps.frame import frame, map_of_the_province


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
        "frame": frame(map_of_the_province()),
        "statuses": [(status, Status(status).label) for status in OPEN],
        "fields": ServiceField.objects.all(),
        "home": heat.home_of(user),
    }
    return render(request, "maps/live.html", context)


@require_GET
@never_cache
@login_required
def heatmap(request: HttpRequest) -> HttpResponse:
    """What was reported in the last 30 days, as far as the person may see it."""
    user = watcher(request)
    since = timezone.now() - timedelta(days=30)
    spots = heat.spots(Incident.objects.visible_to(user).filter(created_at__gte=since))
    leaflet = map_of_the_province()
    if spots:
        layer = HeatMap(spots, radius=18, blur=14, min_opacity=0.35, max_zoom=13)  # type: ignore[no-untyped-call]
        layer.add_to(leaflet)
    context = {
        "frame": frame(leaflet),
        "count": round(sum(weight for *_point, weight in spots)),
        "streets": heat.streets(Incident.objects.visible_to(user).filter(created_at__gte=since)),
        "home": heat.home_of(user),
    }
    return render(request, "maps/heatmap.html", context)
