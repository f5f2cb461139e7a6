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
from maps import bulletin, open_publish
from maps.figures import Month
from tests.access.table import ANONYMOUS, table
from tests.conftest import LUXUN_PARK, IncidentMaker

pytestmark = pytest.mark.django_db
DAY = date(2026, 10, 10)
NOON = timezone.make_aware(datetime(2026, 10, 10, 12))
NAME, PHONE, EMAIL = "赵钱孙", "13987650321", "zhaoqiansun@example.cn"
WORDS = "家里老人重阳节那天说的话"
# In Luxun, at a point nobody else has.
POINT = (123.412347, 41.813579)
ROOTS = (
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


def test_every_public_address_is_looked_at_or_tells_nothing() -> None:
    public = {
        row.route for row in table() if row.verb == "GET" and dict(row.letters)[ANONYMOUS] == "a"
    }
    looked_at = {
        "report", "find", "public-reports", "topics", "answers", "results", "results-feed",
        "open-data", "open-feed", "open-package", "api-categories", "following", "divisions",
        "api-nearby", "locate",
    }  # fmt: skip
    assert public == looked_at | TELLS_NOTHING
