"""Many citizens at the same moment: one report a key, one number a report."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from incidents.models import Complainant, Incident, NumberDay, Report
from tests.conftest import LUXUN_PARK, Answer, IncidentMaker
from tests.incidents.conftest import body, post

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("town")]


def another(web: Client) -> Client:
    """A client of its own for a thread, at the same address."""
    return Client(REMOTE_ADDR=str(web.defaults["REMOTE_ADDR"]))


def at_once(act: Callable[[], Any], number: int = 6) -> list[Any]:
    """What so many threads got that began at the same moment."""
    ready = Barrier(number)

    def run() -> Any:
        ready.wait()
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return [each.result() for each in [pool.submit(run) for _n in range(number)]]


def test_one_key_sent_by_many_threads_makes_one_report(web: Client) -> None:
    answers: list[Answer] = at_once(
        lambda: post(another(web), body(contact_name="王芳"), key="same")
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["tracking_code"] for answer in answers}) == 1
    assert Incident.objects.count() == Report.objects.count() == Complainant.objects.count() == 1


def test_the_first_reports_of_a_day_get_numbers_of_their_own(web: Client) -> None:
    NumberDay.objects.all().delete()
    answers = at_once(lambda: post(another(web), body()))
    numbers = [answer.json()["number"] for answer in answers]
    assert len(set(numbers)) == 6
    assert NumberDay.objects.count() == 1


def test_neighbours_who_join_at_once_all_have_their_report(
    web: Client, incident: IncidentMaker
) -> None:
    first = incident(LUXUN_PARK, "pothole")
    at_once(lambda: post(another(web), body(same_as=first.number)))
    assert first.reports.count() == 7
    assert first.events.filter(step="join").count() == 6
