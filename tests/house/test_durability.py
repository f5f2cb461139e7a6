"""Production refuses a database that may forget what it confirmed."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from pytest_django import Settings

from config.durability import insist, switched_off

pytestmark = pytest.mark.django_db


def test_our_own_database_keeps_what_it_confirms(settings: Settings) -> None:
    settings.PRODUCTION = True
    assert switched_off() == []
    insist()


def test_a_forgetful_one_is_refused_by_name(settings: Settings) -> None:
    settings.PRODUCTION = True
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    with pytest.raises(ImproperlyConfigured, match="synchronous_commit"):
        insist()


def test_development_may_use_it(settings: Settings) -> None:
    settings.PRODUCTION = False
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    insist()
