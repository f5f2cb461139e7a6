"""Away database, lock nobody gives back, full disk: a 503 that says when to try again."""

import errno

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils.translation import override

from config.middleware import Unavailable
from tests.incidents.conftest import body, post

HOLD_KEY = """
    INSERT INTO incidents_idempotencykey (sender, key, body_sha256)
    VALUES ('anonymous', 'held', '')
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("town")
def test_a_lock_nobody_gives_back_is_worth_another_try(web: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute(HOLD_KEY)

        answer = post(web, body(), key="held")

        other.rollback()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.json()["errors"]["detail"]
    assert post(web, body(), key="held").status_code == 201


def answer_to(error: Exception, path: str) -> HttpResponse | None:
    return Unavailable(lambda _request: HttpResponse()).process_exception(
        RequestFactory().get(path), error
    )


@pytest.mark.parametrize(
    "error", [OperationalError("gone"), InterfaceError("closed"), OSError(errno.ENOSPC, "full")]
)
@pytest.mark.parametrize("path", ["/api/reports", "/track"])
def test_what_passes_is_a_503(error: Exception, path: str) -> None:
    answer = answer_to(error, path)
    assert answer is not None
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")


def test_the_page_is_translated_and_asks_no_database() -> None:
    with override("zh-hans"):
        answer = answer_to(OperationalError("gone"), "/track")
    assert answer is not None
    assert "热线暂时无法保存数据" in answer.content.decode()


@pytest.mark.parametrize("error", [ValueError(), OSError(errno.EACCES, "no")])
def test_our_own_mistakes_stay_a_500(error: Exception) -> None:
    assert answer_to(error, "/api/reports") is None
