"""The heatmap: what was reported where, as one picture, day by day, and as a table."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET
from folium.plugins import HeatMap

from accounts.roles import LOOKING_ON
from accounts.scope import Scope
from incidents.models import ServiceField
from maps import heat
from maps.frame import frame, map_of_the_province
from maps.heat import MEASURES, PERIODS, Asked
from maps.views import watcher

USUAL = Asked()


def asked(request: HttpRequest, usual: Asked = USUAL) -> Asked:
    """What the address asks for; for words it does not know, the usual."""
    given = request.GET
    measure, days = given.get("measure", ""), given.get("days", "")
    known = {str(each): each for each in PERIODS}
    field = ServiceField.objects.filter(code=given.get("field", "")[:40].replace("\0", ""))
    return Asked(
        measure=measure if measure in MEASURES else usual.measure,
        days=known.get(days, usual.days),
        field=field[0].code if "field" in given and field else "",
    )


@require_GET
@never_cache
@login_required
def heatmap(request: HttpRequest) -> HttpResponse:
    """`?measure=&days=&field=`, as far as the person may see it; the same counts in a table."""
    user, chosen = watcher(request), asked(request)
    spots = heat.spots(user, chosen)
    leaflet = map_of_the_province()
    layer = HeatMap(spots, radius=18, blur=14, min_opacity=0.35, max_zoom=13)  # type: ignore[no-untyped-call]
    layer.add_to(leaflet)
    places = heat.places(user, chosen)
    context: dict[str, Any] = {
        "frame": frame(leaflet),
        "layer": layer.get_name(),
        "count": round(sum(weight for *_point, weight in spots)),
        "places": places,
        "by_county": bool(places) and places[0].division.county_id == places[0].division.code,
        "compared": 0 < chosen.days <= heat.PLAYED,
        "home": heat.home_of(user),
        "chosen": chosen,
        "measures": MEASURES.items(),
        "periods": PERIODS.items(),
        "period": PERIODS[chosen.days],
        "fields": ServiceField.objects.all(),
        "looks_on": user.role in LOOKING_ON,
        "is_coarse": Scope.of(user).prefix == "",
    }
    return render(request, "maps/heatmap.html", context)


@require_GET
@never_cache
@login_required
@gzip_page
def days(request: HttpRequest) -> JsonResponse:
    """`{"days": [["2026-11-28", [[latitude, longitude, count], ...]], ...]}`, oldest first."""
    return JsonResponse({"days": heat.played(watcher(request), asked(request))})
