"""Vector tiles (MVT) of open incidents: counts of cells from afar, each one from near by.

One statement a tile; what is in it is what `visible_to` lets this person see. A tile is private to
its reader, changes with the incidents, and says by its ETag that it has not.
"""

from typing import Any

from django.contrib.gis.geos import Polygon
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BigIntegerField, F, Func, QuerySet, Sum, Value
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_GET

from accounts.models import User
from accounts.scope import Scope
from incidents.models import Incident, Kind
from maps import heat
from maps.api import NotWatching, refused, watcher
from maps.cells import FINEST, corner, level_for, range_of_tile
from maps.heat import Asked
from maps.heat_page import asked

MVT = "application/vnd.mapbox-vector-tile"
EXTENT = 4096
# From here on every incident is a point of its own.
POINTS_FROM = 14
MOST_POINTS = 5_000
OPEN_NOW = Asked("open", days=0)
# Cells side by side in a tile, as a power of two.
GRIDS, USUAL_GRID = range(1, 7), 5
TILE_OF_CELLS = """
SELECT ST_AsMVT(t, 'cells', {extent}, 'geom') FROM (
    SELECT ST_Point({x}, {y}) AS geom, m AS n FROM ({found}) AS c (k, m) WHERE m >= {fewest}
) AS t
"""
TILE_OF_POINTS = """
SELECT ST_AsMVT(t, 'incidents', {extent}, 'geom', 'id') FROM (
    SELECT ST_AsMVTGeom(ST_Transform(position, 3857), ST_TileEnvelope(%s, %s, %s)) AS geom,
           id, number, status, is_urgent, field
    FROM ({found}) AS p (position, id, number, status, is_urgent, field)
) AS t
"""


def of_cells(user: User, chosen: Asked, zoom: int, x: int, y: int, grid: int) -> bytes:
    """`2 ** grid` cells side by side, each a point with `n`."""
    scope = Scope.of(user)
    shown = min(FINEST, zoom + grid)
    if heat.is_whole(scope):
        shown = min(shown, heat.finest(chosen))
        stored = level_for(shown - 4)
        found = heat.cells(scope, chosen, stored).order_by()
        counts: Any = Sum(chosen.measure)
    else:
        stored = FINEST
        found = heat.counted(user, chosen).order_by()  # type: ignore[assignment]
        counts = heat.of(chosen.measure)
    first, last = range_of_tile(zoom, x, y, stored)
    number = in_tile(first, stored - shown)
    rows = found.filter(cell__range=(first, last)).values_list(number).annotate(m=counts)
    bits = shown - zoom
    column, row = (middle(bits, offset) for offset in (0, 1))
    return tile(TILE_OF_CELLS, rows, [], extent=EXTENT, x=column, y=row, fewest=1)


def in_tile(first: int, coarser: int) -> Func:
    """The number within the tile that begins with cell `first`, so many levels coarser."""
    return Func(
        F("cell") - first, Value(2 * coarser), template="(%(expressions)s)",
        arg_joiner=" >> ", output_field=BigIntegerField(),
    )  # fmt: skip


def middle(bits: int, offset: int) -> str:
    """SQL for the middle of cell `k` in the tile's own units, of its column (0) or row (1)."""
    step = EXTENT >> bits
    gathered = " + ".join(f"((k >> {2 * n + offset}) & 1) * {step << n}" for n in range(bits))
    return f"({gathered} + {step // 2})"


def of_points(user: User, chosen: Asked, zoom: int, x: int, y: int) -> bytes:
    """Open incidents one by one; where a report of wrongdoing points, nobody is shown."""
    seen = Incident.objects.visible_to(user).open().exclude(kind=Kind.WRONGDOING)
    if chosen.field:
        seen = seen.filter(category__field=chosen.field)
    found = (
        seen.filter(position__bboverlaps=envelope(zoom, x, y))
        .order_by("-is_urgent", "-id")
        .values_list("position", "id", "number", "status", "is_urgent", "category__field")
    )
    return tile(TILE_OF_POINTS, found[:MOST_POINTS], [zoom, x, y], extent=EXTENT)


def envelope(zoom: int, x: int, y: int) -> Polygon:
    """The tile in degrees, WGS-84."""
    west, north = corner(x, y, zoom)
    east, south = corner(x + 1, y + 1, zoom)
    return Polygon.from_bbox((west, south, east, north))


def tile(sql: str, rows: "QuerySet[Any, Any]", given: list[Any], **named: Any) -> bytes:
    try:
        found, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return b""
    with connection.cursor() as cursor:
        cursor.execute(sql.format(found=found, **named), [*given, *params])
        return bytes(cursor.fetchone()[0])


@require_GET
@cache_control(private=True, max_age=2)
@conditional_page
def incidents(request: HttpRequest, zoom: int, x: int, y: int) -> HttpResponse:
    """`?measure=&field=&days=` as the heatmap; `&grid=` 1 to 6: so fine, below the points."""
    try:
        user = watcher(request)
    except NotWatching:
        if not request.user.is_authenticated:
            return refused("detail", _("Log in first."), 401)
        return refused("detail", _("Your role is not shown the live map."), 403)
    if zoom > FINEST or x >= 1 << zoom or y >= 1 << zoom:
        return refused("tile", _("There is no such tile."), 404)
    grid = request.GET.get("grid", str(USUAL_GRID))
    if grid not in map(str, GRIDS):
        return refused("grid", _("A number from 1 to 6, please."), 400)
    chosen = asked(request, OPEN_NOW)
    if zoom >= POINTS_FROM:
        content = of_points(user, chosen, zoom, x, y)
    else:
        content = of_cells(user, chosen, zoom, x, y, int(grid))
    return HttpResponse(content, content_type=MVT)
