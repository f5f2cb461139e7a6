"""A started house under more calls than it can serve; the drill in short."""

from pathlib import Path

import pytest

from tests.drills._load_phases import Bottleneck, Result, drill
from tests.drills.load import ANONYMOUS
from tests.started import started

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory, furnished: Path) -> Result:
    with started(
        tmp_path_factory.mktemp("load") / "var", like=furnished, HOTLINE_ANONYMOUS_REPORTS=ANONYMOUS
    ) as house:
        try:
            return drill(house, step_s=2, over_s=4)
        except Bottleneck as error:
            pytest.skip(str(error))


def test_every_report_is_taken_under_overload(result: Result) -> None:
    assert result.faults == [], result.table()


def test_reads_are_shed_and_nothing_else_fails(result: Result) -> None:
    four = next(phase for phase in result.phases if phase.name == "4 x")
    assert four.shed
    assert four.errors == 0
