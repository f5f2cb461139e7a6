"""Open data: what strangers may know of the incidents registered on one day.

A line an incident, as coarse as it must be (`maps.generalising`), in an order that says nothing.
A day's file is made once, some days later, and never again: two versions could be subtracted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from districts.models import Boundary, Division
from incidents.lifecycle import OPEN
from incidents.models import Category, Incident, Report, ServiceField, Status
from maps.generalising import Coarse, Fact, generalised

# What says nothing of how the province is served, or is told with another incident.
LEFT_OUT = (Status.MERGED, Status.WITHDRAWN, Status.INVALID)
FACTS = ("division__street", "division__county", "division__city", "category", "category__field")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file; the order of the fields is the order of the columns."""

    date: date
    place_level: str
    place_code: str
    place: str
    place_en: str
    class_level: str
    class_code: str
    class_zh: str
    class_en: str
    state: str
    outcome: str
    longitude: float | None
    latitude: float | None


# Name, type (Table Schema), meaning.
COLUMNS: tuple[tuple[str, str, str | Promise], ...] = (
    ("date", "date", _("day on which it was registered, by the hotline's clock")),
    ("place_level", "string", _("street, county, city or province: as fine as may be told")),
    ("place_code", "string", _("GB/T 2260 or statistical code of that place")),
    ("place", "string", _("its name in Chinese")),
    ("place_en", "string", _("its name in English")),
    ("class_level", "string", _("category, field or any: as fine as may be told")),
    ("class_code", "string", _("code of that category or service field; empty for any")),
    ("class_zh", "string", _("its name in Chinese")),
    ("class_en", "string", _("its name in English")),
    ("state", "string", _("open or ended, when the file was made")),
    ("outcome", "string", _("coded outcome of the reply; empty where there was none yet")),
    ("longitude", "number", _("WGS-84, a point inside that place, never the incident's own")),
    ("latitude", "number", _("WGS-84, a point inside that place, never the incident's own")),
)


@dataclass(frozen=True, slots=True)
class Day:
    """Everything of one file: its lines, and how many incidents are withheld."""

    lines: list[Line]
    withheld: int


def moments(day: date) -> tuple[datetime, datetime]:
    begins = timezone.make_aware(datetime.combine(day, time()))
    return begins, timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))


def incidents(day: date) -> "QuerySet[Incident]":
    """What is harmless by the one rule of strangers, and lies in a street."""
    begins, ends = moments(day)
    found = Incident.objects.harmless().exclude(status__in=LEFT_OUT)
    return found.filter(created_at__gte=begins, created_at__lt=ends, division__street__isnull=False)


def of_day(day: date) -> Day:
    """Three statements, and one for the names of the province."""
    first = Report.objects.filter(incident=OuterRef("pk")).order_by("pk")
    phone = Subquery(first.values("complainant__phone_index")[:1])
    # Who left no telephone number stands for a person each: nobody is found by those.
    rows = list(
        incidents(day)
        .annotate(phone=phone)
        .values_list(*FACTS, "phone", "number", "status", "outcome")
    )
    facts = [
        Fact(street, county, city, category, field, phone or number)
        for street, county, city, category, field, phone, number, _status, _outcome in rows
    ]
    told = generalised(facts, settings.OPEN_DATA_FEWEST)
    names = Names()
    lines = [
        names.line(day, coarse, status, outcome)
        for coarse, (*_facts, status, outcome) in zip(told, rows, strict=True)
        if coarse
    ]
    return Day(sorted(lines, key=as_words), sum(1 for coarse in told if coarse is None))


def as_words(line: Line) -> tuple[str, ...]:
    """An order that comes from what is told alone: not from numbers or times."""
    return tuple(map(str, astuple(line)))


class Names:
    """Names and points of what the lines speak of, read once a file."""

    def __init__(self) -> None:
        shown = Division.objects.filter(level__lte=4)
        self.places = {each.code: each for each in shown}
        outlines = Boundary.objects.open().filter(division__level__lte=4)
        self.points = dict(outlines.values_list("division", "point"))
        self.things: dict[str, Any] = {each.code: each for each in ServiceField.objects.all()}
        self.things |= {each.code: each for each in Category.objects.all()}
        self.province = next(each.code for each in self.places.values() if each.parent_id is None)

    def line(self, day: date, coarse: Coarse, status: str, outcome: str) -> Line:
        place = self.places[coarse.place or self.province]
        thing = self.things.get(coarse.thing)
        point = self.points.get(place.code)
        return Line(
            date=day,
            place_level=coarse.rung.place or "province",
            place_code=place.code,
            place=place.name,
            place_en=place.name_en,
            class_level=coarse.rung.thing or "any",
            class_code=coarse.thing,
            class_zh=thing.name_zh if thing else "",
            class_en=thing.name_en if thing else "",
            state="open" if status in OPEN else "ended",
            outcome=outcome,
            longitude=round(point.x, 4) if point else None,
            latitude=round(point.y, 4) if point else None,
        )


def values(lines: Sequence[Line]) -> Iterable[tuple[Any, ...]]:
    return (astuple(line) for line in lines)
