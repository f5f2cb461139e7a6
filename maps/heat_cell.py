"""The incidents behind a cell or a place of the heatmap, newest first."""

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from dispatch.lists import SHOWN, to_show
from districts.models import Division, Level
from incidents.models import Incident
from maps.cells import FINEST
from maps.heat import Asked
from maps.models import CountedIncident

LEVELS = range(1, FINEST + 1)
Ids = QuerySet[CountedIncident, int]


def cell_of(given: str) -> tuple[int, int] | None:
    """Level and number of `14-231`; None for what is no cell."""
    level, _, number = given.partition("-")
    parts = (level, number)
    if not all(part.isascii() and part.isdigit() and len(part) < 13 for part in parts):
        return None
    if int(level) not in LEVELS or int(number) >= 4 ** int(level):
        return None
    return int(level), int(number)


def place_of(code: str) -> Division:
    """A county or street. Raises Http404."""
    levels = [Level.COUNTY, Level.STREET]
    found = Division.objects.filter(code=code[:15].replace("\0", ""), level__in=levels).first()
    if found is None:
        raise Http404
    return found


def behind(user: User, asked: Asked, where: "tuple[int, int] | Division | None") -> "Ids":
    """Ids, newest first, of what was counted there (None: anywhere) and this person sees."""
    seen = Incident.objects.visible_to(user)
    found = CountedIncident.objects.filter(day__gte=asked.begins(timezone.localdate()))
    if asked.field:
        found = found.filter(field=asked.field)
    if asked.measure != "n":
        found = found.filter(**{f"{asked.measure}__gt": 0})
    if isinstance(where, Division):
        if where.level == Level.COUNTY:
            found = found.filter(county=where.code)
        else:
            seen = seen.filter(division__street=where.code)
    elif where is not None:
        level, number = where
        first = number << 2 * (FINEST - level)
        found = found.filter(cell__range=(first, first + 4 ** (FINEST - level) - 1))
    rows = found.filter(incident__in=seen).order_by("-day", "-pk")
    return rows.values_list("incident_id", flat=True)


def page_of_rows(rows: "Ids", page: int) -> tuple[list[Incident], bool]:
    """One page of them, and whether there is another; two statements."""
    start = (page - 1) * SHOWN
    ids = list(rows[start : start + SHOWN + 1])
    known = {each.pk: each for each in to_show(ids[:SHOWN])}
    return [known[pk] for pk in ids[:SHOWN] if pk in known], len(ids) > SHOWN
