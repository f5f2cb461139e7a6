"""A policy finds the firms it fits, once, and they see it."""

import secrets
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from districts.models import Division
from enterprises import matching, pushing
from enterprises.models import Firm, Policy, PolicyNotice, Sector, Size
from tests.conftest import Town
from tests.enterprises.conftest import FirmMaker, Tell

pytestmark = pytest.mark.django_db


def policy(town: Town, *divisions: str, **more: Any) -> Policy:
    given = {
        "title_zh": "补助",
        "title_en": "g",
        "text_zh": "文",
        "text_en": "t",
        "unit": town.heping,
    }
    made = Policy.objects.create(**given | more)
    made.divisions.set(Division.objects.filter(code__in=divisions))
    return made


def test_the_statement_and_the_page_agree_on_every_firm(town: Town, firm: FirmMaker) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")  # noqa: T201
    random, today = Random(seed), timezone.localdate()
    places = list(Division.objects.values_list("code", flat=True))
    for _n in range(60):
        firm(
            sector=random.choice("ACF"),
            size=random.choice(Size.values),
            division_id=random.choice(places),
            is_active=random.random() < 0.9,
        )
    for _n in range(25):
        found = policy(
            town,
            *random.sample(places, random.choice([0, 0, 1, 2])),
            sectors=random.sample(Sector.values[:6], random.choice([0, 2, 4])),
            sizes=random.sample(Size.values, random.choice([0, 2])),
            valid_from=today + timedelta(days=random.choice([-1, 0, 0, 1])),
            valid_to=random.choice([None, today + timedelta(days=1)]),
        )
        pushing.push(found.pk)
        noticed = set(PolicyNotice.objects.filter(policy=found).values_list("firm", flat=True))
        active = Firm.objects.active().select_related("division")
        assert noticed == {each.pk for each in active if matching.match(found, each).fits}


def test_a_firm_is_told_once_and_its_manager_sees_what_is_unread(town: Town, tell: Tell) -> None:
    story = tell()
    found = policy(town, "210102")
    policy(town, sectors=["H"])
    assert (pushing.push_due(), pushing.push_due()) == (1, 0)
    pushing.changed(found)
    assert pushing.push_due() == 0
    assert pushing.unread_of(story.keeper) == 1
    assert "补助" in story.at_firm.get("/firm/").content.decode()
    story.at_firm.get("/firm/policies")
    assert pushing.unread_of(story.keeper) == 0
    assert "补助" not in story.at_firm.get("/firm/").content.decode()


def test_one_policy_is_one_statement_however_many_firms(town: Town, firm: FirmMaker) -> None:
    for _n in range(3):
        firm()
    found = policy(town)
    with CaptureQueriesContext(connection) as captured:
        assert pushing.push(found.pk) == 3
    inserts = [each for each in captured.captured_queries if "INSERT" in each["sql"]]
    assert len(inserts) == 1


def test_tomorrow_it_is_looked_for_again(town: Town, firm: FirmMaker) -> None:
    found = policy(town)
    pushing.push_due()
    firm()
    assert pushing.push_due() == 0
    Policy.objects.filter(pk=found.pk).update(pushed_at=timezone.now() - timedelta(days=1))
    assert pushing.push_due() == 1
