"""The public files of a day: what stands in them, and that nobody is found by them."""

import csv
import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO, StringIO

import pyarrow.parquet as pq
import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from incidents.models import Incident, Kind, Status
from maps import open_data, open_files, open_publish
from maps.models import OpenDay
from tests.conftest import DADONG_GATE, LUXUN_PARK, IncidentMaker

pytestmark = pytest.mark.django_db
DAY = date(2026, 10, 10)
NOON = timezone.make_aware(datetime(2026, 10, 10, 12))
Filed = Callable[..., Incident]


@pytest.fixture
def filed(incident: IncidentMaker) -> Filed:
    """On the tenth of October at noon."""

    def make(place: tuple[float, float] = LUXUN_PARK, category: str = "pothole",
             phone: str = "", **more: object) -> Incident:  # fmt: skip
        told = {"contact_phone": phone} if phone else {}
        found = incident(place, category, **told)
        Incident.objects.filter(pk=found.pk).update(created_at=NOON, **more)
        found.refresh_from_db()
        return found

    return make


def lines(day: date = DAY) -> list[dict[str, str]]:
    text = open_files.read(day, "csv").decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text)))


def test_three_people_of_a_street_are_told_by_street(filed: Filed) -> None:
    for _n in range(3):
        filed()
    open_publish.publish(DAY)
    told = lines()
    assert {(each["place_code"], each["class_code"]) for each in told} == {("210102001", "pothole")}
    assert (told[0]["date"], told[0]["state"], told[0]["outcome"]) == ("2026-10-10", "open", "")
    assert OpenDay.objects.get().lines == 3


def test_one_who_reported_three_times_is_not_told_by_street(filed: Filed) -> None:
    for category in ("pothole", "pothole", "manhole-cover"):
        filed(category=category, phone="13812345678")
    open_publish.publish(DAY)
    assert lines() == []
    assert OpenDay.objects.get().withheld >= 1


@pytest.mark.parametrize(
    "more",
    [
        {"kind": Kind.WRONGDOING},
        {"is_confidential": True},
        {"status": Status.WITHDRAWN},
        {"status": Status.MERGED},
    ],
)
def test_what_is_not_for_strangers_is_in_no_line(filed: Filed, more: dict[str, object]) -> None:
    for _n in range(3):
        filed()
        filed(**more)
    open_publish.publish(DAY)
    assert len(lines()) == 3


def test_the_three_forms_say_the_same(filed: Filed) -> None:
    for _n in range(3):
        filed()
        filed(DADONG_GATE, "street-light")
    open_publish.publish(DAY)
    told = lines()
    table = pq.read_table(BytesIO(open_files.read(DAY, "parquet"))).to_pylist()
    shapes = json.loads(open_files.read(DAY, "geojson"))["features"]
    assert [row["place_code"] for row in table] == [each["place_code"] for each in told]
    assert [each["properties"]["class_code"] for each in shapes] == [
        each["class_code"] for each in told
    ]
    assert shapes[0]["geometry"]["coordinates"] == [
        float(told[0]["longitude"]), float(told[0]["latitude"]),
    ]  # fmt: skip
    assert table[0]["date"] == DAY


def test_an_empty_day_is_a_file_with_a_head(filed: Filed) -> None:
    open_publish.publish(DAY)
    assert lines() == []
    assert open_files.read(DAY, "csv").decode("utf-8-sig").startswith("date,place_level,")
    assert pq.read_table(BytesIO(open_files.read(DAY, "parquet"))).num_rows == 0


def test_a_published_day_does_not_change(filed: Filed) -> None:
    for _n in range(3):
        filed()
    while open_publish.publish_due():
        pass
    before = open_files.read(DAY, "csv")
    filed()
    assert open_publish.publish_due() == 0
    assert open_files.read(DAY, "csv") == before


def test_a_day_waits_its_days(filed: Filed, settings: Settings) -> None:
    settings.OPEN_DATA_AFTER_DAYS = 7
    found = filed()
    Incident.objects.filter(pk=found.pk).update(created_at=timezone.now() - timedelta(days=8))
    assert open_publish.publish_due() == 2
    newest = OpenDay.objects.first()
    assert newest is not None
    assert newest.day == timezone.localdate() - timedelta(days=7)


def test_the_order_comes_from_what_is_told(filed: Filed) -> None:
    for place, category in [(DADONG_GATE, "street-light"), (LUXUN_PARK, "pothole")] * 3:
        filed(place, category)
    told = open_data.of_day(DAY).lines
    assert told == sorted(told, key=open_data.as_words)


# --- The pages ------------------------------------------------------------------------------------


@pytest.fixture
def published(filed: Filed) -> OpenDay:
    for _n in range(3):
        filed()
    return open_publish.publish(DAY)


def test_everybody_finds_the_files_and_what_they_mean(published: OpenDay, web: Client) -> None:
    page = web.get("/open-data", headers={"Accept-Language": "en"}).content.decode()
    assert "/open-data/incidents-2026-10-10.parquet" in page
    assert all(f"<code>{name}</code>" in page for name, _kind, _meaning in open_data.COLUMNS)
    answer = web.get("/open-data/incidents-2026-10-10.csv")
    assert answer.content == open_files.read(DAY, "csv")
    assert "immutable" in answer.headers["Cache-Control"]
    assert web.get("/open-data/latest.geojson").headers["Location"].endswith("10-10.geojson")
    package = web.get("/open-data/datapackage.json").json()
    named = [field["name"] for field in package["resources"][0]["schema"]["fields"]]
    assert named == [name for name, _kind, _meaning in open_data.COLUMNS]
    assert "2026-10-10" in web.get("/open-data/feed.atom").content.decode()


@pytest.mark.parametrize(
    "path",
    ["incidents-2026-10-11.csv", "incidents-2026-10-10.xls", "incidents-20261010.csv",
     "incidents-x.csv", "latest.exe"],
)  # fmt: skip
def test_what_is_not_published_is_404(published: OpenDay, web: Client, path: str) -> None:
    assert web.get(f"/open-data/{path}").status_code == 404
