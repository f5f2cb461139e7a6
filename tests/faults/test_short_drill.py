"""The short form of `./hotline drill faults`: one fault of most kinds, and the controls."""

from pathlib import Path
from secrets import randbelow

import pytest

from config.supervisor import show
from tests.drills import faults

pytestmark = pytest.mark.services


def test_nothing_promised_is_lost_and_the_checks_notice_what_is_planted(
    furnished: Path,
) -> None:
    seed = randbelow(10**6)
    show(f"seed {seed}")

    result = faults.drill(faults.short(seed), like=furnished)

    assert result.violations == []
    assert [each for each in result.faults if each.violations] == []
    assert [each.name for each in result.controls if not each.noticed] == []
    assert len(result.ran) >= 5
    assert len(result.controls) >= 1
    assert result.answered >= 200
