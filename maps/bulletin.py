"""The month's bulletin: counted once, frozen with its formulas, restated as another edition.

    {"total": row, "counties": [row, ...], "departments": [row, ...],
     "excluded": {status: n, ...}, "returns": n, "unhappy": {reason: n, ...},
     "quality": what `maps.quality.count` gave}

A row has `code`, `name`, `name_en`, and the counts of `maps.figures`. Rates, score and ranks are
worked out of them when it is read (`maps.edition`): no percentage disagrees with its counts.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Unit, User
from districts.models import Division, Level
from incidents.errors import Refused
from maps import figures, quality
from maps.figures import Month
from maps.models import Bulletin

# Changes with any change of a formula; an edition says by which it was counted.
FORMULA = "2026.2"
COUNTS = (*figures.OF_INCIDENTS, *figures.OF_CALL_BACKS, "knowledge")
Row = dict[str, Any]


# --- Counting -------------------------------------------------------------------------------------


def count(month: Month) -> dict[str, Any]:
    """Everything of one bulletin; wrongdoing is in none of it (maps.figures)."""
    with transaction.atomic():
        by_county = counts(month, "division__county", "incident__division__county", None)
        by_unit = counts(month, "lead_unit", "incident__lead_unit", "item__unit")
        return {
            "total": total(by_county.values(), month),
            "counties": of_counties(by_county),
            "departments": of_departments(by_unit),
            "excluded": exclusions(month),
            "returns": figures.returned(month),
            "unhappy": figures.unhappy(month),
            "quality": quality.count(month),
        }


def counts(
    month: Month, of_incident: str, of_call_back: str, of_item: str | None
) -> dict[Any, Counter[str]]:
    """Key of the group (None where it has none) -> counts; one statement each kind."""
    found: dict[Any, Counter[str]] = {}
    asked = [
        (figures.counted(), of_incident, figures.OF_INCIDENTS),
        (figures.asked(), of_call_back, figures.OF_CALL_BACKS),
    ]
    for rows, group, conditions in asked:
        for key, told in grouped(rows, group, conditions, month):
            found.setdefault(key, Counter()).update(told)
    if of_item:
        updated = figures.updated_knowledge(month).order_by().values_list(of_item)
        for key, n in updated.annotate(n=Count("id")):
            found.setdefault(key, Counter())["knowledge"] = n
    return found


def grouped(
    rows: "QuerySet[Any]", group: str, conditions: Mapping[str, figures.Condition], month: Month
) -> Iterable[tuple[Any, dict[str, int]]]:
    """Only rows that some condition holds for are read: months lie together (BRIN)."""
    wheres = {name: where(month) for name, where in conditions.items()}
    wanted = {name: Count("id", filter=where) for name, where in wheres.items()}
    found = rows.filter(reduce(or_, wheres.values())).order_by()
    for row in found.values(group).annotate(**wanted):
        key = row.pop(group)
        if any(row.values()):
            yield key, row


def total(groups: Iterable[Counter[str]], month: Month) -> Row:
    every: Counter[str] = Counter()
    for group in groups:
        every.update(group)
    every["knowledge"] = figures.updated_knowledge(month).count()
    return plain(every)


def plain(told: Mapping[str, int]) -> Row:
    return {name: int(told.get(name, 0)) for name in COUNTS}


def of_counties(by_county: Mapping[Any, Counter[str]]) -> list[Row]:
    """Every county of the province, also where nothing was; last what has no county yet."""
    known = Division.objects.filter(level=Level.COUNTY, is_active=True).order_by("code")
    rows = [
        named(c.code, *with_city(c), by_county.get(c.code, {}))
        for c in known.select_related("city")
    ]
    other: Counter[str] = Counter()
    for code, told in by_county.items():
        if code not in {row["code"] for row in rows}:
            other.update(told)
    return [*rows, named("", "", "", other)] if other else rows


def with_city(county: Division) -> tuple[str, str]:
    """Names of counties repeat: there is a Tiexi in Shenyang and one in Anshan."""
    if county.city is None:
        return county.name, county.name_en
    return county.city.name + county.name, f"{county.name_en}, {county.city.name_en}"


def of_departments(by_unit: Mapping[Any, Counter[str]]) -> list[Row]:
    """Every unit that had something in the month."""
    units = Unit.objects.filter(pk__in=[pk for pk in by_unit if pk]).order_by("code")
    return [named(u.code, u.name, u.name_en, by_unit[u.pk]) for u in units]


def named(code: str, name: str, name_en: str, told: Mapping[str, int]) -> Row:
    return {"code": code, "name": name, "name_en": name_en, **plain(told)}


def exclusions(month: Month) -> dict[str, int]:
    """Why so many that were due are not judged by it: status, or `paused`."""
    left_out = figures.counted().filter(figures.excluded(month)).order_by()
    standing = left_out.filter(paused_at__isnull=False).exclude(status__in=figures.OTHER_ENDS)
    ended = left_out.filter(status__in=figures.OTHER_ENDS).values_list("status")
    told = dict(ended.annotate(n=Count("id")))
    return {**told, **({"paused": n} if (n := standing.count()) else {})}


# --- Freezing -------------------------------------------------------------------------------------


def freeze(month: Month) -> Bulletin:
    """The first edition, once the month is over; an earlier one stays as it is."""
    require_over(month)
    with transaction.atomic():
        made, _created = Bulletin.objects.get_or_create(
            month=month.first,
            edition=1,
            defaults={"formula": FORMULA, "data": count(month)},
        )
    return made


def restate(month: Month, by: User, reason: str) -> Bulletin:
    """Another edition of a frozen month; the former stays. Refused without a reason."""
    require_over(month)
    if not reason.strip():
        raise Refused("reason", _("Say why it is counted again."))
    with transaction.atomic():
        # Two at once: the second waits here, and its edition is the next.
        of_month = Bulletin.objects.select_for_update().filter(month=month.first)
        if not list(of_month.values_list("pk")):
            raise Refused("month", _("This month has no bulletin yet."))
        newest = of_month.aggregate(newest=Max("edition"))["newest"] or 0
        return Bulletin.objects.create(
            month=month.first, edition=newest + 1, formula=FORMULA, data=count(month),
            made_by=by, reason=reason.strip()[:300],
        )  # fmt: skip


def require_over(month: Month) -> None:
    if month.ends > timezone.now():
        raise Refused("month", _("This month is not over yet."))


def freeze_due() -> int:
    """Months that are over and have none, from the first case on; returns how many were made."""
    # What a merged line brought lies before our time: its months are its own.
    own = figures.counted().filter(taken=None)
    first = own.order_by("created_at").values_list("created_at", flat=True).first()
    if first is None:
        return 0
    month, now, made = Month.of(first), Month.of(timezone.now()), 0
    have = set(Bulletin.objects.filter(edition=1).values_list("month", flat=True))
    while month.first < now.first:
        if month.first not in have:
            freeze(month)
            made += 1
        month = month.following
    return made
