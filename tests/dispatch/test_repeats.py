"""The same person, the same kind of thing, again: counted, and raised the third time."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from dispatch import due, engine, merging
from districts import prepared
from incidents import clocks, repeats
from incidents.models import Incident, Report
from tests.conftest import (
    DADONG_GATE,
    LUXUN_PARK,
    IncidentMaker,
    PersonMaker,
    WorkerMaker,
    statements,
)

pytestmark = pytest.mark.django_db
PHONE, OTHER = "13812345678", "13987654321"
Asks = Callable[..., Incident]


@pytest.fixture
def asks(incident: IncidentMaker) -> Asks:
    """Somebody reports a pothole, and it goes through dispatch."""

    def ask(phone: str = PHONE, category: str = "pothole", **more: object) -> Incident:
        found = incident(more.pop("place", LUXUN_PARK), category, contact_phone=phone, **more)
        engine.dispatch(found.pk)
        return Incident.objects.get(pk=found.pk)

    return ask


def test_the_third_time_it_is_raised(
    asks: Asks, person: PersonMaker, logged_in: Callable[[User], Client]
) -> None:
    first, second, third = (asks() for _n in range(3))
    assert (first.repeats, second.repeats, third.repeats) == (0, 1, 2)
    assert not second.events.filter(step="repeat").exists()
    raised = third.events.get(step="repeat")
    assert (raised.data, raised.actor) == ({"repeats": 2}, None)
    head = logged_in(person(Role.DISTRICT_HEAD, "210102"))
    assert third.number in head.get("/desks/late/?list=repeated").content.decode()


def test_another_number_category_or_month_is_another_matter(asks: Asks) -> None:
    old = asks()
    Report.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert asks(OTHER).repeats == 0
    assert asks(category="street-light").repeats == 0
    assert asks("").repeats == 0
    assert asks("").repeats == 0
    assert old.repeats == 0
    # However the number is written it is the same person; wherever it is, the same matter.
    asks("+86 138-1234-5678")
    assert asks(place=DADONG_GATE).repeats == 1


def test_what_was_withdrawn_is_no_earlier_report(asks: Asks) -> None:
    asks()
    Report.objects.update(withdrawn_at=timezone.now())
    assert asks().repeats == 0


def test_who_joins_what_they_reported_repeats_it(asks: Asks, incident: IncidentMaker) -> None:
    found = asks()
    for _n in range(2):
        incident(LUXUN_PARK, "pothole", contact_phone=PHONE, same_as=found.number)
    found.refresh_from_db()
    assert found.repeats == 2
    assert found.events.filter(step="repeat").count() == 1


def test_five_citizens_at_one_hole_repeat_nothing(asks: Asks, incident: IncidentMaker) -> None:
    found = asks()
    for n in range(4):
        incident(LUXUN_PARK, "pothole", contact_phone=f"1391111000{n}", same_as=found.number)
    found.refresh_from_db()
    assert found.repeats == 0


def test_a_merge_brings_the_count_along(asks: Asks, person: PersonMaker) -> None:
    others = asks(OTHER)
    for _n in range(2):
        asks()
    third = asks()
    merging.merge(third.pk, others.number, person(Role.DISPATCHER, "210100"), "同一坑")
    others.refresh_from_db()
    assert others.repeats == 2
    assert others.events.filter(step="repeat").count() == 1


def test_the_logged_in_without_a_number_are_known_too(
    person: PersonMaker, logged_in: Callable[[User], Client]
) -> None:
    citizen = logged_in(person(Role.CITIZEN))
    for n in range(3):
        given = {"kind": "help", "category": "pothole", "text": "坑"}
        given |= {"longitude": str(LUXUN_PARK[0]), "latitude": str(LUXUN_PARK[1])}
        if n == 2:
            given["same_as"] = Incident.objects.order_by("pk")[0].number
        assert (
            citizen.post("/api/reports", given, content_type="application/json").status_code == 201
        )
        due.dispatch_due()
    assert sorted(Incident.objects.values_list("repeats", flat=True)) == [1, 2]


def test_to_raise_a_matter_keeps_a_dispatch_within_its_ten_statements(
    asks: Asks, incident: IncidentMaker, worker: WorkerMaker
) -> None:
    worker("Wang", LUXUN_PARK)
    for _n in range(2):
        asks(category="exposed-garbage")
    third = incident(LUXUN_PARK, "exposed-garbage", contact_phone=PHONE)
    clocks.rules()
    with CaptureQueriesContext(connection) as captured:
        engine.dispatch(third.pk)
    third.refresh_from_db()
    assert third.repeats == 2
    asked = statements(captured)
    assert len(asked) <= 10, "\n".join(asked)


def test_the_count_walks_through_no_table(asks: Asks) -> None:
    found = asks()
    given = {"incidents": [found.pk], "within": repeats.WITHIN, "most": 9}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = "\n".join(row["QUERY PLAN"] for row in prepared.rows("EXPLAIN " + repeats.COUNT, given))
    assert "complainant_phone" in plan
    assert "Seq Scan" not in plan
