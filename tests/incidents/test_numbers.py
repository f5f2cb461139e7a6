"""Numbers of reports: eight digits of the day, and at least six that count on."""

import re

import pytest
from django.db import connection
from django.db.models import F

from incidents.models import NumberDay

pytestmark = pytest.mark.django_db


def drawn() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT hotline_next_number()")
        return str(cursor.fetchone()[0])


def test_numbers_count_on() -> None:
    first, second = drawn(), drawn()
    assert re.fullmatch(r"\d{8}-\d{6}", first)
    assert int(second[9:]) > int(first[9:])


def test_the_millionth_of_a_day_gets_seven_digits() -> None:
    before = drawn()
    # As if a million had been drawn today.
    NumberDay.objects.update(before_first=F("before_first") - 1_000_000)
    first, second = drawn(), drawn()
    assert re.fullmatch(r"\d{8}-1\d{6}", first)
    assert len({before, first, second}) == 3
