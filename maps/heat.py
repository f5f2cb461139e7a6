"""Where reports gather: counts by a small grid, and by street for those who read tables."""

from typing import Any

from django.contrib.gis.db.models import PointField
from django.contrib.gis.db.models.functions import SnapToGrid
from django.db.models import Count, QuerySet

from accounts.models import User
from districts.models import Boundary
from incidents.models import Incident, Kind

# Degrees; about 220 m by 165 m at Shenyang.
CELL = 0.002
MOST = 20_000


def countable(found: "QuerySet[Incident]") -> "QuerySet[Incident]":
    """Without reports of wrongdoing: a count one higher than yesterday's would show them."""
    return found.exclude(kind=Kind.WRONGDOING)


def spots(found: "QuerySet[Incident]") -> list[list[float]]:
    """`[latitude, longitude, count]` a cell, in one statement."""
    cells = (
        countable(found)
        .filter(position__isnull=False)
        .order_by()
        .annotate(cell=SnapToGrid("position", CELL, output_field=PointField()))
        .values_list("cell")
        .annotate(n=Count("id"))
        .order_by("-n")[:MOST]
    )
    return [[round(cell.y, 5), round(cell.x, 5), float(n)] for cell, n in cells]


def streets(found: "QuerySet[Incident]") -> list[dict[str, Any]]:
    """The twenty streets with most reports: the heatmap for those who cannot see it."""
    names = ("division__street__name", "division__street__name_en", "division__county__name",
             "division__county__name_en")  # fmt: skip
    rows = countable(found).filter(division__street__isnull=False).order_by().values(*names)
    return [
        {
            "street": row["division__street__name"],
            "street_en": row["division__street__name_en"],
            "county": row["division__county__name"],
            "county_en": row["division__county__name_en"],
            "n": row["n"],
        }
        for row in rows.annotate(n=Count("id")).order_by("-n", "division__street__name")[:20]
    ]


def home_of(user: User) -> list[float] | None:
    """Where this person's map opens: `[west, south, east, north]` of the jurisdiction."""
    if user.division_id is None:
        return None
    boundary = Boundary.objects.open().filter(division=user.division_id).first()
    return list(boundary.geom.extent) if boundary else None
