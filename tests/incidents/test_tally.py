"""Counting in PostgreSQL, for the hours without Redis."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from incidents import tally
from incidents.models import Tally
from incidents.tasks import forget_outbox

CALLERS, THREADS = 100, 12


@pytest.fixture
def name() -> str:
    return f"client:{secrets.token_hex(8)}"


@pytest.mark.django_db(transaction=True)
def test_a_hundred_at_once_get_exactly_sixty(name: str) -> None:
    def caller(_n: int) -> bool:
        try:
            return tally.count(name, 60, 600)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(caller, range(CALLERS))) == 60
    assert 590 < tally.seconds_left(name) <= 600


@pytest.mark.django_db
def test_after_its_end_another_window_begins(name: str) -> None:
    assert [tally.count(name, 2, 600) for _n in range(3)] == [True, True, False]
    Tally.objects.filter(pk=name).update(ends=timezone.now() - timedelta(seconds=1))
    assert [tally.count(name, 2, 600) for _n in range(3)] == [True, True, False]


@pytest.mark.django_db
def test_one_client_does_not_use_up_anothers(name: str) -> None:
    assert tally.count(name, 1, 600)
    assert tally.count(f"{name}-neighbour", 1, 600)
    assert not tally.count(name, 1, 600)


@pytest.mark.django_db
def test_windows_that_ended_are_forgotten(name: str) -> None:
    tally.count(name, 1, 600)
    Tally.objects.create(name=f"{name}-old", ends=timezone.now() - timedelta(hours=1), hits=3)
    forget_outbox()
    assert list(Tally.objects.values_list("name", flat=True)) == [name]


@pytest.mark.django_db
def test_the_table_is_not_written_twice() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'incidents_tally'")
        assert cursor.fetchone() == ("u",)
