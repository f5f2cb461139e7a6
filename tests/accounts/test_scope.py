"""Each role sees what it needs and nothing more."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from accounts.models import ApiKey, User
from accounts.roles import DISPATCHING, OF_A_UNIT, TERRITORIAL, WATCHING, Role
from accounts.scope import Scope
from dispatch.engine import dispatch
from dispatch.models import Worker
from incidents.models import Incident
from tests.conftest import (
    DADONG_GATE,
    LUXUN_PARK,
    IncidentMaker,
    PersonMaker,
    Town,
    WorkerMaker,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def places(incident: IncidentMaker, worker: WorkerMaker) -> dict[int, str]:
    """Garbage in Heping in Wang's hands, a pothole in Dadong, a gas smell in Dadong."""
    worker("Wang", LUXUN_PARK)
    known = {
        incident(LUXUN_PARK).pk: "garbage",
        incident(DADONG_GATE, "pothole").pk: "pothole",
        incident(DADONG_GATE, "gas-smell").pk: "gas",
    }
    for pk in known:
        dispatch(pk)
    return known


def seen(user: User, places: dict[int, str]) -> set[str]:
    return {places[found.pk] for found in Incident.objects.visible_to(user)}


EVERYTHING = {"garbage", "pothole", "gas"}


@pytest.mark.parametrize("role", sorted(TERRITORIAL))
@pytest.mark.parametrize(
    ("division", "expected"),
    [
        (None, EVERYTHING),
        ("210000", EVERYTHING),
        ("210100", EVERYTHING),
        ("210102", {"garbage"}),
        ("210104001", {"pothole", "gas"}),
        ("210102001002", set()),
    ],
)
def test_a_territory_is_seen_whole_and_no_other(
    person: PersonMaker,
    places: dict[int, str],
    role: Role,
    division: str | None,
    expected: set[str],
) -> None:
    assert seen(person(role, division), places) == expected


def test_a_liaison_sees_what_the_unit_leads(
    town: Town, person: PersonMaker, places: dict[int, str]
) -> None:
    assert seen(person(Role.UNIT_LIAISON, unit=town.office), places) == {"garbage"}
    assert seen(person(Role.UNIT_LIAISON, unit=town.dadong), places) == {"pothole", "gas"}
    assert seen(person(Role.UNIT_LIAISON, unit=town.heping), places) == set()


def test_a_liaison_of_the_unit_above_sees_both(
    town: Town, person: PersonMaker, places: dict[int, str]
) -> None:
    centre = town.office.parent
    assert seen(person(Role.UNIT_LIAISON, unit=centre), places) == EVERYTHING


def test_a_worker_sees_only_own(worker: WorkerMaker, places: dict[int, str]) -> None:
    assert seen(Worker.objects.get().user, places) == {"garbage"}
    assert seen(worker("Li", LUXUN_PARK).user, places) == set()


def test_the_emergency_seat_sees_danger_alone(person: PersonMaker, places: dict[int, str]) -> None:
    assert seen(person(Role.EMERGENCY_SEAT), places) == {"gas"}


BLIND = set(Role) - TERRITORIAL - OF_A_UNIT - {Role.COMMUNITY_WORKER, Role.EMERGENCY_SEAT}


@pytest.mark.parametrize("role", sorted(BLIND))
def test_all_others_see_nothing(person: PersonMaker, places: dict[int, str], role: Role) -> None:
    assert seen(person(role, "210100"), places) == set()
    assert not Worker.objects.visible_to(person(role, "210100")).exists()


def test_citizens_and_administrators_are_among_the_others() -> None:
    assert {Role.CITIZEN, Role.ADMINISTRATOR, Role.API_CLIENT} <= BLIND
    assert DISPATCHING <= WATCHING


def test_nobody_sees_nothing() -> None:
    assert Scope.of(AnonymousUser()) == Scope()


def test_who_was_dismissed_sees_nothing(person: PersonMaker, places: dict[int, str]) -> None:
    former = person(Role.DISPATCHER, "210100")
    former.is_active = False
    assert seen(former, places) == set()


def test_a_worker_with_many_orders_is_listed_once(
    town: Town, person: PersonMaker, incident: IncidentMaker, worker: WorkerMaker
) -> None:
    worker("Wang", LUXUN_PARK)
    for _n in range(3):
        dispatch(incident(LUXUN_PARK).pk)
    liaison = person(Role.UNIT_LIAISON, unit=town.office)
    assert [str(each) for each in Worker.objects.visible_to(liaison)] == ["Wang"]


def test_a_handler_has_a_unit(town: Town) -> None:
    with pytest.raises(IntegrityError, match="handlers_have_a_unit"), transaction.atomic():
        User.objects.create(username="x", role=Role.UNIT_LIAISON)


def test_a_new_key_replaces_the_old_one() -> None:
    (first, old), (second, new) = (ApiKey.issue("city", 5) for _n in range(2))
    assert first.pk == second.pk
    assert old != new
    assert ApiKey.objects.count() == 1


def test_a_persons_account_gets_no_key(person: PersonMaker) -> None:
    with pytest.raises(ValueError, match="person"):
        ApiKey.issue(person(Role.DISPATCHER).username, 5)
