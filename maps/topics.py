"""每月一题: how the topic of the month goes, for everybody; counted now, by the published rules.

Nobody is to be found by a count: small ones are withheld (maps.withheld), and a percentage is
printed whole, of enough incidents. Reports of wrongdoing and confidential ones are in no figure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.scope import code_prefix
from districts.models import Division
from incidents.lifecycle import OPEN
from incidents.models import Incident, Kind, Outcome, Status, Topic
from maps.rates import Rate
from maps.results import whole
from maps.withheld import FEWEST, withheld, withheld_together

SHOWN = 60
# Never a case of its own, or taken back.
NOT_COUNTED = (Status.MERGED, Status.INVALID, Status.WITHDRAWN)
kept_for_minutes = cache_control(public=True, max_age=300)


@dataclass(frozen=True, slots=True)
class Progress:
    """One line; None: withheld."""

    name: str
    taken: int | None
    solved: int | None
    open: int | None
    percent: int | None


@require_safe
@kept_for_minutes
@vary_on_headers("Accept-Language", "Cookie")
def topics(request: HttpRequest) -> HttpResponse:
    """Every topic that has begun, the newest first."""
    every = Topic.objects.begun()[:SHOWN]
    return render(request, "maps/topics.html", {"topics": every})


@require_safe
@kept_for_minutes
@vary_on_headers("Accept-Language", "Cookie")
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """One topic: what for, how far, county by county, and its news."""
    found = get_object_or_404(Topic.objects.begun(), slug=slug)
    total, counties = progress(found)
    context = {
        "topic": found,
        "total": total,
        "counties": [each for each in counties if each.taken is not None],
        "withheld": [each.name for each in counties if each.taken is None],
        "baseline": found.baseline if (found.baseline or 0) >= FEWEST else None,
        "posts": found.posts.filter(is_change=False)[:SHOWN],
        "categories": found.categories.all(),
        "divisions": found.divisions.all(),
        "fewest": FEWEST,
    }
    return render(request, "maps/topic.html", context)


def of_class(found: Topic) -> "QuerySet[Incident]":
    """What it is about, taken in while it ran, to the end of yesterday: a count that moved with
    each report would tell when somebody reported."""
    last = min(found.ends, timezone.localdate() - timedelta(days=1))
    within = Q()
    for division in found.divisions.all():
        within |= Q(division__code__startswith=code_prefix(division))
    return (
        Incident.objects.filter(
            within,
            category__in=found.categories.all(),
            created_at__gte=midnight(found.starts),
            created_at__lt=midnight(last + timedelta(days=1)),
            is_confidential=False,
        )
        .exclude(kind=Kind.WRONGDOING)
        .exclude(status__in=NOT_COUNTED)
    )


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.get_default_timezone())


def progress(found: Topic) -> tuple[Progress, list[Progress]]:
    """The whole, and its counties by code."""
    rows = counted(found)
    by_code = {row["division__county"]: row for row in rows if row["division__county"]}
    names = {each.code: each.local_name for each in Division.objects.filter(code__in=by_code)}
    whole_of = {name: sum(row[name] for row in rows) for name in ("taken_in", "solved", "open")}
    return of_all(whole_of), of_counties(by_code, names)


def counted(found: Topic) -> "list[Any]":
    done = Q(status__in=(Status.CLOSED, Status.ARCHIVED), outcome=Outcome.SOLVED)
    return list(
        of_class(found)
        .order_by()
        .values("division__county")
        .annotate(
            taken_in=Count("pk"),
            solved=Count("pk", filter=done),
            open=Count("pk", filter=Q(status__in=OPEN)),
        )
        .order_by("division__county")
    )


def of_all(row: Mapping[str, int]) -> Progress:
    """Solved, open and the rest make up the whole: what is withheld must not be their remainder."""
    parts = {"solved": row["solved"], "open": row["open"]}
    other = row["taken_in"] - row["solved"] - row["open"]
    # Where everything is solved, or nothing yet, nobody is in the other parts.
    whole_is_one = row["taken_in"] in (row["solved"], row["open"])
    gaps = set() if whole_is_one else withheld(parts | {"other": other})
    few = row["taken_in"] < FEWEST
    shown = {name: None if few or name in gaps else n for name, n in parts.items()}
    taken = None if few else row["taken_in"]
    return Progress("", taken, percent=share(row, is_withheld=few), **shown)


def of_counties(rows: Mapping[str, Mapping[str, int]], names: Mapping[str, str]) -> list[Progress]:
    columns = {
        name: {code: row[name] for code, row in rows.items()}
        for name in ("taken_in", "solved", "open")
    }
    hidden = withheld(columns["taken_in"])
    parts = withheld_together([columns["solved"], columns["open"]], hidden)
    return [
        Progress(
            name=names.get(code, code),
            taken=None if code in hidden else row["taken_in"],
            solved=None if code in parts else row["solved"],
            open=None if code in parts else row["open"],
            percent=share(row, is_withheld=code in hidden),
        )
        for code, row in rows.items()
    ]


def share(row: Mapping[str, int], *, is_withheld: bool) -> int | None:
    return None if is_withheld else whole(Rate(row["solved"], row["taken_in"]))
