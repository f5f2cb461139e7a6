"""The shipped province: the real number of leaves, real counties, and an oracle of its own."""

import random

import numpy as np
import pytest
import shapely
from django.db.models import F
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from districts.datums import Datum
from districts.errors import OutsideProvince
from districts.load import load_divisions
from districts.locate import Locate, locate, position
from districts.models import Boundary, Division
from tests.districts.conftest import SHIPPED

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("liaoning")]
# The same numbers, two districts: here a forgotten datum shows.
NUMBERS = (123.4618, 41.8022)


def test_the_province_has_its_real_number_of_divisions() -> None:
    counts = [Division.objects.filter(level=n, code__startswith="21").count() for n in range(1, 6)]
    assert counts == [1, 14, 100, 1406, 16727]


def test_every_leaf_is_approximate_and_under_its_county() -> None:
    leaves = Boundary.objects.filter(is_leaf=True, division__code__startswith="21")
    assert not leaves.filter(approximate=False).exists()
    strays = leaves.exclude(division__code__startswith=F("division__county_id"))
    assert not strays.exists()


@pytest.mark.parametrize(("datum", "county"), [(Datum.WGS84, "210104"), (Datum.GCJ02, "210103")])
def test_the_datum_decides_between_dadong_and_shenhe(datum: Datum, county: str) -> None:
    assert locate(position(*NUMBERS, datum)).county_id == county


def test_a_second_load_changes_nothing() -> None:
    assert not load_divisions(SHIPPED).is_new


def test_python_the_orm_and_shapely_agree_on_500_points() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it when the test fails
    lon_lat = np.random.default_rng(seed).uniform((118.8, 38.7), (125.8, 43.5), (500, 2))
    rows = list(Boundary.objects.filter(is_leaf=True, division__code__startswith="21"))
    tree = shapely.STRtree(shapely.from_wkb([bytes(row.geom.wkb) for row in rows]))
    near, leaf = tree.query(shapely.points(lon_lat), predicate="covered_by")
    for index, (lon, lat) in enumerate(lon_lat):
        expected = min((rows[n].division_id for n in leaf[near == index]), default=None)
        point = position(lon, lat)
        asked = Division.objects.filter(code="210000").annotate(leaf=Locate(point))
        assert asked.values_list("leaf", flat=True)[0] == expected
        if expected:
            assert locate(point).code == expected
        else:
            with pytest.raises(OutsideProvince):
                locate(point)


def test_locate_answers_with_the_path(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        answer = client.get("/api/locate", {"lon": "123.4618", "lat": "41.8022"})
    division = answer.json()["division"]
    words = [step["level"] for step in division["path"]]
    assert words == ["province", "city", "county", "street", "community"]
    assert division["approximate"] is True


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"lat": "41.8"}, 400, "lon"),
        ({"lat": "nan", "lon": "123"}, 400, "lat"),
        ({"lat": "41.8", "lon": "123.4", "datum": "mars"}, 400, "datum"),
        ({"lat": "39.9", "lon": "116.4"}, 422, "position"),
    ],
)
def test_locate_refuses_in_words(
    client: Client, query: dict[str, str], status: int, field: str
) -> None:
    answer = client.get("/api/locate", query)
    assert (answer.status_code, list(answer.json()["errors"])) == (status, [field])


@pytest.mark.parametrize("words", ["铁西区", "tiexi district"])
def test_both_tiexis_are_found(
    client: Client, words: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        found = client.get("/api/divisions", {"q": words}).json()["divisions"]
    assert [d["code"] for d in found if d["code"].startswith("21")][:2] == ["210106", "210303"]


def test_outlines_are_one_statement_and_cached(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    asked = {"level": "county", "bbox": "122.4,41.2,123.8,43.1"}
    with django_assert_num_queries(1):
        first = client.get("/api/divisions.geojson", asked)
    codes = [feature["properties"]["code"] for feature in first.json()["features"]]
    assert codes == sorted(codes)
    assert "210102" in codes
    again = client.get("/api/divisions.geojson", asked, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("query", [{"level": "community"}, {"level": "x"}, {"bbox": "1,2,nan,4"}])
def test_outlines_refuse_in_words(client: Client, query: dict[str, str]) -> None:
    assert client.get("/api/divisions.geojson", query).status_code == 400
