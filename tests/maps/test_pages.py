"""The map pages: for those who watch, from our own host alone."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as house
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from accounts.roles import Role
from incidents.models import Category, Incident
from maps import rollups
from maps.gateway import cors
from tests.conftest import DADONG_GATE, LUXUN_PARK, IncidentMaker, PersonMaker, WorkerMaker

ELSEWHERE = re.compile(r"""(?:src|href|action)\s*=\s*["']?\s*((?:https?:)?//[^"'\s>]+)""", re.I)
LOADED = re.compile(r"""(?:url\(|@import|import\()\s*["']?((?:https?:)?//[^"')\s]+)""", re.I)
UNSIGNED = re.compile(
    r'<script(?![^>]*(?: src=| nonce="[^"]| type="application/json"))[^>]*>.{0,60}', re.S
)
LogIn = Callable[[User], Client]


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("page", ["/map/", "/heatmap/"])
def test_a_map_page_names_no_other_host(
    person: PersonMaker, logged_in: LogIn, incident: IncidentMaker, page: str, language: str
) -> None:
    incident(LUXUN_PARK)
    browser = logged_in(person(Role.DISPATCHER, "210100"))
    answer = browser.get(page, headers={"Accept-Language": language})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert ELSEWHERE.findall(text) == []
    assert LOADED.findall(text) == []
    # The policy of the page runs nothing else that is written into it.
    assert UNSIGNED.findall(text) == []


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["/map/", "/heatmap/"])
def test_a_map_page_is_for_those_who_watch(
    worker: WorkerMaker, logged_in: LogIn, page: str
) -> None:
    assert Client().get(page).status_code == 302
    assert logged_in(worker("Wang", LUXUN_PARK).user).get(page).status_code == 403


@pytest.mark.django_db
def test_a_heatmap_of_nothing_is_a_page(person: PersonMaker, logged_in: LogIn) -> None:
    assert logged_in(person(Role.DISTRICT_HEAD, "210104")).get("/heatmap/").status_code == 200


def allowed(origin: str, host: str = "hotline.example:8001") -> str:
    headers = dict(cors({"origin": origin, "host": host}))
    return headers.get(b"access-control-allow-origin", b"").decode()


def test_the_stream_is_for_our_own_pages() -> None:
    own = f"http://hotline.example:{house.PORT}"
    assert allowed(own) == own


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "https://evil.example",
        f"http://evil.example:{house.PORT}",
        f"http://hotline.example.evil.example:{house.PORT}",
        "http://hotline.example:1",
        "http://hotline.example:99999",
        "http://[::1",
    ],
)
def test_another_origin_is_told_nothing(origin: str) -> None:
    assert allowed(origin) == ""


def test_an_origin_of_the_settings_is_ours(settings: Settings) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://12345.example"]
    assert allowed("https://12345.example") == "https://12345.example"


def points(client: Client, **asked: int | str) -> dict[str, Any]:
    answer = client.get("/heatmap/points.json", asked)
    assert answer.status_code == 200
    found: dict[str, Any] = json.loads(answer.content)
    return found


@pytest.mark.django_db
def test_the_heatmap_counts_what_is_asked_for(
    person: PersonMaker, logged_in: LogIn, incident: IncidentMaker
) -> None:
    for category in ("pothole", "exposed-garbage", "exposed-garbage"):
        incident(LUXUN_PARK, category)
    dadong = incident(DADONG_GATE)
    Incident.objects.filter(pk=dadong.pk).update(due_at=timezone.now() - timedelta(hours=1))
    while rollups.catch_up():
        pass
    city = logged_in(person(Role.DISPATCHER, "210100"))
    county = logged_in(person(Role.DISTRICT_HEAD, "210102"))
    street = logged_in(person(Role.DISTRICT_HEAD, "210102001"))

    def n(client: Client, **asked: int | str) -> int:
        cells = points(client, **asked)["cells"]
        shown = int(client.get("/heatmap/", asked).context["table"].n)
        assert sum(cells[1::2]) == shown
        return shown

    field = Category.objects.get(code="pothole").field_id
    for days in (7, 30, 90, 365, 0, "nonsense"):
        assert [n(each, days=days) for each in (city, county, street)] == [4, 3, 3]
        assert n(city, days=days, field=field) == 1
    assert [n(each, measure="late") for each in (city, county, street)] == [1, 0, 0]
    assert n(city, measure="open", field="no such") == 4
    told = city.get("/heatmap/", {"days": 7}).context["table"].places
    assert [(each.division.code, each.n, each.before) for each in told] == [
        ("210102", 3, None),
        ("210104", 1, None),
    ]
    days = json.loads(city.get("/heatmap/days.json").content)["days"]
    assert len(days) == 30
    assert [n for _day, n, _cells in days] == [0] * 29 + [4]
    assert [sum(cells[1::2]) for _day, _n, cells in days] == [0] * 29 + [4]
    own = json.loads(street.get("/heatmap/days.json", {"field": field}).content)["days"]
    assert own[-1][2][1] == 1
