"""What staff are shown on the map: bounded, in scope, one statement."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.roles import Role
from dispatch.engine import dispatch
from incidents.models import Incident, Outbox
from tests.conftest import (
    DADONG_GATE,
    LUXUN_PARK,
    TAIYUAN_STREET,
    IncidentMaker,
    PersonMaker,
    Town,
    WorkerMaker,
    statements,
)

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
INCIDENTS, WORKERS = "/api/incidents.geojson", "/api/workers.geojson"
BESIDES = ("django_session", 'FROM "accounts_user" WHERE "accounts_user"."id"')


@pytest.fixture
def dispatcher(person: PersonMaker, logged_in: LogIn) -> Client:
    return logged_in(person(Role.DISPATCHER, "210100"))


def features(client: Client, address: str, **query: str) -> list[dict[str, Any]]:
    answer = client.get(address, query)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/geo+json"
    found: list[dict[str, Any]] = json.loads(answer.content)["features"]
    return found


def test_the_emergency_seat_is_shown_no_workers(person: PersonMaker, logged_in: LogIn) -> None:
    assert features(logged_in(person(Role.EMERGENCY_SEAT, "210100")), WORKERS) == []


def numbers(client: Client, **query: str) -> set[str]:
    return {each["properties"]["number"] for each in features(client, INCIDENTS, **query)}


@pytest.mark.parametrize(("address", "most"), [(INCIDENTS, 1), (WORKERS, 1)])
def test_a_layer_is_one_statement(
    dispatcher: Client, incident: IncidentMaker, worker: WorkerMaker, address: str, most: int
) -> None:
    for n in range(5):
        incident(LUXUN_PARK)
        worker(f"Worker{n}", LUXUN_PARK)
    with CaptureQueriesContext(connection) as captured:
        assert len(features(dispatcher, address)) == 5
    asked = statements(captured, *BESIDES, 'districts_division"."code" =')
    assert len(asked) <= most, "\n".join(asked)


def test_a_feature_says_what_and_where(
    dispatcher: Client, incident: IncidentMaker, worker: WorkerMaker
) -> None:
    worker("Wang", LUXUN_PARK)
    found = incident(LUXUN_PARK)
    dispatch(found.pk)
    (feature,) = features(dispatcher, INCIDENTS)
    assert feature["geometry"] == {"type": "Point", "coordinates": list(LUXUN_PARK)}
    told = feature["properties"]
    assert (told["number"], told["status"], told["order"]) == (
        found.number, "dispatched", "offered",
    )  # fmt: skip
    assert told["county"] == "210102"


def test_what_is_done_is_shown_when_asked(dispatcher: Client, incident: IncidentMaker) -> None:
    done, still = incident(LUXUN_PARK), incident(LUXUN_PARK)
    Incident.objects.filter(pk=done.pk).update(status="closed")
    assert numbers(dispatcher) == {still.number}
    assert numbers(dispatcher, status="closed,registered") == {done.number, still.number}


def test_a_box_cuts(dispatcher: Client, incident: IncidentMaker) -> None:
    heping, _dadong = incident(LUXUN_PARK), incident(DADONG_GATE, "pothole")
    assert numbers(dispatcher, bbox="123.40,41.80,123.44,41.82") == {heping.number}


@pytest.mark.parametrize(
    "bbox", ["nan,41,123,42", "123.5,41,123.4,42", "123,42,124,41", "1,2,3", "a,b,c,d", "0,0,1,inf"]
)
@pytest.mark.parametrize("address", [INCIDENTS, WORKERS])
def test_a_box_that_is_none_is_refused(dispatcher: Client, address: str, bbox: str) -> None:
    answer = dispatcher.get(address, {"bbox": bbox})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["bbox"])


def test_an_unknown_status_is_refused(dispatcher: Client) -> None:
    answer = dispatcher.get(INCIDENTS, {"status": "registered,lost"})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["status"])


@pytest.mark.parametrize("address", [INCIDENTS, WORKERS])
def test_strangers_and_workers_are_shown_no_layer(
    worker: WorkerMaker, logged_in: LogIn, address: str
) -> None:
    assert Client().get(address).status_code == 401
    assert logged_in(worker("Wang", LUXUN_PARK).user).get(address).status_code == 403


def test_the_layer_ends_at_the_jurisdiction(
    person: PersonMaker, logged_in: LogIn, incident: IncidentMaker
) -> None:
    heping, dadong = incident(LUXUN_PARK), incident(DADONG_GATE, "pothole")
    assert numbers(logged_in(person(Role.DISTRICT_HEAD, "210102"))) == {heping.number}
    assert numbers(logged_in(person(Role.DISTRICT_HEAD, "210104"))) == {dadong.number}


def test_one_incident_is_shown_to_those_who_may_see_it(
    person: PersonMaker, logged_in: LogIn, incident: IncidentMaker
) -> None:
    address = f"/api/incidents/{incident(LUXUN_PARK).number}"
    assert logged_in(person(Role.DISTRICT_HEAD, "210102")).get(address).status_code == 200
    assert logged_in(person(Role.DISTRICT_HEAD, "210104")).get(address).status_code == 404
    assert Client().get(address).status_code == 401


def test_the_cursor_says_where_the_stream_goes_on(
    dispatcher: Client, incident: IncidentMaker
) -> None:
    incident(LUXUN_PARK)
    answer = dispatcher.get(INCIDENTS, {"cursor": "1"})
    assert int(answer.headers["Live-Cursor"]) == Outbox.objects.latest("id").pk
    assert "Live-Cursor" not in dispatcher.get(INCIDENTS).headers


def test_workers_on_shift_are_shown(dispatcher: Client, worker: WorkerMaker) -> None:
    worker("Wang", LUXUN_PARK)
    worker("Away", LUXUN_PARK, on_shift=False)
    (feature,) = features(dispatcher, WORKERS)
    assert feature["properties"]["name"] == "Wang"
    assert feature["geometry"]["coordinates"] == list(LUXUN_PARK)


def test_a_liaison_is_shown_each_worker_once(
    town: Town,
    person: PersonMaker,
    logged_in: LogIn,
    incident: IncidentMaker,
    worker: WorkerMaker,
) -> None:
    worker("Wang", LUXUN_PARK)
    worker("Li", TAIYUAN_STREET, unit=town.heping)
    for _n in range(2):
        dispatch(incident(LUXUN_PARK).pk)
    liaison = logged_in(person(Role.UNIT_LIAISON, unit=town.office))
    assert [each["properties"]["name"] for each in features(liaison, WORKERS)] == ["Wang"]
