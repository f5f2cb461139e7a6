"""A firm says what credit it needs, sees which offers fit and why; its manager introduces it."""

import uuid
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import Error, transaction
from django.utils import timezone

from enterprises import lending
from enterprises.financing import Asks, Need, Terms, lines, rank
from enterprises.fitting import Firm
from enterprises.models import FinancingStep, FirmRequest, Offer
from enterprises.models import Need as FirmNeed
from tests.enterprises.conftest import Story, Tell

TODAY = date(2026, 11, 25)
FACTORY = Firm("C", "small", "210102001001")
WANTED = Need(1_000_000, 12, "equipment", TODAY)


def unfit(**terms: Any) -> set[Asks]:
    given: dict[str, Any] = {
        "amount_from": 1_000_000,
        "amount_to": 1_000_000,
        "months_from": 12,
        "months_to": 12,
        "rate": Decimal("3.5"),
        "sectors": [],
        "sizes": [],
        "divisions": [],
        "collaterals": [],
        "valid_from": TODAY,
        "valid_to": TODAY,
    }
    return {line.asks for line in lines(Terms(**given | terms), WANTED, FACTORY) if not line.fits}


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        ({}, set()),
        ({"amount_from": 1_000_001, "amount_to": 2_000_000}, {Asks.AMOUNT}),
        ({"amount_from": 1, "amount_to": 999_999}, {Asks.AMOUNT}),
        ({"months_from": 13, "months_to": 24}, {Asks.TERM}),
        ({"months_from": 1, "months_to": 11}, {Asks.TERM}),
        ({"sectors": ["A"], "sizes": ["large"]}, {Asks.SECTOR, Asks.SIZE}),
        ({"divisions": ["2101"]}, set()),
        ({"divisions": ["210104"]}, {Asks.DIVISION}),
        ({"collaterals": ["patents", "equipment"]}, set()),
        ({"collaterals": ["patents"]}, {Asks.COLLATERAL}),
        ({"valid_from": TODAY + timedelta(days=1), "valid_to": None}, {Asks.DATE}),
        ({"valid_from": date(2020, 1, 1), "valid_to": TODAY - timedelta(days=1)}, {Asks.DATE}),
    ],
)
def test_each_criterion_is_judged(terms: dict[str, Any], found: set[Asks]) -> None:
    assert unfit(**terms) == found


def test_more_criteria_come_before_a_lower_rate() -> None:
    given = Terms(1, 9, 1, 9, Decimal(0), [], [], [], [], TODAY, None)
    judged = lines(given, Need(5, 5, "none", TODAY), FACTORY)
    fewer = lines(given, Need(10, 5, "none", TODAY), FACTORY)
    ranks = [rank(judged, Decimal(9)), rank(fewer, Decimal(1)), rank(judged, Decimal(3))]
    assert sorted(ranks) == [ranks[2], ranks[0], ranks[1]]


def offer(title: str, rate: str, **more: Any) -> Offer:
    given = {
        "lender": "演示银行",
        "title_zh": title,
        "title_en": title,
        "text_zh": "文",
        "text_en": "t",
        "amount_from": 1,
        "amount_to": 2_000_000,
        "rate": Decimal(rate),
        "months_from": 1,
        "months_to": 24,
    }
    return Offer.objects.create(**given | more)


def look_for(story: Story, **more: Any) -> Any:
    given = {
        "amount": "1000000",
        "purpose": "equipment",
        "months": "12",
        "collateral": "equipment",
        "needed_on": timezone.localdate().isoformat(),
        "text": "更新设备",
        "phone": "13812345678",
        "key": str(uuid.uuid4()),
    }
    return story.at_firm.post("/firm/financing", given | more)


@pytest.mark.django_db
def test_the_best_offer_comes_first_and_says_why(tell: Tell) -> None:
    story = tell()
    hotels = offer("餐饮贷", "1.00", sectors=["H"])
    dear, cheap = offer("贵", "5.00"), offer("便宜", "3.00", collaterals=["equipment"])
    offer("旧", "1.00", valid_from=date(2020, 1, 1), valid_to=date(2020, 2, 1))
    assert look_for(story).status_code == 302
    need = FirmNeed.objects.get()
    found = lending.matches(need, story.firm)
    assert [each.offer for each in found] == [cheap, dear, hotels]
    assert [each.fits for each in found] == [True, True, False]
    page = story.at_firm.get(f"/firm/requests/{need.request}/offers").content.decode()
    assert "住宿和餐饮业" in page
    assert "<form" not in page.split("<h1")[1]


@pytest.mark.django_db
def test_the_manager_introduces_then_it_is_agreed_once(tell: Tell) -> None:
    story, other, found = tell(), tell(), offer("贷", "3.00")
    look_for(story)
    number = FirmRequest.objects.get()
    page = f"/manager/requests/{number}/offers/{found.pk}"
    assert other.at_manager.post(f"{page}/introduced").status_code == 404
    story.at_manager.post(f"{page}/agreed")
    assert not FinancingStep.objects.exists()
    for kind in ("introduced", "introduced", "agreed", "refused"):
        story.at_manager.post(f"{page}/{kind}", {"note": "已对接"})
    assert list(FinancingStep.objects.values_list("kind", flat=True)) == ["introduced", "agreed"]
    assert "已对接" in story.at_firm.get(f"/firm/requests/{number}/offers").content.decode()
    with pytest.raises(Error), transaction.atomic():
        FinancingStep.objects.all().delete()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "0"},
        {"amount": "1e9"},
        {"months": "481"},
        {"purpose": "yacht"},
        {"collateral": "x"},
        {"needed_on": "2020-01-01"},
        {"needed_on": "9999-12-31"},
    ],
)
def test_a_bad_need_is_refused_and_nothing_stored(tell: Tell, wrong: dict[str, str]) -> None:
    answer = look_for(tell(), **wrong)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == list(wrong)
    assert not FirmRequest.objects.exists()
