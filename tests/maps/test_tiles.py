"""Vector tiles say what a recount says, in every scope, at the edges as well."""

from collections import Counter
from collections.abc import Callable

import pytest
import shapely
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.roles import Role
from incidents.models import Incident, Kind
from maps import cells, rollups
from tests.conftest import (
    DADONG_GATE,
    LUXUN_PARK,
    IncidentMaker,
    PersonMaker,
    Town,
    WorkerMaker,
    statements,
)
from tests.maps.mvt import read

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
# The session, its user, and where the user works.
BESIDES = (
    "django_session",
    'FROM "accounts_user" WHERE "accounts_user"."id"',
    'districts_division"."code" =',
)


def catch_up() -> None:
    while rollups.catch_up():
        pass


def tile_at(place: tuple[float, float], zoom: int) -> tuple[int, int]:
    return cells.place_of(cells.cell_at(*place, zoom))


def address(zoom: int, x: int, y: int) -> str:
    return f"/tiles/incidents/{zoom}/{x}/{y}.mvt"


def total(client: Client, zoom: int, x: int, y: int, **asked: int) -> int:
    answer = client.get(address(zoom, x, y), asked)
    assert answer.status_code == 200
    points = read(answer.content).get("cells", [])
    return sum(int(point.properties["n"]) for point in points)


@pytest.mark.parametrize("zoom", range(14))
def test_from_afar_the_cells_of_all_tiles_hold_each_incident_once(
    person: PersonMaker, logged_in: LogIn, incident: IncidentMaker, zoom: int
) -> None:
    # On the corner of four cells, and beside it.
    x, y = cells.corner(*cells.place_of(cells.cell_at(*LUXUN_PARK, 13)), 13)
    places = [(x, y), (x - 1e-9, y), (x, y + 1e-9), LUXUN_PARK, DADONG_GATE]
    inside = [place for place in places if 123.40 < place[0] < 123.48 and 41.80 < place[1] < 41.82]
    for place in inside:
        incident(place)
    catch_up()
    who = logged_in(person(Role.DISPATCHER, "210100"))
    street = logged_in(person(Role.DISTRICT_HEAD, "210102001"))
    tiles = {tile_at(place, zoom) for place in inside}
    west = [place for place in inside if place[0] < 123.44]
    assert sum(total(who, zoom, *tile) for tile in tiles) == len(inside)
    asked = {"days": 30, "grid": 6}
    assert sum(total(who, zoom, *tile, **asked) for tile in tiles) == len(inside)
    assert sum(total(street, zoom, *tile, grid=2) for tile in tiles) == len(west)


def test_a_cell_lies_where_its_incidents_are(
    person: PersonMaker, logged_in: LogIn, incident: IncidentMaker
) -> None:
    for place in (LUXUN_PARK, LUXUN_PARK, DADONG_GATE):
        incident(place)
    catch_up()
    who = logged_in(person(Role.DISPATCHER, "210100"))
    zoom, x, y = 9, *tile_at(LUXUN_PARK, 9)
    found = Counter[tuple[float, float]]()
    for point in read(who.get(address(zoom, x, y)).content)["cells"]:
        at = cells.corner(x + point.x / 4096, y + point.y / 4096, zoom)
        found[at] += int(point.properties["n"])
    wide = 360 / 2 ** (zoom + 5)
    boxes = {at: shapely.box(at[0] - wide / 2, at[1] - wide / 2, at[0] + wide / 2, at[1] + wide / 2)
             for at in found}  # fmt: skip
    for place in (LUXUN_PARK, DADONG_GATE):
        near = [at for at, box in boxes.items() if box.covers(shapely.Point(place))]
        assert len(near) == 1
    assert sum(found.values()) == 3


def test_near_by_each_open_incident_is_a_point(
    person: PersonMaker, logged_in: LogIn, incident: IncidentMaker
) -> None:
    seen, hidden = incident(LUXUN_PARK), incident(LUXUN_PARK)
    Incident.objects.filter(pk=hidden.pk).update(kind=Kind.WRONGDOING)
    zoom, x, y = 15, *tile_at(LUXUN_PARK, 15)
    manager = logged_in(person(Role.DUTY_MANAGER, "210100"))
    (point,) = read(manager.get(address(zoom, x, y)).content)["incidents"]
    assert point.properties["number"] == seen.number
    longitude, latitude = cells.corner(x + point.x / 4096, y + point.y / 4096, zoom)
    assert abs(longitude - LUXUN_PARK[0]) < 1e-5
    assert abs(latitude - LUXUN_PARK[1]) < 1e-5
    elsewhere = logged_in(person(Role.DISTRICT_HEAD, "210104"))
    assert read(elsewhere.get(address(zoom, x, y)).content) == {}


@pytest.mark.parametrize("zoom", [8, 15])
def test_a_tile_is_one_statement_and_not_sent_twice(
    person: PersonMaker, logged_in: LogIn, incident: IncidentMaker, zoom: int
) -> None:
    incident(LUXUN_PARK)
    catch_up()
    who = logged_in(person(Role.DISPATCHER, "210100"))
    at = address(zoom, *tile_at(LUXUN_PARK, zoom))
    with CaptureQueriesContext(connection) as captured:
        answer = who.get(at)
    assert len(statements(captured, *BESIDES)) == 1
    assert "private" in answer.headers["Cache-Control"]
    again = who.get(at, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_who_may_not_and_what_is_not_there(
    town: Town, worker: WorkerMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    who = logged_in(person(Role.DISPATCHER, "210100"))
    assert Client().get(address(1, 1, 1)).status_code == 401
    assert logged_in(worker("Wang", LUXUN_PARK).user).get(address(1, 1, 1)).status_code == 403
    for zoom, x, y in ((19, 1, 1), (3, 8, 1), (3, 1, 8), (0, 10**30, 0)):
        assert who.get(address(zoom, x, y)).json()["errors"]["tile"]
    assert who.get(address(1, 1, 1), {"grid": "7"}).json()["errors"]["grid"]
    assert who.get(address(1, 0, 0)).content == b""
