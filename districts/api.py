"""The public questions about places: where is this, what is that called, how does it look."""

from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import conditional_page, require_GET

from districts.bbox import Box, Reason, parse_bbox
from districts.datums import Datum
from districts.errors import MalformedBox, MalformedPosition, OutsideProvince
from districts.locate import locate, position
from districts.models import Boundary, Division, Level
from districts.outlines import feature_collection

HOUR = 3600
SEARCH_LIMIT = 20
# Degrees: the widest box for levels with thousands of members.
FINE_SPAN = {Level.STREET: 4.0, Level.COMMUNITY: 1.0, Level.GRID: 0.25}
BOX_MESSAGES = {
    Reason.SHAPE: gettext_noop("bbox must be four numbers: minx,miny,maxx,maxy."),
    Reason.FINITE: gettext_noop("bbox must hold finite numbers."),
    Reason.RANGE: gettext_noop("bbox must lie within ±180 and ±90 degrees."),
    Reason.INVERTED: gettext_noop("bbox must have its minimum before its maximum."),
    Reason.OVERSIZE: gettext_noop("bbox is too large for this level."),
}


@require_GET
def locate_position(request: HttpRequest) -> JsonResponse:
    """`?lat=&lon=&datum=` -> the leaf division, its path and its grid cell. One statement."""
    asked = request.GET
    try:
        point = position(asked.get("lon"), asked.get("lat"), asked.get("datum", Datum.WGS84))
        found = locate(point, with_cell=True)
    except MalformedPosition as error:
        return _refusal(400, error.errors)
    except OutsideProvince:
        return _refusal(422, {"position": [_("This position lies outside the province.")]})
    return JsonResponse({"division": leaf_json(found) | {"cell": vars(found)["cell"]}})


@require_GET
def search_divisions(request: HttpRequest) -> JsonResponse:
    """`?q=` -> at most 20 divisions whose name contains it, larger ones first. One statement."""
    words = request.GET.get("q", "").replace("\x00", "").strip()
    if not words:
        return _refusal(400, {"q": [_("q must hold at least one character.")]})
    open_now = Boundary.objects.valid_at(timezone.localdate()).filter(division=OuterRef("pk"))
    found = Division.objects.with_path().search(words, SEARCH_LIMIT)
    placed = found.annotate(label=Subquery(open_now.values("point")[:1]))
    return JsonResponse({"divisions": [_found_json(division) for division in placed]})


@require_GET
@gzip_page
@conditional_page
def outlines(request: HttpRequest) -> HttpResponse:
    """`?level=&bbox=` -> outlines for display as GeoJSON. One statement."""
    word = request.GET.get("level", "county")
    if word not in {level.word for level in Level}:
        known = ", ".join(level.word for level in Level)
        return _refusal(400, {"level": [_("level must be one of %(known)s.") % {"known": known}]})
    level = Level.from_word(word)
    try:
        box = _box(request.GET.get("bbox"), level)
    except MalformedBox as error:
        return _refusal(400, {"bbox": [_(BOX_MESSAGES[Reason(error.reason)])]})
    body = feature_collection(level, box, timezone.localdate())
    response = HttpResponse(body, content_type="application/geo+json")
    patch_cache_control(response, public=True, max_age=HOUR)
    return response


def _box(text: str | None, level: Level) -> Box | None:
    if text is None and level not in FINE_SPAN:
        return None
    return parse_bbox(text or "", FINE_SPAN.get(level, 360.0))


def _refusal(status: int, errors: dict[str, list[str]]) -> JsonResponse:
    return JsonResponse({"errors": errors}, status=status)


def leaf_json(division: Division) -> dict[str, Any]:
    """A located division with its path; it must be fetched by `locate()`."""
    return {
        "code": division.code,
        "name": division.name,
        "name_en": division.name_en,
        "level": Level(division.level).word,
        "approximate": getattr(division, "approximate", False),
        "path": [
            {
                "code": step.code,
                "name": step.name,
                "name_en": step.name_en,
                "level": Level(step.level).word,
            }
            for step in division.path
        ],
    }


def _found_json(division: Division) -> dict[str, Any]:
    label = getattr(division, "label", None)
    return {
        "code": division.code,
        "name": division.name,
        "name_en": division.name_en,
        "level": Level(division.level).word,
        "path": [step.name for step in division.path],
        "path_en": [step.name_en for step in division.path],
        "lon": round(label.x, 6) if label else None,
        "lat": round(label.y, 6) if label else None,
    }
