"""Somebody who reported four things is looked for in everything that is public, and not found."""

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from html import unescape
from io import StringIO
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from incidents.models import Category, Incident, Report
from maps import bulletin, cells, near, open_publish, rollups
from maps.figures import Month
from tests.access.table import ANONYMOUS, table
from tests.conftest import LUXUN_PARK, IncidentMaker
from tests.maps.mvt import read

pytestmark = pytest.mark.django_db
DAY = date(2026, 10, 10)
NOON = timezone.make_aware(datetime(2026, 10, 10, 12))
NAME, PHONE, EMAIL = "赵钱孙", "13987650321", "zhaoqiansun@example.cn"
WORDS = "家里老人重阳节那天说的话"
# In Luxun, at a point nobody else has.
POINT = (123.412347, 41.813579)
POINT_SQUARE = cells.cell_at(*POINT, near.LEVEL)


def tile_of_point(zoom: int) -> str:
    x, y = cells.place_of(cells.cell_at(*POINT, zoom))
    return f"/tiles/public/{zoom}/{x}/{y}.mvt?days=0"


TILES = tuple(map(tile_of_point, range(near.LEVEL + 1)))
MAP = (
    "/near?days=0", "/near?division=210102&days=0", "/near?division=210102001001&days=0",
    f"/near?lon={POINT[0]}&lat={POINT[1]}&days=0", "/near/following",
    f"/near/rows?square={POINT_SQUARE}&days=0",
    "/near/rows?box=123.40,41.80,123.44,41.82&days=0",
    "/near/feed.atom?division=210102", f"/near/feed.atom?lon={POINT[0]}&lat={POINT[1]}",
)  # fmt: skip
ROOTS = (
    *MAP, *TILES,
    "/", "/track", "/reports", "/topics", "/answers", "/results", "/results/feed.atom",
    "/open-data", "/open-data/feed.atom", "/open-data/datapackage.json", "/api/categories",
    "/following", "/api/divisions?q=和平",
    f"/api/reports/nearby?lon={POINT[0]}&lat={POINT[1]}",
    f"/api/locate?lon={POINT[0]}&lat={POINT[1]}",
)  # fmt: skip
# Public addresses that tell of no incident, or only to who holds a code or a link of their own.
TELLS_NOTHING = frozenset({
    "healthz", "words", "account_login", "account_logout", "admin-password", "divisions-geojson",
    "schema", "docs", "api-track", "track", "rate", "tracked-media", "rating", "follow-link",
    "answer", "topic", "public-report",
})  # fmt: skip
LINK = re.compile(r'(?:href|src)="([^"]+)"')
MOST = 250


@dataclass(frozen=True, slots=True)
class Planted:
    """What the person reported: one thing harmless, three that are for nobody else."""

    harmless: Incident
    hidden: list[Incident]


@pytest.fixture
def planted(incident: IncidentMaker) -> Planted:
    private = Category.objects.get(code="vaccines")
    assert private.is_private
    given = {"contact_name": NAME, "contact_phone": PHONE, "contact_email": EMAIL, "text": WORDS}
    made = [
        incident(POINT, "guard-rail", **given),
        incident(POINT, "pothole", **{**given, "kind": "wrongdoing"}),
        incident(POINT, "manhole-cover", **{**given, "confidential": True}),
        incident(POINT, private.code, **given),
    ]
    for _n in range(3):
        incident(LUXUN_PARK, "pothole")
    Incident.objects.update(created_at=NOON, dispatched_at=NOON)
    while rollups.catch_up():
        pass
    bulletin.freeze(Month(DAY.replace(day=1)))
    open_publish.publish(DAY)
    return Planted(made[0], made[1:])


def everything_public(client: Client) -> Iterator[tuple[str, str]]:
    """Address and text of each page a stranger comes to by following links."""
    seen, waiting = set(ROOTS), deque(ROOTS)
    while waiting and len(seen) < MOST:
        path = waiting.popleft()
        answer = client.get(path, follow=True)
        streamed = getattr(answer, "streaming_content", None)
        body = answer.content if streamed is None else b"".join(streamed)
        text = body.decode("utf-8", errors="replace")
        yield path, text
        for link in LINK.findall(text):
            at = urlsplit(urldefrag(urljoin(path, unescape(link)))[0])
            address = at.path + (f"?{at.query}" if at.query else "")
            is_ours = at.netloc in ("", "testserver") and not at.path.startswith("/static/")
            if is_ours and address not in seen:
                seen.add(address)
                waiting.append(address)


def secrets_of(planted: Planted) -> list[str]:
    every = [planted.harmless, *planted.hidden]
    codes = Report.objects.filter(incident__in=every).values_list("tracking_code", flat=True)
    told = [NAME, PHONE, PHONE[-8:], EMAIL, WORDS, *codes]
    return [*told, *(each.number for each in planted.hidden)]


def test_nothing_public_says_who_what_or_where(planted: Planted, web: Client) -> None:
    pages = dict(everything_public(web))
    # The crawl came somewhere: the file of the day and the page of the harmless report are in it.
    assert f"/open-data/incidents-{DAY}.csv" in pages
    assert any(planted.harmless.number in text for text in pages.values())
    assert all(planted.harmless.number in pages[path] for path in MAP if "rows" in path)
    found = [
        (path, secret)
        for path, text in pages.items()
        for secret in secrets_of(planted)
        if secret in text
    ]
    assert found == []


def test_the_crawl_would_find_what_is_there(planted: Planted, web: Client) -> None:
    """A planted leak: were the words public, the crawl would say where."""
    Incident.objects.filter(pk=planted.harmless.pk).update(
        public_reply=WORDS, accepted_at=NOON, status="closed", ended_at=timezone.now()
    )
    pages = dict(everything_public(web))
    assert any(WORDS in text for text in pages.values())


def test_no_line_of_the_file_is_theirs_alone(planted: Planted, web: Client) -> None:
    """Who knows street, day and category of the harmless one finds no line, or three people's."""
    answer = web.get(f"/open-data/incidents-{DAY}.csv")
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 3
    assert {row["class_code"] for row in rows} == {"pothole"}
    for row in rows:
        away = abs(float(row["longitude"]) - POINT[0]) + abs(float(row["latitude"]) - POINT[1])
        assert away > 0.0005


@pytest.mark.parametrize("zoom", range(near.LEVEL + 1))
def test_no_tile_tells_where_or_how_many_are_hidden(
    planted: Planted, web: Client, zoom: int
) -> None:
    """Four reports and three of neighbours: what is counted are those for everybody alone."""
    layers = read(web.get(tile_of_point(zoom)).content)
    points = [point for layer in layers.values() for point in layer]
    assert sum(point.properties["n"] for point in points) <= 1 + 3
    x, y = cells.place_of(cells.cell_at(*POINT, zoom))
    for point in points:
        at = cells.corner(x + point.x / 4096, y + point.y / 4096, zoom)
        # Either the middle of a square of the grid, or of a coarser cell: never where it is.
        level = near.LEVEL if "square" in point.properties else zoom + 2
        assert at == pytest.approx(cells.centre_of(cells.cell_at(*at, level), level), abs=1e-9)


def test_moving_about_tells_no_more_than_the_square(planted: Planted, web: Client) -> None:
    """From every corner of a square the list around it is the same, for whatever point in it."""
    x, y = cells.place_of(POINT_SQUARE)
    told = set()
    for dx, dy in ((0.02, 0.02), (0.98, 0.02), (0.02, 0.98), (0.98, 0.98)):
        lon, lat = cells.corner(x + 2 + dx, y + dy, near.LEVEL)
        box = f"{lon - 0.0001},{lat - 0.0001},{lon + 0.0001},{lat + 0.0001}"
        told.add(planted.harmless.number in web.get(f"/near?lon={lon}&lat={lat}&days=0").text)
        assert planted.harmless.number not in web.get(f"/near/rows?box={box}&days=0").text
    assert told == {True}


def test_who_follows_the_place_reads_of_the_harmless_one_alone(
    planted: Planted, web: Client
) -> None:
    Incident.objects.update(created_at=timezone.now())
    web.post("/near/follow", {"lon": POINT[0], "lat": POINT[1]})
    web.post("/near/follow", {"division": "210102001001"})
    text = web.get("/near/following").text
    assert planted.harmless.number in text
    assert [secret for secret in secrets_of(planted) if secret in text] == []
    assert str(POINT[0]) not in text


def test_every_public_address_is_looked_at_or_tells_nothing() -> None:
    public = {
        row.route for row in table() if row.verb == "GET" and dict(row.letters)[ANONYMOUS] == "a"
    }
    looked_at = {
        "report", "find", "public-reports", "topics", "answers", "results", "results-feed",
        "open-data", "open-feed", "open-package", "api-categories", "following", "divisions",
        "api-nearby", "locate", "public-map", "public-map-rows", "public-tile", "place-feed",
        "places-followed",
    }  # fmt: skip
    assert public == looked_at | TELLS_NOTHING
