"""A started house under more calls than it can serve, and in a storm; the drills in short."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.drills._load_phases import Bottleneck, Result, drill
from tests.drills._storm_course import Course, weather
from tests.drills._storm_found import Found
from tests.drills.load import ANONYMOUS
from tests.started import House, started

pytestmark = pytest.mark.services


Loaded = Callable[[str], AbstractContextManager[House]]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, furnished: Path) -> Loaded:
    """A house each: what one of them leaves behind, dispatch works off while the other is timed."""

    def start(name: str) -> AbstractContextManager[House]:
        var = tmp_path_factory.mktemp(name) / "var"
        return started(var, like=furnished, HOTLINE_ANONYMOUS_REPORTS=ANONYMOUS)

    return start


@pytest.fixture(scope="module")
def storm(loaded: Loaded) -> Found:
    with loaded("storm") as house:
        return weather(house, Course(burst=40, burst_s=4, after=10, after_s=4, open=300))


@pytest.fixture(scope="module")
def result(loaded: Loaded) -> Result:
    with loaded("load") as house:
        try:
            return drill(house, step_s=2, over_s=4)
        except Bottleneck as error:
            pytest.skip(str(error))


def test_a_storm_leaves_nobody_without_an_offer_or_a_reason(storm: Found) -> None:
    assert storm.faults == [], storm.table()
    assert storm.points


def test_every_report_is_taken_under_overload(result: Result) -> None:
    assert result.faults == [], result.table()


def test_reads_are_shed_and_nothing_else_fails(result: Result) -> None:
    four = next(phase for phase in result.phases if phase.name == "4 x")
    assert four.shed
    assert four.errors == 0
