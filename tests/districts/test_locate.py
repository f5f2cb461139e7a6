"""Where is it? Borders, corners, seams and edges of a little province drawn by hand."""

from datetime import date

import pytest
import shapely
from django.contrib.gis.geos import MultiPolygon, Point
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from districts.errors import MalformedPosition, OutsideProvince
from districts.locate import Locate, locate, position
from districts.models import Boundary, Division
from tests.districts.conftest import COUNTIES, Loader

METRE = 1 / 111_000


def place(lon: float, lat: float) -> Point:
    return Point(lon, lat, srid=4326)


def test_a_point_on_a_shared_border_goes_to_the_lower_code(load_little: Loader) -> None:
    load_little()
    assert locate(place(100.1, 30.05)).code == "990101"


def test_a_corner_of_three_goes_to_the_lowest_code(load_little: Loader) -> None:
    load_little()
    assert locate(place(100.1, 30.1)).code == "990101"


def test_an_enclave_is_not_its_surroundings(load_little: Loader) -> None:
    load_little()
    assert locate(place(100.05, 30.05)).code == "990104"


def test_two_tiexis_are_told_apart_by_code(load_little: Loader) -> None:
    load_little()
    south, north = locate(place(100.15, 30.05)), locate(place(100.15, 30.15))
    assert (south.name, south.code) == ("铁西区", "990102")
    assert (north.name, north.code) == ("铁西区", "990103")


def test_a_metre_outside_the_province_is_outside(load_little: Loader) -> None:
    load_little()
    with pytest.raises(OutsideProvince):
        locate(place(100.2 + METRE, 30.05))


def open_a_seam(width: float) -> None:
    """Draws South-East back from its western border, as two sources' lines would leave it."""
    narrower = shapely.box(100.1 + width, 30, 100.2, 30.1)
    outline = MultiPolygon.from_ewkt(f"SRID=4326;{shapely.MultiPolygon([narrower]).wkt}")
    inner = narrower.representative_point()
    Boundary.objects.filter(division="990102").update(geom=outline, point=place(inner.x, inner.y))


def test_a_point_in_a_seam_goes_to_the_nearest_leaf(load_little: Loader) -> None:
    load_little()
    open_a_seam(40 * METRE)
    assert locate(place(100.1 + 30 * METRE, 30.05)).code == "990102"
    assert locate(place(100.1 + 10 * METRE, 30.05)).code == "990101"


def test_in_a_wide_gap_the_deepest_area_above_is_the_back_stop(load_little: Loader) -> None:
    load_little()
    open_a_seam(2_000 * METRE)
    assert locate(place(100.1 + 1_000 * METRE, 30.05)).code == "990100"


@pytest.mark.parametrize(
    "place_sql",
    [
        "NULL",
        "'SRID=4326;POINT EMPTY'",
        "'SRID=4326;POINT Z (100.05 30.15 3)'",
        "'SRID=4326;LINESTRING(100.05 30.15, 100.06 30.15)'",
        "'SRID=3857;POINT(100.05 30.15)'",
        "ST_SetSRID(ST_MakePoint('NaN', 30.15), 4326)",
        "ST_SetSRID(ST_MakePoint(100.05, 'Infinity'), 4326)",
    ],
)
def test_what_is_no_place_lies_nowhere(load_little: Loader, place_sql: str) -> None:
    load_little()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT hotline_locate({place_sql})")
        assert cursor.fetchone() == (None,)


def test_an_old_day_sees_the_old_border(load_little: Loader) -> None:
    load_little()
    moved = COUNTIES | {
        "990102": ("铁西区", shapely.box(100.12, 30, 100.2, 30.1)),
        "990103": (
            "铁西区",
            shapely.Polygon(
                [
                    *[(100.1, 30), (100.12, 30), (100.12, 30.1), (100.2, 30.1)],
                    *[(100.2, 30.2), (100.1, 30.2), (100.1, 30.1)],
                ]
            ),
        ),
    }
    load_little(moved, on=date(2024, 5, 1))
    assert locate(place(100.11, 30.05), date(2024, 4, 30)).code == "990102"
    assert locate(place(100.11, 30.05), date(2024, 5, 1)).code == "990103"


def test_a_division_has_one_boundary_at_a_time(load_little: Loader) -> None:
    load_little()
    twin = Boundary.objects.get(division="990102")
    twin.pk = None
    with pytest.raises(IntegrityError, match="boundary_one_at_a_time"), transaction.atomic():
        twin.save()


def test_the_path_comes_with_the_leaf(
    load_little: Loader, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    load_little()
    with django_assert_num_queries(1):
        path = [step.code for step in locate(place(100.15, 30.05)).path]
    assert path == ["990000", "990100", "990102"]
    with django_assert_num_queries(1):
        assert [step.code for step in Division.objects.path_of("990102")] == path


@pytest.mark.parametrize(
    ("lon", "lat", "datum", "fields"),
    [
        (None, "41.8", "wgs84", {"lon"}),
        ("nan", "inf", "wgs84", {"lon", "lat"}),
        ("123.4", "ninety", "wgs84", {"lat"}),
        ("181", "41.8", "wgs84", {"lon"}),
        (True, 41.8, "wgs84", {"lon"}),
        ("123.4", "41.8", "bd08", {"datum"}),
    ],
)
def test_a_malformed_position_names_its_field(
    lon: object, lat: object, datum: str, fields: set[str]
) -> None:
    with pytest.raises(MalformedPosition) as refusal:
        position(lon, lat, datum)
    assert set(refusal.value.errors) == fields


def test_swapped_numbers_are_recognised() -> None:
    with translation.override("en"), pytest.raises(MalformedPosition, match=r"latitude 41\.8"):
        position("41.8", "123.4")


def test_the_expression_takes_a_column_too(load_little: Loader) -> None:
    load_little()
    leaves = Boundary.objects.filter(division__in=COUNTIES).annotate(leaf=Locate("point"))
    found = dict(leaves.values_list("division_id", "leaf"))
    assert found == {code: code for code in COUNTIES}


def test_a_connection_plans_it_once_and_not_each_time(load_little: Loader) -> None:
    load_little()
    for _n in range(5):
        locate(place(100.1, 30.05))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement ~ 'locate'")
        assert cursor.fetchone() == (1,)
