"""What firms say of the service: of use or not, by sector, size and district."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.desk import only
from accounts.roles import LOOKING_ON, Role
from districts.models import Division
from enterprises.models import Sector, Size
from enterprises.wilson import LEAST, Share

READING = LOOKING_ON | {Role.SERVICE_MANAGER}
# A county is what a firm's division lies in, or the division itself where it is wider.
COUNTED = """
SELECT GROUPING(f.sector) = 0 AS by_sector, GROUPING(f.size) = 0 AS by_size,
       coalesce(f.sector, f.size, coalesce(d.county_id, d.code)) AS code,
       GROUPING(coalesce(d.county_id, d.code)) = 0 AS by_place,
       count(*) FILTER (WHERE u.useful) AS yes, count(*) AS n
FROM enterprises_usefulness u
JOIN enterprises_firmrequest r ON r.id = u.request_id
JOIN enterprises_firm f ON f.id = r.firm_id
JOIN districts_division d ON d.code = f.division_id
GROUP BY GROUPING SETS ((), (f.sector), (f.size), (coalesce(d.county_id, d.code)))
"""


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the page. Percentages are of a hundred."""

    name: str
    share: Share
    target: float

    @property
    def rate(self) -> float:
        return 100 * self.share.rate

    @property
    def low(self) -> float:
        return 100 * self.share.interval[0]

    @property
    def high(self) -> float:
        return 100 * self.share.interval[1]

    @property
    def verdict(self) -> str:
        """Where the whole interval lies: `above` the target, `below`, or else `open`."""
        if self.low >= self.target:
            return "above"
        return "below" if self.high < self.target else "open"


@dataclass(frozen=True, slots=True)
class Group:
    """`ranked`: enough answers, the best lower bound first; `few`: how many, and no share."""

    title: str
    ranked: Sequence[Told]
    few: Sequence[Told]


@require_GET
@never_cache
@only(READING)
def page(request: HttpRequest) -> HttpResponse:
    whole, groups = results()
    context = {
        "whole": whole,
        "groups": groups,
        "target": settings.USEFUL_PERCENT,
        "least": LEAST,
    }
    return render(request, "enterprises/usefulness.html", context)


def results() -> tuple[Told | None, list[Group]]:
    """All answers together (None where there are none), and by sector, size and district."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTED)
        rows = cursor.fetchall()
    sizes: dict[str, Any] = {size.value: size.label for size in Size}
    sectors: dict[str, Any] = {sector.value: sector.label for sector in Sector}
    codes = [code for _s, _z, code, place, _y, _n in rows if place]
    places = {d.code: d.local_name for d in Division.objects.filter(code__in=codes)}
    groups = [
        group(_("By sector"), [row for row in rows if row[0]], sectors),
        group(_("By size"), [row for row in rows if row[1]], sizes),
        group(_("By district"), [row for row in rows if row[3]], places),
    ]
    alone = [row for row in rows if not (row[0] or row[1] or row[3]) and row[5]]
    return (told(alone[0], _("All firms")) if alone else None), groups


def group(title: str, rows: Sequence[Any], names: dict[str, Any]) -> Group:
    lines = [told(row, str(names[row[2]])) for row in rows]
    ranked = [line for line in lines if line.share.is_enough]
    few = [line for line in lines if not line.share.is_enough]
    return Group(
        title,
        sorted(ranked, key=lambda line: (-line.low, line.name)),
        sorted(few, key=lambda line: (-line.share.n, line.name)),
    )


def told(row: Any, name: str) -> Told:
    return Told(name, Share(row[4], row[5]), settings.USEFUL_PERCENT)
