"""What the machine leaves to a person, and who that is."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from dispatch import due, engine, orders
from dispatch.dossier import shortlist
from dispatch.models import Worker
from incidents.models import Incident, Kind, Status, Waiting
from tests.conftest import LUXUN_PARK, IncidentMaker, PersonMaker, WorkerMaker, statements

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


def test_wrongdoing_reaches_no_unit_before_a_person_has_looked(
    incident: IncidentMaker, worker: WorkerMaker
) -> None:
    worker("Wang", LUXUN_PARK)
    found = incident(LUXUN_PARK, kind=Kind.WRONGDOING)
    engine.dispatch(found.pk)
    found.refresh_from_db()
    assert (found.status, found.waiting) == (Status.TRIAGE, Waiting.WRONGDOING)
    assert found.lead_unit is None
    assert not found.work_orders.exists()


def test_what_has_no_place_is_seen_by_the_citys_dispatcher_alone(
    incident: IncidentMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    placeless = incident(None)
    dispatcher, head = person(Role.DISPATCHER, "210100"), person(Role.DISTRICT_HEAD, "210102")
    page = f"/desk/{placeless.number}/"
    assert logged_in(dispatcher).get(page).status_code == 200
    assert logged_in(head).get(page).status_code == 404
    layer = logged_in(dispatcher).get("/api/incidents.geojson").json()["features"]
    assert [(f["properties"]["number"], f["geometry"]) for f in layer] == [(placeless.number, None)]


def test_a_place_set_by_hand_sends_it_on_its_way(
    incident: IncidentMaker, worker: WorkerMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    worker("Wang", LUXUN_PARK)
    placeless = incident(None)
    desk = logged_in(person(Role.DISPATCHER, "210100"))
    lon, lat = LUXUN_PARK
    desk.post(f"/desk/{placeless.number}/place", {"lon": str(lon), "lat": str(lat)})
    due.dispatch_due()
    placeless.refresh_from_db()
    assert placeless.status == Status.DISPATCHED
    assert placeless.division_id == "210102001001"
    assert str(placeless.work_orders.get().worker) == "Wang"


def test_one_bad_incident_does_not_hold_up_those_behind_it(
    incident: IncidentMaker, worker: WorkerMaker
) -> None:
    worker("Wang", LUXUN_PARK)
    bad, good = incident(LUXUN_PARK), incident(LUXUN_PARK)
    Incident.objects.filter(pk=bad.pk).update(
        status=Status.CLOSED, dispatch_after=timezone.now() - due.LEASE
    )
    assert due.dispatch_due() == 2
    assert good.work_orders.count() == 1


def test_the_desk_may_ask_again_who_declined(incident: IncidentMaker, worker: WorkerMaker) -> None:
    wang: Worker = worker("Wang", LUXUN_PARK)
    found = incident(LUXUN_PARK)
    engine.dispatch(found.pk)
    orders.decline(found.work_orders.get().pk, wang.user, "另有任务")
    engine.dispatch(found.pk)
    found.refresh_from_db()
    assert found.waiting == Waiting.NO_WORKER
    assert [str(choice.worker) for choice in shortlist(found)] == ["Wang"]


def test_the_page_of_an_incident_takes_at_most_ten_statements(
    incident: IncidentMaker, worker: WorkerMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    for n in range(5):
        worker(f"Worker{n}", LUXUN_PARK)
    found = incident(LUXUN_PARK, contact_phone="13812345678")
    engine.dispatch(found.pk)
    desk = logged_in(person(Role.DISPATCHER, "210100"))
    with CaptureQueriesContext(connection) as captured:
        answer = desk.get(f"/desk/{found.number}/")
    assert answer.status_code == 200
    own = statements(captured, "django_session", '"accounts_user"."password"')
    assert len(own) <= 10, "\n".join(own)
