"""Which policies fit a firm, and why; and what a share of answers is worth."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.roles import Role
from districts.models import Division
from enterprises import matching, survey
from enterprises.fitting import Asks, Firm, Terms, lines
from enterprises.models import FirmRequest, Policy, Usefulness
from enterprises.wilson import Share
from tests.conftest import IncidentMaker, PersonMaker, Town
from tests.enterprises.conftest import FirmMaker

TODAY = date(2026, 11, 25)
FACTORY = Firm("C", "small", "210102001001")


def unfit(**terms: object) -> set[Asks]:
    given = {"sectors": [], "sizes": [], "divisions": [], "valid_from": TODAY, "valid_to": None}
    return {line.asks for line in lines(Terms(**given | terms), FACTORY, TODAY) if not line.fits}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        ({}, set()),
        ({"sectors": ["A", "C"], "sizes": ["small"], "divisions": ["2101"]}, set()),
        ({"sectors": ["A"]}, {Asks.SECTOR}),
        ({"sizes": ["large"]}, {Asks.SIZE}),
        ({"divisions": ["210104"]}, {Asks.DIVISION}),
        ({"divisions": [""]}, set()),
        ({"valid_to": TODAY}, set()),
        ({"valid_to": date(2026, 11, 24)}, {Asks.DATE}),
        ({"valid_from": date(2026, 11, 26)}, {Asks.DATE}),
        ({"sectors": ["A"], "sizes": ["large"]}, {Asks.SECTOR, Asks.SIZE}),
    ],
)
def test_each_criterion_is_judged(terms: dict[str, object], found: set[Asks]) -> None:
    assert unfit(**terms) == found


@pytest.mark.django_db
def test_what_fits_comes_first_and_says_why(town: Town, firm: FirmMaker) -> None:
    given = {"text_zh": "文", "text_en": "t", "unit": town.heping}
    hotels = Policy.objects.create(title_zh="餐饮", title_en="h", sectors=["H"], **given)
    here = Policy.objects.create(title_zh="和平", title_en="p", sizes=["small"], **given)
    here.divisions.set(Division.objects.filter(code="210102"))
    Policy.objects.create(
        title_zh="旧", title_en="o", valid_from=date(2020, 1, 1), valid_to=date(2021, 1, 1), **given
    )
    found = matching.matches(firm())
    assert [(each.policy, each.fits) for each in found] == [(here, True), (hotels, False)]
    assert [reason.fits for reason in found[1].reasons] == [False, True, True, True]
    assert "住宿和餐饮业" in found[1].reasons[0].asked


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_rate(drawn: tuple[int, int]) -> None:
    share = Share(*drawn)
    low, high = share.interval
    assert 0 <= low <= share.rate + 1e-12
    assert share.rate - 1e-12 <= high <= 1
    other = Share(share.n - share.yes, share.n).interval
    assert (1 - other[1], 1 - other[0]) == pytest.approx((low, high))


def test_the_interval_is_wilsons() -> None:
    """Worked by hand: 8 of 10 gives 49.0 to 94.3 %."""
    assert Share(8, 10).interval == pytest.approx((0.4901625, 0.9433178), abs=1e-6)
    assert Share(0, 0).interval == (0.0, 1.0)


@pytest.mark.django_db
def test_few_answers_take_no_rank(
    firm: FirmMaker, incident: IncidentMaker, person: PersonMaker
) -> None:
    somebody = person(Role.FIRM)
    for sector, answers in (("C", 30), ("H", 29)):
        asker = firm(sector=sector)
        for n in range(answers):
            report = incident(text=f"{n}").reports.get()
            asked = FirmRequest.objects.create(
                firm=asker, report=report, topic="permits", filed_by=somebody
            )
            Usefulness.objects.create(request=asked, useful=n > 0)
    whole, (by_sector, by_size, by_place) = survey.results()
    assert whole is not None
    assert (whole.share.yes, whole.share.n) == (57, 59)
    assert [(line.name, line.share.n) for line in by_sector.ranked] == [("制造业", 30)]
    assert [(line.name, line.share.n) for line in by_sector.few] == [("住宿和餐饮业", 29)]
    assert [line.share.n for line in by_size.ranked] == [59]
    assert [line.name for line in by_place.ranked] == ["和平区"]
    assert by_sector.ranked[0].verdict == "open"
