"""The public map: what was reported and done near a place; a list beside it says the same.

Without JavaScript, or a map, the list goes on by division.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.desk import page_of
from districts.errors import MalformedBox, MalformedPosition
from districts.models import Boundary, Division, Level
from incidents.models import Incident, ServiceField
from incidents.recipients import Channel, is_on
from incidents.voices import devices
from maps import near, places_followed
from maps.heat import PERIODS
from maps.near import ASKED_STATES, STATE_NAMES, State, Wanted, middle_of
from maps.near_asked import (
    LONGEST,
    Where,
    squares_of,
    wanted_of,
    wanted_without_looking,
    where_of,
)

SHOWN = 30
# Where a point was asked for the map opens at the zoom that has squares.
CLOSE_ZOOM = 15


@require_safe
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """`?division=` or `?lat=&lon=`, `?q=` finds a place by name; `?state=&days=&field=` filter."""
    fields = list(ServiceField.objects.all())
    wanted = wanted_of(request, fields)
    error, where = "", Where()
    try:
        where = where_of(request.GET.dict())
    except MalformedPosition as wrong:
        error = str(wrong)
    words = request.GET.get("q", "").strip()[:LONGEST].replace("\0", "")
    context: dict[str, Any] = {
        "wanted": wanted,
        "fields": fields,
        "states": ASKED_STATES.items(),
        "periods": PERIODS.items(),
        "legend": STATE_NAMES.items(),
        "where": where,
        "filters": filters_of(wanted),
        "error": error,
        "q": words,
        "found": list(Division.objects.with_path().search(words)) if words else [],
        "map": {"filters": filters_of(wanted), "language": get_language(), **view_of(where)},
    }
    if not (error or words):
        context |= listed(request, wanted, where)
    return render(request, "maps/near.html", context, status=400 if error else 200)


def listed(request: HttpRequest, wanted: Wanted, where: Where) -> dict[str, Any]:
    """Counties from afar, incidents from near by; and whether this device follows the place."""
    place = where.division
    if where.square is None and (place is None or place.level < Level.COUNTY):
        within = place if place and place.level == Level.CITY else None
        return {"counties": near.counties(wanted, within)}
    page = page_of(request)
    rows = list(near.reports(wanted, where.area)[(page - 1) * SHOWN : page * SHOWN + 1])
    return {
        "rows": with_states(rows[:SHOWN]),
        "more": len(rows) > SHOWN,
        "page": page,
        "parts": near.parts_of(place) if place else [],
        "ways": [channel for channel in Channel.values if is_on(channel)],
        "followed": places_followed.of_device(devices.token_of(request), where),
    }


def with_states(rows: list[Incident]) -> list[tuple[Incident, str, Any]]:
    """With the state for residents: its code and its name."""
    states = [State.of(each.status) for each in rows]
    return [
        (each, str(state), STATE_NAMES[state]) for each, state in zip(rows, states, strict=True)
    ]


def filters_of(wanted: Wanted) -> str:
    """As the rest of an address, beginning with &: only what is not the usual."""
    usual = Wanted()
    given = {name: getattr(wanted, name) for name in ("state", "days", "field")}
    return "".join(f"&{k}={v}" for k, v in given.items() if v != getattr(usual, k))


def view_of(where: Where) -> dict[str, Any]:
    """Where the map opens: `box` of a division, or `at` and `zoom`."""
    if where.square is not None:
        return {"at": middle_of(where.square), "zoom": CLOSE_ZOOM}
    if where.division is None:
        return {}
    outline = Boundary.objects.open().filter(division=where.division).first()
    return {"box": list(outline.geom.extent)} if outline else {}


@require_safe
@cache_control(public=True, max_age=15)
@vary_on_headers("Accept-Language", "Cookie")
def rows(request: HttpRequest) -> HttpResponse:
    """What lies in `?box=west,south,east,north` or `?square=`, as the list of the page."""
    try:
        area = squares_of(request.GET.dict())
    except MalformedBox as wrong:
        return render(request, "maps/near_rows.html", {"error": f"box: {wrong.reason}"}, status=400)
    found = list(near.reports(wanted_without_looking(request), area)[: SHOWN + 1])
    context = {"rows": with_states(found[:SHOWN]), "more_in_view": len(found) > SHOWN}
    return render(request, "maps/near_rows.html", context)
