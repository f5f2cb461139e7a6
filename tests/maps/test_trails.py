"""The way of a worker: in the order of time, on shift only, for whoever sends workers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.test import Client
from django.utils import timezone
from shapely.geometry import shape

from accounts.models import User
from accounts.roles import Role
from dispatch.models import Worker
from dispatch.positions import Sighting, take
from tests.conftest import DADONG_GATE, LUXUN_PARK, PersonMaker, WorkerMaker, north_of

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
TRAIL = "/api/workers/{}/trail.geojson"


@pytest.fixture
def dispatcher(person: PersonMaker, logged_in: LogIn) -> Client:
    return logged_in(person(Role.DISPATCHER, "210100"))


def walked(worker: Worker, *minutes_ago: int) -> None:
    """A hundred metres north from point to point, told in no order."""
    now = timezone.now()
    way = [
        Sighting(
            worker.pk,
            Point(*north_of(LUXUN_PARK, 100 * n), srid=4326),
            now - timedelta(minutes=each),
        )
        for n, each in enumerate(minutes_ago)
    ]
    take(way[::-1])


def asked(client: Client, name: str, **query: str) -> dict[str, Any]:
    answer = client.get(TRAIL.format(name), query)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_the_way_is_in_the_order_of_time(dispatcher: Client, worker: WorkerMaker) -> None:
    walked(worker("Wang", LUXUN_PARK), 130, 50, 30, 10)
    found = asked(dispatcher, "wang")
    line = shape(found["geometry"])
    assert line.coords[0] == pytest.approx(north_of(LUXUN_PARK, 100), abs=1e-5)
    assert line.coords[-1] == pytest.approx(north_of(LUXUN_PARK, 300), abs=1e-5)
    told = found["properties"]
    assert (told["points"], told["name"]) == (3, "Wang")
    assert told["metres"] == pytest.approx(200, rel=0.02)
    assert told["since"] < told["until"]
    assert asked(dispatcher, "wang", minutes="240")["properties"]["points"] == 4


def test_without_two_points_there_is_no_line(dispatcher: Client, worker: WorkerMaker) -> None:
    walked(worker("Wang", LUXUN_PARK), 5)
    worker("Li", LUXUN_PARK)
    assert asked(dispatcher, "wang")["geometry"] is None
    told = asked(dispatcher, "li")
    assert told["geometry"] is None
    assert told["properties"]["since"] is None


def test_off_shift_and_elsewhere_nobody_s_way_is_told(
    person: PersonMaker, logged_in: LogIn, worker: WorkerMaker
) -> None:
    wang = worker("Wang", LUXUN_PARK)
    walked(wang, 9, 5)
    dadong = logged_in(person(Role.DISPATCHER, "210104"))
    worker("Far", DADONG_GATE, division_id="210104001001", county_id="210104")
    assert asked(dadong, "far")["id"]
    assert dadong.get(TRAIL.format("wang")).json()["errors"].keys() == {"worker"}
    Worker.objects.update(on_shift=False)
    heping = logged_in(person(Role.DISPATCHER, "210102"))
    assert heping.get(TRAIL.format("wang")).status_code == 404


@pytest.mark.parametrize("minutes", ["", "0", "481", "-5", "1.5", "x", "9" * 400, "٣"])
def test_bad_minutes_are_named(dispatcher: Client, worker: WorkerMaker, minutes: str) -> None:
    worker("Wang", LUXUN_PARK)
    answer = dispatcher.get(TRAIL.format("wang"), {"minutes": minutes})
    expected = 200 if minutes == "٣" else 400
    assert answer.status_code == expected
    if expected == 400:
        assert answer.json()["errors"].keys() == {"minutes"}
