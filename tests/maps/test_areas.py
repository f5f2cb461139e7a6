"""Figures by area: down and up within what the reader sees, and taken away."""

import csv
import json
import re
from collections.abc import Callable
from io import BytesIO, StringIO

import pytest
from django.test import Client
from PIL import Image
from pytest_django import Settings

from accounts.models import User
from accounts.roles import Role
from districts.models import Division
from maps import areas, keepsake, picture, rollups
from maps.areas import Area
from tests.conftest import DADONG_GATE, LUXUN_PARK, IncidentMaker, PersonMaker

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


@pytest.fixture
def reported(incident: IncidentMaker) -> None:
    for _n in range(2):
        incident(LUXUN_PARK)
    incident(DADONG_GATE)
    while rollups.catch_up():
        pass


def seen(client: Client, **asked: str) -> dict[str, int]:
    answer = client.get("/areas/", asked)
    assert answer.status_code == 200
    return {each["area"].division.code: each["area"].n for each in answer.context["areas"]}


def test_down_from_the_province_to_a_community(
    reported: None, person: PersonMaker, logged_in: LogIn
) -> None:
    top = logged_in(person(Role.PROVINCE_SUPERVISOR, "210000"))
    assert seen(top) == {"210100": 3}
    assert seen(top, within="210100") == {"210102": 2, "210104": 1}
    assert seen(top, within="210102") == {"210102001": 2}
    assert seen(top, within="210102001") == {"210102001001": 2}
    for wrong in ("210102001001", "nowhere"):
        assert top.get("/areas/", {"within": wrong}).status_code == 404


def test_a_head_sees_no_other_county(reported: None, person: PersonMaker, logged_in: LogIn) -> None:
    head = logged_in(person(Role.DISTRICT_HEAD, "210102"))
    assert seen(head) == {"210102001": 2}
    for other in ("210104", "210100", "210000", "210104001"):
        assert head.get("/areas/", {"within": other}).status_code == 404
        assert head.get("/areas/areas.csv", {"within": other}).status_code == 404


def test_the_files_say_what_the_page_says(
    reported: None, person: PersonMaker, logged_in: LogIn
) -> None:
    top = logged_in(person(Role.PROVINCE_SUPERVISOR, "210000"))
    asked = {"within": "210100", "figure": "n"}
    sheet = top.get("/areas/areas.csv", asked).content.decode("utf-8-sig")
    lines = {each["code"]: each for each in csv.DictReader(StringIO(sheet))}
    assert (lines["210102"]["n"], lines["210102"]["late"]) == ("2", "")
    shapes = json.loads(top.get("/areas/areas.geojson", asked).content)["features"]
    assert {each["id"]: each["properties"]["n"] for each in shapes} == {"210102": 2, "210104": 1}
    page = top.get("/areas/areas.html", asked).content.decode()
    assert "Leaflet" in page
    assert not re.findall(r"<link[^>]+href=", page)
    assert not re.findall(r"<script[^>]+src=", page)


def test_the_picture_is_coloured_as_the_page(
    reported: None, person: PersonMaker, logged_in: LogIn
) -> None:
    top = logged_in(person(Role.PROVINCE_SUPERVISOR, "210000"))
    asked = {"within": "210100", "figure": "n"}
    answer = top.get("/areas/areas.png", asked)
    drawn = Image.open(BytesIO(answer.content))
    assert drawn.size == (picture.WIDE, picture.HIGH)
    dots = drawn.convert("RGB").tobytes()
    seen = {"#" + bytes(dot).hex() for dot in zip(dots[::3], dots[1::3], dots[2::3], strict=True)}
    # Two counties, of the lowest class and of one above; nobody has no figure.
    assert {keepsake.COLOURS[0], keepsake.COLOURS[2]} <= seen
    head = logged_in(person(Role.DISTRICT_HEAD, "210102"))
    assert head.get("/areas/areas.png", asked).status_code == 404


def test_without_a_font_the_page_says_so(
    reported: None, person: PersonMaker, logged_in: LogIn, settings: Settings
) -> None:
    settings.PDF_FONT = "/nowhere.ttc"
    picture.font.cache_clear()
    top = logged_in(person(Role.PROVINCE_SUPERVISOR, "210000"))
    assert top.get("/areas/areas.png", {"days": "7"}).headers["Location"] == "/areas/?days=7"


def test_few_are_grey(reported: None) -> None:
    def one(code: str, n: float | None) -> Area:
        division = Division(code=code)
        return Area(division, 1, 1, dict.fromkeys(areas.FIGURES, n), is_estimate=False)

    ranks = areas.classes([one(str(n), n) for n in range(10)] + [one("few", None)], "late")
    assert ranks == {str(n): n // 2 for n in range(10)}
