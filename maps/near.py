"""What everybody may know of what was reported near a place, as the public map shows it.

Which incidents these are is `Incident.objects.public` alone. Where one lies is told no finer than
a square of 460 m: every question is turned into whole squares first, so that asking often and
moving a little tells no more than asking once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any, Self

from django.contrib.gis.geos import Point
from django.db.models import Case, F, Q, QuerySet, Sum, Value, When
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.scope import Scope, code_prefix
from districts.bbox import Box
from districts.models import Division, Level
from incidents.lifecycle import OPEN, Status
from incidents.models import IncidentQuerySet
from incidents.voices.pages import with_place
from maps import heat
from maps.cells import cell_at, centre_of, place_of, ranges_of
from maps.heat import Asked
from maps.models import CountedIncident
from maps.withheld import withheld

# No point of the public map is finer than these squares: 460 m at Shenyang.
LEVEL = 16
# So many squares to each side of the one somebody asks about: 1.1 km to the nearest edge.
REACH = 2
USUAL_DAYS = 90
# Degrees of a side; a wall of screens at the zoom where squares are shown sees half of it.
WIDEST_BOX = 1.0
EVERYTHING = Scope(prefix="")


class State(StrEnum):
    """What a resident is told of where it stands; each has a colour and a shape."""

    OPEN = "open"
    WORKING = "working"
    CLOSED = "closed"

    @classmethod
    def of(cls, status: str) -> Self:
        if status not in OPEN:
            return cls("closed")
        return cls("working" if status in WORKED_ON else "open")


WORKED_ON = (Status.IN_PROGRESS, Status.REPLIED, Status.CALL_BACK)
STATE_NAMES: dict[str, str | Promise] = {
    State.OPEN: _("reported"),
    State.WORKING: _("being worked on"),
    State.CLOSED: _("closed"),
}
# `?state=`: what may be asked for, and how a count of the grid counts for it.
ASKED_STATES: dict[str, str | Promise] = {
    "": _("all"),
    "open": _("not yet closed"),
    "closed": _("closed"),
}
MEASURES: dict[str, Any] = {
    "": Sum("public"),
    "open": Sum("public_open"),
    "closed": Sum(F("public") - F("public_open")),
}
RANK = {State.OPEN: 2, State.WORKING: 1, State.CLOSED: 0}


@dataclass(frozen=True, slots=True)
class Wanted:
    """`state`: of ASKED_STATES; `days`: of heat.PERIODS; `field`: a service field's code or ""."""

    state: str = ""
    days: int = USUAL_DAYS
    field: str = ""

    @property
    def asked(self) -> Asked:
        return Asked(days=self.days, field=self.field)

    @property
    def begins(self) -> datetime:
        first = self.asked.begins(timezone.localdate())
        return timezone.make_aware(datetime.combine(first, time()))


@dataclass(frozen=True, slots=True)
class Squares:
    """A block of squares of LEVEL: first column, first row, last column, last row."""

    block: tuple[int, int, int, int]

    @classmethod
    def around(cls, cell: int, reach: int = REACH) -> Self:
        x, y = place_of(cell)
        last = (1 << LEVEL) - 1
        return cls(
            (max(0, x - reach), max(0, y - reach), min(last, x + reach), min(last, y + reach))
        )

    @classmethod
    def over(cls, box: Box) -> Self:
        """Every square the box touches."""
        west, north = place_of(cell_at(box.west, box.north, LEVEL))
        east, south = place_of(cell_at(box.east, box.south, LEVEL))
        return cls((west, north, east, south))

    @property
    def condition(self) -> Q:
        """Of CountedIncident."""
        ranges = ranges_of(self.block, LEVEL)
        return reduce(or_, (Q(cell__range=each) for each in ranges), Q())


def square_of(point: Point) -> int:
    return cell_at(point.x, point.y, LEVEL)


def middle_of(square: int) -> tuple[float, float]:
    """Longitude and latitude, WGS-84, rounded to a metre."""
    longitude, latitude = centre_of(square, LEVEL)
    return round(longitude, 5), round(latitude, 5)


# --- Incidents -----------------------------------------------------------------------------------


def reports(wanted: Wanted, where: Squares | Division | None = None) -> IncidentQuerySet:
    """Newest first."""
    found = narrowed(with_place(), wanted).order_by("-id")
    if isinstance(where, Division):
        return found.filter(division__code__startswith=code_prefix(where))
    if where is not None:
        return found.filter(pk__in=counted(wanted).filter(where.condition).values("incident"))
    return found


def counted(wanted: Wanted) -> "QuerySet[CountedIncident]":
    """Which may be asked for by its cell; `narrowed` has the last word."""
    first = wanted.asked.begins(timezone.localdate())
    found = CountedIncident.objects.filter(public=1, day__gte=first)
    return found.filter(field=wanted.field) if wanted.field else found


def narrowed(found: IncidentQuerySet, wanted: Wanted) -> IncidentQuerySet:
    found = found.filter(created_at__gte=wanted.begins)
    if wanted.field:
        found = found.filter(category__field=wanted.field)
    if wanted.state:
        among = Q(status__in=OPEN)
        found = found.filter(among if wanted.state == "open" else ~among)
    return found


def state_in_sql(status: str) -> Case:
    """The rank of an incident's state, as RANK has it."""
    return Case(
        When(**{f"{status}__in": WORKED_ON}, then=Value(RANK[State.WORKING])),
        When(**{f"{status}__in": list(OPEN)}, then=Value(RANK[State.OPEN])),
        default=Value(RANK[State.CLOSED]),
    )


# --- From afar -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A county with how many were reported in it; None where they are too few to say."""

    division: Division
    n: int | None


def counties(wanted: Wanted, within: Division | None = None) -> list[Place]:
    """By count, most first; of a city or of the province. Two statements."""
    scope = Scope(prefix=code_prefix(within))
    rows = heat.cells(scope, wanted.asked, 12).order_by().values_list("county")
    counts = {code: n for code, n in rows.annotate(m=MEASURES[wanted.state]) if code and n}
    hidden = withheld(counts)
    names = Division.objects.select_related("city").in_bulk(list(counts))
    places = [Place(names[c], None if c in hidden else n) for c, n in counts.items() if c in names]
    return sorted(places, key=lambda each: (-(each.n or 0), each.division.code))


def parts_of(place: Division) -> Sequence[Division]:
    """The streets of a county, or communities of a street, to go on from."""
    if place.level not in (Level.COUNTY, Level.STREET):
        return []
    return list(Division.objects.children_of(place.code))
