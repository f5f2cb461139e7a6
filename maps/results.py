"""Open results: what the province publishes of each frozen month, for everybody.

Of the newest edition of a month: the province's figures, and for each county how many were
dispatched and its rates. Nobody is to be found by them: small counts are withheld
(maps.withheld), rates of few answers too, and what is printed of a rate is a whole percentage.
"""

import csv
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from io import StringIO
from typing import Any

from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from maps.bulletins import month_of
from maps.edition import Line
from maps.figures import Month
from maps.models import Bulletin
from maps.rates import RANKED_FROM, Rate
from maps.withheld import FEWEST, withheld

SHOWN = 60
RATES = ("on_time", "response", "effective", "solved", "satisfied")
COLUMNS = (
    "month",
    "edition",
    "formula",
    "county_code",
    "county",
    "county_en",
    "dispatched",
    *RATES,
)
kept_for_an_hour = cache_control(public=True, max_age=3600)


@dataclass(frozen=True, slots=True)
class Public:
    """One line as everybody may read it; None: withheld."""

    code: str
    name: str
    name_zh: str
    name_en: str
    dispatched: int | None
    rates: dict[str, int | None]


def public(line: Line, *, is_withheld: bool) -> Public:
    row = line.row
    return Public(
        code=row.get("code", ""),
        name=line.name,
        name_zh=row.get("name", ""),
        name_en=row.get("name_en", ""),
        dispatched=None if is_withheld else row["dispatched"],
        rates={name: None if is_withheld else whole(getattr(line, name)) for name in RATES},
    )


def whole(rate: Rate) -> int | None:
    """In whole percent, of enough answers: with its exact share 1 of 31 would be told."""
    if rate.of < RANKED_FROM or rate.percent is None:
        return None
    return int(rate.percent.quantize(Decimal(1), ROUND_HALF_UP))


def of(data: dict[str, Any]) -> tuple[Public, list[Public]]:
    """The province, and its counties by code."""
    counties = [row for row in data["counties"] if row["code"]]
    gaps = withheld({row["code"]: row["dispatched"] for row in counties})
    # What has no county yet is in the total alone: another gap.
    lines = [public(Line(row), is_withheld=row["code"] in gaps) for row in counties]
    return public(Line(data["total"]), is_withheld=data["total"]["dispatched"] < FEWEST), lines


def newest_editions() -> list[Bulletin]:
    """One a month, the newest month first."""
    every = Bulletin.objects.order_by("month", "-edition").distinct("month")
    return sorted(every, key=lambda each: each.month, reverse=True)[:SHOWN]


def newest_edition(month: Month) -> Bulletin:
    if found := Bulletin.objects.filter(month=month.first).first():
        return found
    raise Http404


@require_safe
@kept_for_an_hour
@vary_on_headers("Accept-Language", "Cookie")
def show(request: HttpRequest) -> HttpResponse:
    """The newest month with its counties, and every month before it; `?month=` another."""
    every = newest_editions()
    asked = request.GET.get("month", "")
    chosen = newest_edition(month_of(asked)) if asked else next(iter(every), None)
    context: dict[str, Any] = {
        "months": [(str(Month(each.month)), of(each.data)[0]) for each in every],
        "chosen": chosen,
        "fewest": RANKED_FROM,
    }
    if chosen:
        total, counties = of(chosen.data)
        shown = [each for each in counties if each.dispatched is not None]
        context |= {
            "name": str(Month(chosen.month)),
            "total": total,
            "counties": shown,
            "withheld": [each.name for each in counties if each.dispatched is None],
        }
    return render(request, "maps/results.html", context)


@require_safe
@kept_for_an_hour
def sheet(request: HttpRequest, month: str) -> HttpResponse:
    """`/results/2026-10.csv`: one line a county, the province first; empty where withheld."""
    found = newest_edition(month_of(month))
    total, counties = of(found.data)
    kept = StringIO()
    lines = csv.writer(kept)
    lines.writerow(COLUMNS)
    for each in (total, *counties):
        lines.writerow(
            [
                month, found.edition, found.formula, each.code, each.name_zh, each.name_en,
                *("" if n is None else n for n in (each.dispatched, *each.rates.values())),
            ]
        )  # fmt: skip
    # The mark lets a spreadsheet read the Chinese.
    return HttpResponse("\ufeff" + kept.getvalue(), content_type="text/csv; charset=utf-8")


class Months(Feed[Bulletin, None]):
    """`/results/feed.atom`: each month as it is published, and each restatement."""

    feed_type = Atom1Feed
    title = gettext_lazy("12345 hotline: results by month")
    subtitle = gettext_lazy("Figures of the province, published each month")

    def link(self) -> str:
        return reverse("results")

    def items(self) -> Any:
        return Bulletin.objects.all()[:24]

    def item_title(self, item: Bulletin) -> str:
        told = {"month": Month(item.month), "edition": item.edition}
        return _("Results of %(month)s, edition %(edition)s") % told

    def item_description(self, item: Bulletin) -> str:
        total = of(item.data)[0]
        told = {"n": "–" if total.dispatched is None else total.dispatched}
        return _("%(n)s incidents dispatched.") % told

    def item_link(self, item: Bulletin) -> str:
        return f"{reverse('results')}?month={Month(item.month)}"

    def item_guid(self, item: Bulletin) -> str:
        return f"{self.item_link(item)}&edition={item.edition}"

    def item_updateddate(self, item: Bulletin) -> Any:
        return item.made_at
