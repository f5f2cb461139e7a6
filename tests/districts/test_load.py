import pytest
import shapely

from districts.errors import LoadRefused
from districts.models import Boundary, Division
from tests.districts.conftest import COUNTIES, NORTH_EAST, Loader


def refused(load: Loader, code: str, shape: shapely.Polygon) -> str:
    with pytest.raises(LoadRefused) as refusal:
        load(COUNTIES | {code: ("错县", shape)})
    assert not Division.objects.filter(code="990000").exists()
    return str(refusal.value)


def test_an_overlap_is_refused_by_name(load_little: Loader) -> None:
    words = refused(load_little, "990102", shapely.box(100.1, 30, 100.2, 30.11))
    assert "overlapping" in words
    assert "990102 错县" in words
    assert "990103 铁西区" in words


def test_a_gap_is_refused_by_name_of_the_area_that_has_it(load_little: Loader) -> None:
    words = refused(load_little, "990102", shapely.box(100.11, 30, 100.2, 30.1))
    assert "990100 小市" in words
    assert "in none of its parts" in words


def test_an_invalid_outline_is_refused_by_name(load_little: Loader) -> None:
    bow = shapely.Polygon([(100.1, 30), (100.2, 30.1), (100.2, 30), (100.1, 30.1)])
    assert "990102 错县: invalid outline" in refused(load_little, "990102", bow)


def test_a_code_of_another_city_is_refused(load_little: Loader) -> None:
    with pytest.raises(LoadRefused, match="990203 北区: its code does not begin"):
        load_little({"990203": ("北区", NORTH_EAST)})


def test_the_same_data_changes_nothing(load_little: Loader) -> None:
    first, second = load_little(), load_little()
    assert (first.is_new, first.added, first.leaves) == (True, 6, 4)
    assert (second.is_new, second.added, second.closed) == (False, 0, 0)


def test_a_changed_outline_closes_the_old_one(load_little: Loader) -> None:
    load_little()
    merged = {c: COUNTIES[c] for c in ("990101", "990104")}
    loaded = load_little(
        merged
        | {
            "990102": (
                "东区",
                shapely.Polygon(
                    [(100.1, 30), (100.2, 30), (100.2, 30.2), (100.1, 30.2), (100.1, 30.1)]
                ),
            )
        }
    )
    assert (loaded.added, loaded.closed) == (1, 2)
    assert Boundary.objects.filter(division="990102").count() == 2
    assert not Division.objects.get(code="990103").is_active
