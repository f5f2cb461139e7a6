import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from districts.datums import Datum, from_wgs84, to_wgs84

# As published with the coordtransform library for Tiananmen.
TIANANMEN = (116.404, 39.915)


def test_gcj02_of_a_published_point() -> None:
    published = (116.41024449916938, 39.91640428150164)
    assert from_wgs84(*TIANANMEN, Datum.GCJ02) == pytest.approx(published, abs=1e-9)


def test_bd09_of_a_published_gcj02_point() -> None:
    published = (116.41036949371029, 39.92133699351021)
    wgs84 = to_wgs84(*TIANANMEN, Datum.GCJ02)
    assert from_wgs84(*wgs84, Datum.BD09) == pytest.approx(published, abs=1e-8)


def test_cgcs2000_is_wgs84() -> None:
    assert to_wgs84(*TIANANMEN, Datum.CGCS2000) == TIANANMEN


def test_the_shift_in_shenyang_is_576_metres() -> None:
    shenyang = (123.4315, 41.8057)
    shifted = from_wgs84(*shenyang, Datum.GCJ02)
    assert Geod(ellps="WGS84").inv(*shenyang, *shifted)[2] == pytest.approx(576, abs=8)


def test_outside_china_nothing_moves() -> None:
    assert from_wgs84(2.35, 48.86, Datum.GCJ02) == (2.35, 48.86)


@given(lon=st.floats(73, 135), lat=st.floats(4, 53), datum=st.sampled_from(list(Datum)))
def test_there_and_back_is_the_same_place(lon: float, lat: float, datum: Datum) -> None:
    assert to_wgs84(*from_wgs84(lon, lat, datum), datum) == pytest.approx((lon, lat), abs=1e-8)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_finite_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        to_wgs84(123.0, bad, Datum.GCJ02)
