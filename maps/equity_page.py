"""The page that compares places: as soon served, and asking as often."""

from datetime import timedelta
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.desk import only
from accounts.roles import LOOKING_ON
from districts.models import Division, Level
from maps import equity
from maps.kept_counts import counted

PERIODS = (30, 90, 365)


@require_GET
@never_cache
@only(LOOKING_ON)
def show(request: HttpRequest) -> HttpResponse:
    """The counties of the province, or with `?county=` its streets; `?days=` 30, 90 or 365."""
    days = next((n for n in PERIODS if request.GET.get("days") == str(n)), PERIODS[1])
    county = county_of(request.GET.get("county", ""))
    level = Level.STREET if county else Level.COUNTY
    since = timezone.now() - timedelta(days=days)
    within = county.code if county else ""
    data, at = counted(f"equity {days} {within}", partial(equity.count, level, since, within))
    every = equity.places(data, level, within)
    context: dict[str, Any] = {
        "county": county,
        "places": [each for each in every if each.intake or each.handled],
        "quiet": sum(1 for each in every if not (each.intake or each.handled)),
        "worst": max((each.adjusted or 0 for each in every), default=0),
        "ratio": equity.ratio(every),
        "days": days,
        "periods": PERIODS,
        "fewest": equity.LEAST,
        "counted_at": at,
    }
    return render(request, "maps/equity.html", context)


def county_of(code: str) -> Division | None:
    if not code:
        return None
    found = Division.objects.filter(code=code, level=Level.COUNTY).select_related("city").first()
    if found is None:
        raise Http404
    return found
