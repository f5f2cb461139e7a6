"""Work in the hands of somebody who is not heard of, or whose shift is over."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from dispatch import due, orders
from dispatch.models import LastPosition, WorkOrder
from dispatch.tasks import refresh_workers
from incidents.errors import Refused
from incidents.models import Report
from tests.conftest import LUXUN_PARK, PersonMaker, WorkerMaker, north_of

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


@pytest.fixture
def signed(offered: WorkOrder) -> WorkOrder:
    return orders.accept(offered.pk, offered.worker.user)


def shown_as_silent(order: WorkOrder, desk: Client) -> bool:
    return order.incident.number in desk.get("/desks/queue/?list=silent").content.decode()


def test_who_is_not_heard_of_is_on_the_desk(
    signed: WorkOrder, person: PersonMaker, logged_in: LogIn
) -> None:
    desk = logged_in(person(Role.DISPATCHER, "210100"))
    assert not shown_as_silent(signed, desk)
    WorkOrder.objects.update(accepted_at=timezone.now() - timedelta(hours=3))
    assert shown_as_silent(signed, desk)
    LastPosition.objects.create(worker=signed.worker, at=timezone.now(), point=signed.worker.home)
    assert not shown_as_silent(signed, desk)


def test_the_end_of_a_shift_passes_on_what_nobody_signed(
    offered: WorkOrder, worker: WorkerMaker
) -> None:
    worker("Li", north_of(LUXUN_PARK, 500))
    offered.worker.shift_id = "never"
    offered.worker.save(update_fields=["shift"])
    refresh_workers()
    due.dispatch_due()
    offered.refresh_from_db()
    assert offered.status == "withdrawn"
    assert offered.reason
    live = offered.incident.work_orders.get(status="offered")
    assert str(live.worker) == "Li"


def test_the_end_of_a_shift_leaves_what_was_signed_and_shows_it(
    signed: WorkOrder, person: PersonMaker, logged_in: LogIn
) -> None:
    signed.worker.shift_id = "never"
    signed.worker.save(update_fields=["shift"])
    refresh_workers()
    signed.refresh_from_db()
    assert signed.status == "accepted"
    assert shown_as_silent(signed, logged_in(person(Role.DISPATCHER, "210100")))


def test_a_worker_hands_over_and_a_colleague_is_asked(
    signed: WorkOrder, worker: WorkerMaker, logged_in: LogIn
) -> None:
    worker("Li", north_of(LUXUN_PARK, 500))
    with pytest.raises(Refused):
        orders.hand_over(signed.pk, signed.worker.user, " ")
    phone = logged_in(signed.worker.user)
    answer = phone.post(f"/work/{signed.pk}/hand-over", {"reason": "交班"})
    assert answer.status_code == 302
    due.dispatch_due()
    signed.refresh_from_db()
    assert (signed.status, signed.reason) == ("withdrawn", "交班")
    assert str(signed.incident.work_orders.get(status="offered").worker) == "Li"


def test_the_citizen_is_told_when_somebody_comes(signed: WorkOrder) -> None:
    code = Report.objects.get(incident=signed.incident).tracking_code
    tracked = reverse("track", args=[code])
    page = Client(headers={"Accept-Language": "en"}).get(tracked).content.decode()
    assert "Somebody should be there by about" in page
    orders.set_out(signed.pk, signed.worker.user)
    signed.incident.refresh_from_db()
    assert signed.incident.expected_at is not None
    assert signed.incident.expected_at < timezone.now() + timedelta(minutes=10)
    orders.arrive(signed.pk, signed.worker.user)
    page = Client(headers={"Accept-Language": "en"}).get(tracked).content.decode()
    assert "Somebody should be" not in page
