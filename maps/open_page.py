"""`/open-data`: the files, what their columns mean, and how soon a new one is there."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from maps import open_files
from maps.models import OpenDay
from maps.open_data import COLUMNS

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "geojson": "application/geo+json",
    "parquet": "application/vnd.apache.parquet",
}
SHOWN = 31
LICENCE = {
    "name": "CC-BY-4.0",
    "path": "https://creativecommons.org/licenses/by/4.0/",
    "title": "Creative Commons Attribution 4.0",
}
for_an_hour = cache_control(public=True, max_age=3600)
# A file never changes.
for_ever = cache_control(public=True, max_age=31_536_000, immutable=True)


@require_safe
@for_an_hour
@vary_on_headers("Accept-Language", "Cookie")
def show(request: HttpRequest) -> HttpResponse:
    """The newest days, the dictionary, the rules."""
    context: dict[str, Any] = {
        "days": OpenDay.objects.all()[:SHOWN],
        "columns": COLUMNS,
        "kinds": list(TYPES),
        "fewest": settings.OPEN_DATA_FEWEST,
        "after": settings.OPEN_DATA_AFTER_DAYS,
        "licence": LICENCE,
    }
    return render(request, "maps/open_data.html", context)


@require_safe
@for_ever
def file(request: HttpRequest, day: str, kind: str) -> HttpResponse:
    """One day as CSV, GeoJSON or Parquet."""
    asked = day_of(day)
    if kind not in TYPES or not OpenDay.objects.filter(day=asked).exists():
        raise Http404
    try:
        content = open_files.read(asked, kind)
    except FileNotFoundError:  # the storage lost it
        raise Http404 from None
    answer = HttpResponse(content, content_type=TYPES[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="incidents-{asked}.{kind}"'
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


def day_of(name: str) -> date:
    try:
        found = date.fromisoformat(name)
    except ValueError:
        raise Http404 from None
    if str(found) != name:
        raise Http404
    return found


@require_safe
@for_an_hour
def latest(request: HttpRequest, kind: str) -> HttpResponse:
    """The newest day's file, at an address that stays."""
    newest = OpenDay.objects.first()
    if kind not in TYPES or newest is None:
        raise Http404
    return redirect("open-file", str(newest.day), kind)


@require_safe
@for_an_hour
def package(request: HttpRequest) -> HttpResponse:
    """`datapackage.json`: the dictionary for machines (Frictionless Data Package 1)."""
    with override("en"):
        fields = [
            {"name": name, "type": kind, "description": str(meaning)}
            for name, kind, meaning in COLUMNS
        ]
    host = request.build_absolute_uri("/").rstrip("/")
    resources = [
        {
            "name": f"incidents-{each.day}",
            "path": host + reverse("open-file", args=[str(each.day), "csv"]),
            "format": "csv",
            "encoding": "utf-8",
            "schema": {"fields": fields},
        }
        for each in OpenDay.objects.all()[:SHOWN]
    ]
    whole = {"name": "hotline-12345-incidents", "licenses": [LICENCE], "resources": resources}
    answer = JsonResponse(whole, json_dumps_params={"ensure_ascii": False})
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


class Days(Feed[OpenDay, None]):
    """`/open-data/feed.atom`: each day as its files are there."""

    feed_type = Atom1Feed
    title = gettext_lazy("12345 hotline: open data by day")

    def link(self) -> str:
        return reverse("open-data")

    def items(self) -> Any:
        return OpenDay.objects.all()[:SHOWN]

    def item_title(self, item: OpenDay) -> str:
        return _("Incidents registered on %(day)s") % {"day": item.day}

    def item_description(self, item: OpenDay) -> str:
        return _("%(n)s lines.") % {"n": item.lines}

    def item_link(self, item: OpenDay) -> str:
        return reverse("open-file", args=[str(item.day), "csv"])

    def item_updateddate(self, item: OpenDay) -> Any:
        return item.made_at
