"""The map pages: for those who watch, from our own host alone."""

import re
from collections.abc import Callable

import pytest
from django.conf import settings as house
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from accounts.roles import Role
from maps.gateway import cors
from tests.conftest import LUXUN_PARK, IncidentMaker, PersonMaker, WorkerMaker

ELSEWHERE = re.compile(r"""(?:src|href|action)\s*=\s*["']?\s*((?:https?:)?//[^"'\s>]+)""", re.I)
LOADED = re.compile(r"""(?:url\(|@import|import\()\s*["']?((?:https?:)?//[^"')\s]+)""", re.I)
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
