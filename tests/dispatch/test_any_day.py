"""Any day at all, drawn by Hypothesis, on the real database: the promises hold after every act."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from dispatch import due, orders
from dispatch.models import Worker, WorkOrder
from dispatch.workforce import refresh
from incidents.models import Incident
from tests.conftest import LUXUN_PARK, IncidentMaker, WorkerMaker, north_of

pytestmark = pytest.mark.django_db
S = WorkOrder.Status
PEOPLE: tuple[tuple[str, int, int, list[str]], ...] = (
    ("Wang", 0, 1, []),
    ("Li", 200, 2, ["utilities"]),
    ("Zhao", 400, 1, ["utilities"]),
)
KINDS = ("exposed-garbage", "leak", "pothole")
acts = st.sampled_from(
    ["file", "file", "file", "few", "many", "accept", "accept", "decline", "miss", "finish",
     "hand over", "shift ends", "shift begins", "again"]
)  # fmt: skip


class Day:
    """What has been filed, and what was signed by whom and never given back."""

    def __init__(self, incident: IncidentMaker) -> None:
        self.incident = incident
        self.filed: list[int] = []
        self.signed: dict[int, int] = {}
        self.acts: dict[str, Callable[[int], None]] = {
            "file": self.file,
            "few": lambda _n: self.dispatch(together=False),
            "many": lambda _n: self.dispatch(together=True),
            "again": self.look_again,
            "accept": self.accept,
            "decline": lambda n: self.on(n, S.OFFERED, self.decline),
            "miss": lambda _n: self.miss(),
            "finish": lambda n: self.on(n, S.ACCEPTED, self.finish),
            "hand over": lambda n: self.on(n, S.ACCEPTED, self.hand_over),
            "shift ends": lambda n: self.shift(n, on=False),
            "shift begins": lambda n: self.shift(n, on=True),
        }

    def file(self, n: int) -> None:
        made = self.incident(north_of(LUXUN_PARK, 50 * (n % 7)), KINDS[n % 3])
        self.filed.append(made.pk)

    def dispatch(self, *, together: bool) -> None:
        ids = due.claim()
        if together:
            due.take_up(ids)
        else:
            due.one_by_one(ids)

    def look_again(self, _n: int) -> None:
        Incident.objects.exclude(waiting="").filter(dispatch_after__isnull=False).update(
            dispatch_after=timezone.now()
        )
        due.dispatch_due(again=True)

    def on(self, n: int, status: str, act: Callable[[WorkOrder], None]) -> None:
        found = list(WorkOrder.objects.filter(status=status).select_related("worker__user"))
        if found:
            act(found[n % len(found)])

    def accept(self, n: int) -> None:
        def sign(order: WorkOrder) -> None:
            orders.accept(order.pk, order.worker.user)
            self.signed[order.pk] = order.worker_id

        self.on(n, S.OFFERED, sign)

    def decline(self, order: WorkOrder) -> None:
        orders.decline(order.pk, order.worker.user, "家里有事")

    def miss(self) -> None:
        orders.miss_overdue(timezone.now() + timedelta(hours=1))

    def finish(self, order: WorkOrder) -> None:
        del self.signed[order.pk]
        orders.finish(order.pk, order.worker.user, outcome="explained", note="已解释", media=[])

    def hand_over(self, order: WorkOrder) -> None:
        del self.signed[order.pk]
        orders.hand_over(order.pk, order.worker.user, "交班")

    def shift(self, n: int, *, on: bool) -> None:
        worker = Worker.objects.order_by("pk")[n % 3]
        Worker.objects.filter(pk=worker.pk).update(shift="whole" if on else "never")
        refresh(timezone.now().replace(hour=4))
        orders.pass_on_after_shift()

    def check(self) -> None:
        live = Q(status__in=WorkOrder.LIVE)
        for worker in Worker.objects.all():
            assert worker.orders.filter(live).count() == worker.open_orders <= worker.capacity
        unfit = WorkOrder.objects.exclude(incident__category__skill="").exclude(
            worker__skills__contains=[F("incident__category__skill")]
        )
        assert not unfit.exists()
        for order, worker_id in self.signed.items():
            assert WorkOrder.objects.filter(
                pk=order, worker=worker_id, status__in=WorkOrder.SIGNED
            ).exists()
        # In the queue, in somebody's hands, waiting for a person, or done in the street.
        waits = Q(dispatch_after__isnull=False) | ~Q(waiting="")
        held = Q(work_orders__status__in=[*WorkOrder.LIVE, S.DONE])
        found = Incident.objects.filter(pk__in=self.filed)
        assert found.filter(waits | held).distinct().count() == len(self.filed)


@given(st.lists(st.tuples(acts, st.integers(0, 20)), min_size=15, max_size=30))
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_after_every_act_the_promises_hold(
    incident: IncidentMaker,
    crowd: None,
    drawn: list[tuple[str, int]],
) -> None:
    with transaction.atomic():
        day = Day(incident)
        for act, n in drawn:
            day.acts[act](n)
            day.check()
        transaction.set_rollback(True)


@pytest.fixture
def crowd(worker: WorkerMaker, settings: Settings) -> None:
    settings.BATCH_FROM = 1
    for name, metres, capacity, skills in PEOPLE:
        worker(name, north_of(LUXUN_PARK, metres), capacity=capacity, skills=skills)
