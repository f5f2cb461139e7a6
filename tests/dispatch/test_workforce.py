"""Who is on shift, and where."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from dispatch.workforce import refresh
from tests.conftest import LUXUN_PARK, TAIYUAN_STREET, Answer, PersonMaker, Town, WorkerMaker

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


def share(phone: Client, place: tuple[float, float] = TAIYUAN_STREET) -> Answer:
    given = {"longitude": place[0], "latitude": place[1], "accuracy_m": 8}
    return phone.post("/api/worker/position", given, content_type="application/json")


def test_on_shift_the_position_is_taken(worker: WorkerMaker, logged_in: LogIn) -> None:
    wang = worker("Wang", LUXUN_PARK)
    assert share(logged_in(wang.user)).status_code == 204
    wang.refresh_from_db()
    assert (wang.point.coords, wang.accuracy_m) == (TAIYUAN_STREET, 8)
    assert wang.home.coords == LUXUN_PARK


def test_off_shift_it_is_not(worker: WorkerMaker, logged_in: LogIn) -> None:
    wang = worker("Wang", LUXUN_PARK, on_shift=False)
    answer = share(logged_in(wang.user))
    assert (answer.status_code, list(answer.json()["errors"])) == (409, ["shift"])
    wang.refresh_from_db()
    assert (wang.point.coords, wang.position_at) == (LUXUN_PARK, None)


def test_who_is_no_worker_shares_nothing(person: PersonMaker, logged_in: LogIn) -> None:
    assert share(logged_in(person(Role.DISPATCHER))).status_code == 403
    assert share(Client()).status_code == 401


@pytest.mark.parametrize(("minutes", "at"), [(9, TAIYUAN_STREET), (11, LUXUN_PARK)])
def test_a_stale_position_falls_back_to_home(
    worker: WorkerMaker, logged_in: LogIn, minutes: int, at: tuple[float, float]
) -> None:
    wang = worker("Wang", LUXUN_PARK)
    share(logged_in(wang.user))
    refresh(timezone.now() + timedelta(minutes=minutes))
    wang.refresh_from_db()
    assert wang.point.coords == at


def test_shifts_begin_and_end_by_the_clock(worker: WorkerMaker) -> None:
    early = worker("Early", LUXUN_PARK, on_shift=False)
    late = worker("Late", LUXUN_PARK, shift_id="never")
    assert refresh(timezone.now().replace(hour=4)) == 2
    early.refresh_from_db()
    late.refresh_from_db()
    assert (early.on_shift, late.on_shift) == (True, False)
    assert refresh(timezone.now().replace(hour=4)) == 0


def test_the_end_of_a_shift_forgets_the_position(worker: WorkerMaker, logged_in: LogIn) -> None:
    wang = worker("Wang", LUXUN_PARK)
    share(logged_in(wang.user))
    wang.shift_id = "never"
    wang.save(update_fields=["shift"])
    refresh(timezone.now().replace(hour=4))
    wang.refresh_from_db()
    assert (wang.position_at, wang.point.coords) == (None, LUXUN_PARK)


def test_who_was_deactivated_is_on_no_shift(worker: WorkerMaker) -> None:
    wang, li = worker("Wang", LUXUN_PARK), worker("Li", LUXUN_PARK, on_shift=False)
    User.objects.filter(pk__in=[wang.user_id, li.user_id]).update(is_active=False)
    refresh(timezone.now())
    wang.refresh_from_db()
    li.refresh_from_db()
    assert (wang.on_shift, li.on_shift) == (False, False)
    User.objects.filter(pk=wang.user_id).update(is_active=True)
    refresh(timezone.now())
    wang.refresh_from_db()
    assert wang.on_shift


def test_who_gets_another_unit_works_for_it(worker: WorkerMaker, town: Town) -> None:
    wang = worker("Wang", LUXUN_PARK)
    User.objects.filter(pk=wang.user_id).update(unit=town.heping)
    refresh(timezone.now())
    wang.refresh_from_db()
    assert wang.unit == town.heping
