"""The course of the months: each county's or department's figure, side by side on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.desk import only
from accounts.roles import READING_BULLETINS
from maps import multiples
from maps.edition import Line
from maps.figures import Month
from maps.models import Bulletin
from maps.multiples import Scale
from maps.rates import RANKED_FROM, Rate

MONTHS = 24
# So many charts are looked at; of departments those that had most in the newest month.
MOST = 150
FIGURES = {
    "on_time": gettext_lazy("Closed on time"),
    "response": gettext_lazy("Response on time"),
    "solved": gettext_lazy("Solved"),
    "satisfied": gettext_lazy("Satisfied"),
    "effective": gettext_lazy("Effective call-backs"),
}
GROUPS = {"counties": gettext_lazy("Counties"), "departments": gettext_lazy("Departments")}


@dataclass(frozen=True, slots=True)
class Course:
    """One chart: who, the polylines, the points of enough and of few answers, the last value."""

    name: str
    lines: list[str]
    firm: list[tuple[float, float]]
    weak: list[tuple[float, float]]
    last: Decimal | None
    least: Decimal | None
    most: Decimal | None


def kept() -> list[Bulletin]:
    """The newest edition of each of the last months, the oldest first."""
    newest = Bulletin.objects.order_by("-month", "-edition").distinct("month")[:MONTHS]
    return list(newest)[::-1]


def course(name: str, rates: Sequence[Rate | None], scale: Scale) -> Course:
    values = [rate.percent if rate else None for rate in rates]
    firm: list[tuple[float, float]] = []
    weak: list[tuple[float, float]] = []
    for n, (rate, value) in enumerate(zip(rates, values, strict=True)):
        if rate and value is not None:
            point = (multiples.x(n, len(values)), scale.y(value))
            (firm if rate.of >= RANKED_FROM else weak).append(point)
    known = [value for value in values if value is not None]
    return Course(
        name, multiples.segments(values, scale), firm, weak, known[-1] if known else None,
        min(known, default=None), max(known, default=None),
    )  # fmt: skip


def of_each(months: Sequence[Bulletin], group: str, figure: str) -> dict[str, list[Rate | None]]:
    """Code -> the figure month by month; departments stand by most dispatched, counties by code."""
    found: dict[str, list[Rate | None]] = {}
    rows = [row for row in months[-1].data[group] if row["code"]]
    if group == "departments":
        rows = sorted(rows, key=lambda row: -int(row["dispatched"]))
    for code in [row["code"] for row in rows][:MOST]:
        found[code] = [None] * len(months)
    for n, month in enumerate(months):
        for row in month.data[group]:
            if row["code"] in found:
                found[row["code"]][n] = getattr(Line(row), figure)
    return found


def names(newest: Bulletin, group: str) -> dict[str, str]:
    return {row["code"]: Line(row).name for row in newest.data[group]}


@require_GET
@never_cache
@only(READING_BULLETINS)
def courses(request: HttpRequest) -> HttpResponse:
    """`?figure=` of the last 24 months; `?of=departments` instead of counties."""
    figure = chosen(request.GET.get("figure", ""), FIGURES)
    group = chosen(request.GET.get("of", ""), GROUPS)
    months = kept()
    context: dict[str, Any] = {
        "figures": FIGURES, "figure": figure, "groups": GROUPS, "group": group,
        "title": FIGURES[figure], "width": multiples.WIDTH, "height": multiples.HEIGHT,
    }  # fmt: skip
    if months:
        context |= drawn(months, group, figure)
    return render(request, "maps/courses.html", context)


def chosen(asked: str, known: dict[str, Any]) -> str:
    return asked if asked in known else next(iter(known))


def drawn(months: Sequence[Bulletin], group: str, figure: str) -> dict[str, Any]:
    total = [getattr(Line(month.data["total"]), figure) for month in months]
    each = of_each(months, group, figure)
    # Few answers make wild rates: they are drawn, but do not set the scale.
    firm = [rate for rates in (total, *each.values()) for rate in rates if rate]
    scale = Scale.around(rate.percent for rate in firm if rate.of >= RANKED_FROM)
    name_of = names(months[-1], group)
    return {
        "first": str(Month(months[0].month)),
        "last": str(Month(months[-1].month)),
        "scale": scale,
        "province": course("", total, scale),
        "courses": [
            course(name_of[code], rates, scale)
            for code, rates in each.items()
            if any(rate and rate.of for rate in rates)
        ],
    }
