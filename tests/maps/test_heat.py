"""The heatmap compared, its cells as one JSON, and the incidents behind a square, by scope."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from incidents.models import Incident, Kind, Outbox
from maps import cells, rollups
from tests.conftest import (
    DADONG_GATE,
    LUXUN_PARK,
    IncidentMaker,
    PersonMaker,
    statements,
)
from tests.maps.test_tiles import BESIDES

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
FIELD = 'FROM "incidents_servicefield"'


def catch_up() -> None:
    while rollups.catch_up():
        pass


def aged(found: Incident, days: int) -> Incident:
    Incident.objects.filter(pk=found.pk).update(created_at=timezone.now() - timedelta(days=days))
    Outbox.objects.create(topic="incident", incident=found)
    return found


def points(client: Client, **asked: int | str) -> Any:
    return json.loads(client.get("/heatmap/points.json", asked).content)


def cell_of(place: tuple[float, float], level: int) -> int:
    return cells.cell_at(*place, level)


def test_each_cell_has_its_number_and_count(
    person: PersonMaker, logged_in: LogIn, incident: IncidentMaker
) -> None:
    for place in (LUXUN_PARK, LUXUN_PARK, DADONG_GATE):
        incident(place)
    catch_up()
    park, gate = (cell_of(place, 16) for place in (LUXUN_PARK, DADONG_GATE))
    flat = [n for pair in sorted([(park, 2), (gate, 1)]) for n in pair]
    assert points(logged_in(person(Role.DISPATCHER, "210100"))) == {"level": 16, "cells": flat}
    whole = points(logged_in(person(Role.PROVINCE_SUPERVISOR)))
    assert (whole["level"], sum(whole["cells"][1::2])) == (14, 3)
    street = logged_in(person(Role.DISTRICT_HEAD, "210102001"))
    assert points(street) == {"level": 16, "cells": [park, 2]}
    elsewhere = logged_in(person(Role.EMERGENCY_SEAT))
    assert points(elsewhere)["cells"] == []


def test_the_points_are_one_statement_and_not_sent_twice(
    person: PersonMaker, logged_in: LogIn, incident: IncidentMaker
) -> None:
    incident(LUXUN_PARK)
    catch_up()
    for role, division in ((Role.DISPATCHER, "210100"), (Role.DISTRICT_HEAD, "210102001")):
        who = logged_in(person(role, division))
        for path in ("points", "days"):
            with CaptureQueriesContext(connection) as captured:
                answer = who.get(f"/heatmap/{path}.json?compare=week&days=7")
            assert len(statements(captured, *BESIDES, FIELD)) == 1
            tag = answer.headers["ETag"]
            again = who.get(
                f"/heatmap/{path}.json?compare=week&days=7", headers={"If-None-Match": tag}
            )
            assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("compare", "days", "age", "before"),
    [
        ("week", 7, 7, 1), ("week", 7, 6, 0), ("week", 7, 14, 0), ("week", 7, 13, 1),
        ("month", 30, 30, 1), ("month", 30, 60, 0), ("month", 7, 33, 1), ("month", 7, 8, 0),
        ("year", 7, 368, 1), ("year", 90, 400, 1), ("year", 90, 200, 0), ("year", 365, 500, 1),
    ],
)  # fmt: skip
def test_a_period_is_compared_with_the_one_before(
    person: PersonMaker, logged_in: LogIn, incident: IncidentMaker,
    compare: str, days: int, age: int, before: int,
) -> None:  # fmt: skip
    """Two today at the gate, one of `age` days in the park."""
    incident(DADONG_GATE)
    incident(DADONG_GATE)
    aged(incident(LUXUN_PARK), age)
    catch_up()
    for who in (person(Role.DISPATCHER, "210100"), person(Role.PROVINCE_SUPERVISOR)):
        client = logged_in(who)
        asked: dict[str, int | str] = {"compare": compare, "days": days}
        told = points(client, **asked)
        now, then = told["cells"][1::3], told["cells"][2::3]
        assert (told["compared"], sum(then)) == (True, before)
        table = client.get("/heatmap/", asked).context["table"]
        assert (table.before, table.n) == (before, 2 + (age < days))
        if before:
            assert {each.division.code: each.difference for each in table.places} == {
                "210104": 2, "210102": -1,
            }  # fmt: skip
            assert sorted(zip(now, then, strict=True)) == [(0, 1), (2, 0)]


def test_a_street_is_compared_as_well(
    person: PersonMaker, logged_in: LogIn, incident: IncidentMaker
) -> None:
    incident(LUXUN_PARK)
    aged(incident(LUXUN_PARK), 8)
    aged(incident(LUXUN_PARK), 8)
    catch_up()
    head = logged_in(person(Role.DISTRICT_HEAD, "210102001"))
    asked = {"compare": "week", "days": "7"}
    assert points(head, **asked)["cells"] == [cell_of(LUXUN_PARK, 16), 1, 2]
    (place,) = head.get("/heatmap/", asked).context["table"].places
    assert (place.n, place.before, place.difference) == (1, 2, -1)


def test_what_overlaps_is_not_compared(
    person: PersonMaker, logged_in: LogIn, incident: IncidentMaker
) -> None:
    incident(LUXUN_PARK)
    catch_up()
    who = logged_in(person(Role.DISPATCHER, "210100"))
    for asked in ({"compare": "week", "days": "30"}, {"compare": "year", "days": "0"}):
        assert "compared" not in points(who, **asked)
        assert who.get("/heatmap/", asked).context["too_long"]
    assert not who.get("/heatmap/", {"compare": "fortnight"}).context["too_long"]


def test_behind_a_square_are_its_incidents(
    person: PersonMaker, logged_in: LogIn, incident: IncidentMaker
) -> None:
    here, late = incident(LUXUN_PARK), incident(LUXUN_PARK, "pothole")
    Incident.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(hours=1))
    hidden, elsewhere = incident(LUXUN_PARK), incident(DADONG_GATE)
    Incident.objects.filter(pk=hidden.pk).update(kind=Kind.WRONGDOING)
    old = aged(incident(LUXUN_PARK), 40)
    for each in (late, hidden):
        Outbox.objects.create(topic="incident", incident=each)
    catch_up()
    who = logged_in(person(Role.DUTY_MANAGER, "210100"))
    cell = f"16-{cell_of(LUXUN_PARK, 16)}"

    def behind(client: Client, **asked: str) -> list[str]:
        rows = client.get("/heatmap/incidents/", asked).context["rows"]
        return [each.number for each in rows]

    assert behind(who, cell=cell) == [late.number, here.number]
    assert behind(who, cell=cell, days="0") == [late.number, here.number, old.number]
    assert behind(who, cell=cell, measure="late") == [late.number]
    assert behind(who, place="210104") == [elsewhere.number]
    assert behind(who, place="210102001") == [late.number, here.number]
    other = logged_in(person(Role.DISTRICT_HEAD, "210104"))
    assert behind(other, cell=cell) == behind(other, place="210102") == []


@pytest.mark.parametrize(
    "asked", ["cell=16-x", "cell=-1", "cell=99-1", "cell=2-99", "place=x", "cell=1"]
)
def test_what_is_no_square_is_not_there(person: PersonMaker, logged_in: LogIn, asked: str) -> None:
    who = logged_in(person(Role.DISPATCHER, "210100"))
    assert who.get(f"/heatmap/incidents/?{asked}").status_code == 404
