"""The heatmap: what was reported where, as one picture, day by day, compared, and as a table.

The page is small and its folium frame always the same; the cells come after it as one JSON.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import conditional_page, require_GET
from folium.plugins import HeatMap

from accounts.desk import page_of
from accounts.roles import LOOKING_ON
from accounts.scope import Scope
from districts.models import Division
from incidents.models import ServiceField
from maps import heat, heat_cell, heat_hot, heat_points
from maps.frame import Frame, frame, map_of_the_province
from maps.heat import COMPARED, COMPARISONS, MEASURES, PERIODS, Asked
from maps.views import watcher

USUAL = Asked()
FEWER = {0.4: "#c6dbef", 0.7: "#6baed6", 1.0: "#08519c"}


@dataclass(frozen=True, slots=True)
class HeatFrame:
    """`layer`, `fewer`: the JavaScript variables of the two heat layers, both empty."""

    frame: Frame
    layer: str
    fewer: str


@cache
def heat_frame() -> HeatFrame:
    """What folium makes of the map does not depend on who looks, nor at what."""
    leaflet = map_of_the_province()
    layers = [heat_layer(), heat_layer(gradient=FEWER)]
    for layer in layers:
        layer.add_to(leaflet)
    return HeatFrame(frame(leaflet), *(layer.get_name() for layer in layers))


def heat_layer(**more: Any) -> HeatMap:
    return HeatMap([], radius=18, blur=14, min_opacity=0.35, max_zoom=13, **more)  # type: ignore[no-untyped-call]


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
        compare=given.get("compare", "") if given.get("compare", "") in COMPARED else "",
    )


def query_of(chosen: Asked) -> str:
    """The address's question again, for what belongs to the page."""
    told = {"measure": chosen.measure, "days": chosen.days, "field": chosen.field}
    if chosen.shift:
        told["compare"] = chosen.compare
    return urlencode(told)


def words_of(chosen: Asked) -> dict[str, Any]:
    return {
        "chosen": chosen,
        "measure": MEASURES[chosen.measure],
        "period": PERIODS[chosen.days],
        "query": query_of(chosen),
    }


@require_GET
@never_cache
@login_required
def heatmap(request: HttpRequest) -> HttpResponse:
    """`?measure=&days=&field=&compare=`, as far as the person may see it, and as a table."""
    user, chosen = watcher(request), asked(request)
    context: dict[str, Any] = words_of(chosen) | {
        "heat": heat_frame(),
        "table": heat.table(user, chosen),
        "home": heat.home_of(user),
        "measures": MEASURES.items(),
        "periods": PERIODS.items(),
        "comparisons": COMPARISONS.items(),
        "compared_with": COMPARISONS[chosen.compare],
        "too_long": bool(chosen.compare) and not chosen.shift,
        "fields": ServiceField.objects.all(),
        "looks_on": user.role in LOOKING_ON,
        "is_coarse": Scope.of(user).prefix == "",
    }
    return render(request, "maps/heatmap.html", context)


def json(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="application/json")


@require_GET
@cache_control(private=True, max_age=0)
@gzip_page
@conditional_page
@login_required
def points(request: HttpRequest) -> HttpResponse:
    """`maps.heat_points.points`, for the address's question; one statement."""
    return json(heat_points.points(watcher(request), asked(request)))


@require_GET
@cache_control(private=True, max_age=0)
@gzip_page
@conditional_page
@login_required
def days(request: HttpRequest) -> HttpResponse:
    """`maps.heat_points.days`: the last 30 days, one after the other."""
    return json(heat_points.days(watcher(request), asked(request)))


@require_GET
@never_cache
@login_required
def hot(request: HttpRequest) -> HttpResponse:
    """Hot spots tested against chance: a page, or (`?part=1`) a part of the heatmap's."""
    user, chosen = watcher(request), asked(request)
    told = heat_hot.found(user, chosen)
    outlines = [
        [each.cell, each.percent, each.n, each.z] for spot in told.spots for each in spot.cells
    ]
    context = words_of(chosen) | {
        "spots": heat_hot.named(told),
        "level": told.level,
        "outlines": {"level": told.level, "cells": outlines},
        "more": max(0, len(told.spots) - heat_hot.LISTED),
    }
    part = "part" in request.GET
    return render(request, "maps/hot_part.html" if part else "maps/hot.html", context)


@require_GET
@never_cache
@login_required
def behind(request: HttpRequest) -> HttpResponse:
    """`?cell=14-231` or `?place=210102`, with the heatmap's question: what was counted there."""
    user, chosen, page = watcher(request), asked(request), page_of(request)
    cell, code = request.GET.get("cell", ""), request.GET.get("place", "")
    where = heat_cell.cell_of(cell) or (heat_cell.place_of(code) if cell or code else None)
    rows, more = heat_cell.page_of_rows(heat_cell.behind(user, chosen, where), page)
    is_place = isinstance(where, Division)
    context = words_of(chosen) | {
        "rows": rows,
        "page": page,
        "more": more,
        "place": where if is_place else None,
        "where": urlencode({"place": code} if is_place else {"cell": cell}),
        "field": ServiceField.objects.filter(code=chosen.field).first(),
    }
    return render(request, "maps/behind_heat.html", context)
