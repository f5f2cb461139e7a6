"""Whatever comes: an answer that is no 500, and all of a report or none of it."""

import json
from collections.abc import Callable

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import ApiKey, User
from accounts.roles import Role
from incidents.models import Event, Incident, Media, Outbox, Report
from tests.conftest import PersonMaker
from tests.gate import strategies
from tests.gate.test_gate import send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("town")]
# The shared data base is rolled back once, after all the examples of a test.
LOOSELY = settings(
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=[*HealthCheck],
)


@pytest.mark.parametrize("kind", strategies.EVERY)
def test_whatever_comes(
    kind: str, person: PersonMaker, logged_in: Callable[[User], Client]
) -> None:
    _made, key = ApiKey.issue("properties", per_second=10_000)
    stranger = {"HTTP_AUTHORIZATION": f"Api-Key {key}"}
    web, staff = Client(), logged_in(person(Role.DISPATCHER, "210100"))

    @LOOSELY
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        case = data.draw(strategies.EVERY[kind])
        before = Report.objects.count()
        asked = [send(web, case, **stranger)]
        if case.method == "GET":
            asked.append(send(staff, case))
        for answer in asked:
            assert answer.status_code in case.expected, answer.content[:300]
            # The API's description answers in its own formats.
            says_why = case.path.startswith("/api/") and not case.path.startswith("/api/schema")
            if answer.status_code >= 400 and says_why:
                assert json.loads(answer.content)["errors"]
        filed = sum(answer.status_code == 201 for answer in asked)
        assert Report.objects.count() == before + filed
        assert whole()

    holds()


def whole() -> bool:
    """Every report has its incident with an event and an outbox row; no file without a report."""
    lonely = Incident.objects.filter(reports=None) | Incident.objects.filter(events=None)
    told = set(Outbox.objects.values_list("incident_id", flat=True))
    return (
        not lonely.exists()
        and told >= set(Event.objects.values_list("incident_id", flat=True))
        and not Media.objects.filter(report=None).exists()
    )
