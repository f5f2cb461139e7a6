"""Vector tiles for everybody: counts of cells from afar, squares of 460 m from near by.

One statement each, the same for whoever asks: a proxy may keep them. From afar a cell of fewer
than FEWEST is not there. From near by a square says how many public pages it has and how far the
least advanced of them is; where in the square they lie, nobody is told.
"""

from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from incidents.models import Incident
from maps import heat, near
from maps.api import refused
from maps.cells import FINEST, level_for, range_of_tile
from maps.near import EVERYTHING, LEVEL, MEASURES, Wanted
from maps.near_asked import wanted_without_looking
from maps.tiles import EXTENT, MVT, TILE_OF_CELLS, in_tile, middle, tile
from maps.withheld import FEWEST

POINTS_FROM = 14
# Cells side by side in a tile, as a power of two: what a thumb can hit.
GRID = 2
TILE_OF_SQUARES = """
SELECT ST_AsMVT(t, 'squares', {extent}, 'geom') FROM (
    SELECT ST_Point({x}, {y}) AS geom, k + {first} AS square, n, state
    FROM ({found}) AS c (k, n, state)
) AS t
"""


def of_cells(wanted: Wanted, zoom: int, x: int, y: int) -> bytes:
    """Below POINTS_FROM; `n` of each cell."""
    shown = min(zoom + GRID, heat.finest(wanted.asked))
    stored = level_for(shown - 4)
    first, last = range_of_tile(zoom, x, y, stored)
    found = heat.cells(EVERYTHING, wanted.asked, stored).filter(cell__range=(first, last))
    number = in_tile(first, stored - shown)
    rows = found.order_by().values_list(number).annotate(m=MEASURES[wanted.state])
    column, row = (middle(shown - zoom, offset) for offset in (0, 1))
    return tile(TILE_OF_CELLS, rows, [], extent=EXTENT, x=column, y=row, fewest=FEWEST)


def of_squares(wanted: Wanted, zoom: int, x: int, y: int) -> bytes:
    """From POINTS_FROM to LEVEL; `square`, `n` and `state` (`near.RANK`) of each."""
    first, last = range_of_tile(zoom, x, y, FINEST)
    public = near.narrowed(Incident.objects.public(), wanted)
    rows = (
        near.counted(wanted)
        .filter(cell__range=(first, last), incident__in=public)
        .order_by()
        .values_list(in_tile(first, FINEST - LEVEL))
        .annotate(n=Count("pk"), state=Max(near.state_in_sql("incident__status")))
    )
    column, row = (middle(LEVEL - zoom, offset) for offset in (0, 1))
    start = first >> 2 * (FINEST - LEVEL)
    return tile(TILE_OF_SQUARES, rows, [], extent=EXTENT, x=column, y=row, first=start)


@require_safe
@cache_control(public=True, max_age=60)
@conditional_page
def public(request: HttpRequest, zoom: int, x: int, y: int) -> HttpResponse:
    """`?state=&days=&field=` as on the page."""
    if zoom > LEVEL or x >= 1 << zoom or y >= 1 << zoom:
        return refused("tile", _("There is no such tile."), 404)
    wanted = wanted_without_looking(request)
    content = (of_squares if zoom >= POINTS_FROM else of_cells)(wanted, zoom, x, y)
    return HttpResponse(content, content_type=MVT)
