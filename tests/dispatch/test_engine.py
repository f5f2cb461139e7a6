"""From the queue to one offer: the nearest who can, and nobody twice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from psycopg import sql
from pytest_django import Settings

from dispatch import due, orders, tasks
from dispatch.engine import dispatch
from dispatch.models import Worker, WorkOrder
from incidents import alarms, clocks
from incidents.intake import Sender
from incidents.models import Incident
from tests.conftest import (
    DADONG_GATE,
    LUXUN_PARK,
    TAIYUAN_STREET,
    IncidentMaker,
    Town,
    WorkerMaker,
    north_of,
    statements,
)
from tests.dispatch.conftest import asked, keep

pytestmark = pytest.mark.django_db


def test_the_nearest_is_asked(incident: IncidentMaker, worker: WorkerMaker) -> None:
    worker("Far", north_of(LUXUN_PARK, 900))
    worker("Near", north_of(LUXUN_PARK, 100))
    assert asked(incident(LUXUN_PARK)) == "Near"


@pytest.mark.parametrize("hindrance", [{"on_shift": False}, {"open_orders": 3}, {"skills": []}])
def test_the_nearest_who_can_is_asked(
    incident: IncidentMaker, worker: WorkerMaker, hindrance: dict[str, Any]
) -> None:
    worker("Near", LUXUN_PARK, **{"skills": ["utilities"]} | hindrance)
    worker("Able", north_of(LUXUN_PARK, 900), skills=["heating", "utilities"])
    assert asked(incident(LUXUN_PARK, "leak")) == "Able"


def test_a_unit_with_workers_sends_its_own(
    town: Town, incident: IncidentMaker, worker: WorkerMaker
) -> None:
    worker("Stranger", LUXUN_PARK, unit=town.heping)
    worker("Own", TAIYUAN_STREET)
    assert asked(incident(LUXUN_PARK, "exposed-garbage")) == "Own"


def test_a_unit_without_workers_asks_those_of_its_territory(
    incident: IncidentMaker, worker: WorkerMaker
) -> None:
    worker("Outside", DADONG_GATE, county_id="210104", division_id="210104001001")
    worker("Inside", TAIYUAN_STREET)
    assert asked(incident((123.4399, 41.81), "pothole")) == "Inside"


def test_an_offer_is_one_order_with_its_reasons(
    incident: IncidentMaker, worker: WorkerMaker
) -> None:
    wang = worker("Wang", north_of(LUXUN_PARK, 100))
    found = incident(LUXUN_PARK)
    dispatch(found.pk)
    dispatch(found.pk)
    order = found.work_orders.get()
    assert (order.status, order.worker_id) == ("offered", wang.pk)
    assert order.away_m == pytest.approx(100, abs=1)
    assert set(order.why) == {
        *("travel", "load", "overdue", "own_community", "own_cell", "known", "stale_position")
    }
    found.refresh_from_db()
    assert (found.status, found.field_worker_id) == ("dispatched", wang.user_id)
    assert (found.dispatch_after, found.waiting) == (None, "")
    wang.refresh_from_db()
    assert wang.open_orders == 1


def test_urgent_offers_are_answered_in_five_minutes(
    incident: IncidentMaker, worker: WorkerMaker
) -> None:
    worker("Wang", LUXUN_PARK)
    found = incident(LUXUN_PARK, "manhole-cover")
    dispatch(found.pk)
    order = found.work_orders.get()
    assert order.answer_by - timezone.now() < timedelta(minutes=5)


def test_the_database_refuses_a_second_live_order(offered: WorkOrder, worker: WorkerMaker) -> None:
    other = worker("Li", LUXUN_PARK)
    with pytest.raises(IntegrityError, match="one_live_order"), transaction.atomic():
        WorkOrder.objects.create(
            incident=offered.incident,
            assignment=offered.assignment,
            worker=other,
            away_m=1,
            answer_by=timezone.now(),
        )


def test_a_dispatch_costs_ten_statements(incident: IncidentMaker, worker: WorkerMaker) -> None:
    worker("Wang", LUXUN_PARK)
    found = incident(LUXUN_PARK)
    # Read once in a while by a process, not by each dispatch; GeoDjango reads the SRID's unit once.
    clocks.rules()
    alarms.known()
    with CaptureQueriesContext(connection) as captured:
        dispatch(found.pk)
    asked_for = statements(captured)
    assert len(asked_for) <= 10, "\n".join(asked_for)


def test_the_next_is_asked_and_never_the_same_again(
    incident: IncidentMaker, worker: WorkerMaker
) -> None:
    people = [worker(name, north_of(LUXUN_PARK, 100 * n)) for n, name in enumerate(("Wang", "Li"))]
    found = incident(LUXUN_PARK)
    for each in people:
        assert asked(found) == each.user.name
        orders.decline(found.work_orders.get(status="offered").pk, each.user, "家里有事")
    assert asked(found) == ""
    assert found.work_orders.count() == 2
    found.refresh_from_db()
    assert (found.waiting, found.field_worker) == ("no_worker", None)
    assert set(Worker.objects.values_list("open_orders", flat=True)) == {0}


def test_after_three_misses_a_person_decides(incident: IncidentMaker, worker: WorkerMaker) -> None:
    for n in range(5):
        worker(f"Worker{n}", north_of(LUXUN_PARK, 100 * n))
    found = incident(LUXUN_PARK)
    for _n in range(3):
        assert asked(found)
        assert orders.miss_overdue(timezone.now() + timedelta(hours=1)) == 1
    assert asked(found) == ""
    found.refresh_from_db()
    assert (found.waiting, found.dispatch_after) == ("missed", None)
    assert found.work_orders.filter(status="missed").count() == 3


def test_an_offer_within_its_time_is_left_alone(offered: WorkOrder) -> None:
    assert orders.miss_overdue(timezone.now() + timedelta(minutes=29)) == 0


def test_with_nobody_free_it_waits_and_looks_again(incident: IncidentMaker) -> None:
    found = incident(LUXUN_PARK)
    dispatch(found.pk)
    found.refresh_from_db()
    assert (found.status, found.waiting) == ("dispatched", "no_worker")
    assert found.dispatch_after is not None
    assert found.dispatch_after > timezone.now()
    assert due.claim() == []


def test_waiting_for_a_worker_is_told_once(incident: IncidentMaker, worker: WorkerMaker) -> None:
    found = incident(LUXUN_PARK)
    for _n in range(3):
        dispatch(found.pk)
    assert found.events.filter(step="queue").count() == 1
    worker("Wang", LUXUN_PARK)
    assert asked(found) == "Wang"


def test_urgent_incidents_are_claimed_first(incident: IncidentMaker) -> None:
    first, urgent = incident(LUXUN_PARK), incident(LUXUN_PARK, "gas-smell")
    assert due.claim() == [urgent.pk, first.pk]


def test_a_new_incident_is_not_behind_those_that_wait_for_a_worker(
    incident: IncidentMaker,
) -> None:
    waiting = incident(LUXUN_PARK)
    dispatch(waiting.pk)
    new = incident(LUXUN_PARK)
    Incident.objects.filter(pk=waiting.pk).update(
        dispatch_after=timezone.now() - timedelta(hours=1)
    )
    assert due.claim() == [new.pk]
    assert due.claim(again=True) == [waiting.pk]


def test_the_sweep_looks_again_for_those_that_wait(
    incident: IncidentMaker, worker: WorkerMaker
) -> None:
    waiting = incident(LUXUN_PARK)
    dispatch(waiting.pk)
    worker("Wang", LUXUN_PARK)
    Incident.objects.update(dispatch_after=timezone.now())
    assert (tasks.dispatch_due(), tasks.sweep()) == (0, 1)
    assert waiting.work_orders.get().status == "offered"


def test_what_a_dead_worker_leaves_is_dispatched_within_the_promised_minute(
    settings: Settings,
) -> None:
    sweep = timedelta(seconds=settings.CELERY_BEAT_SCHEDULE["sweep-undispatched"]["schedule"])
    assert due.LEASE + sweep < timedelta(minutes=1) / 2


def test_a_claim_is_a_lease(incident: IncidentMaker) -> None:
    found = incident(LUXUN_PARK)
    assert (due.claim(), due.claim()) == ([found.pk], [])
    Incident.objects.update(dispatch_after=timezone.now() - timedelta(seconds=1))
    assert due.claim() == [found.pk]


def test_the_sweep_finds_what_nobody_was_woken_for(
    incident: IncidentMaker, worker: WorkerMaker
) -> None:
    worker("Wang", LUXUN_PARK)
    found = incident(LUXUN_PARK)
    assert tasks.sweep() == 1
    assert found.work_orders.get().status == "offered"


def together(act: Callable[[], object], number: int = 2) -> None:
    """Run `act` in so many threads that start at the same moment."""
    ready = Barrier(number)

    def run() -> None:
        ready.wait()
        try:
            act()
        finally:
            connection.close()

    threads = [Thread(target=run) for _n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_make_one_offer(incident: IncidentMaker, worker: WorkerMaker) -> None:
    worker("Wang", LUXUN_PARK)
    worker("Li", LUXUN_PARK)
    found = [incident(LUXUN_PARK) for _n in range(4)]
    together(due.dispatch_due)
    assert WorkOrder.objects.count() == 4
    together(lambda: dispatch(found[0].pk))
    assert found[0].work_orders.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_do_not_overfill_a_worker(
    incident: IncidentMaker, worker: WorkerMaker
) -> None:
    wang = worker("Wang", LUXUN_PARK, capacity=3)
    for _n in range(6):
        incident(LUXUN_PARK)
    together(due.dispatch_due, 3)
    wang.refresh_from_db()
    assert wang.open_orders == wang.orders.count() == 3


HANG_UP = """
    CREATE FUNCTION hang_up() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_terminate_backend(pg_backend_pid());
        PERFORM pg_sleep(1);
        RETURN NEW;
    END $$;
    CREATE TRIGGER hang_up BEFORE INSERT ON dispatch_workorder
    FOR EACH ROW EXECUTE FUNCTION hang_up();
"""
ANSWER_AGAIN = "DROP FUNCTION hang_up CASCADE"


@pytest.fixture
def hanging_up(db: None) -> Iterator[None]:
    """A database that ends the connection in the middle of an offer."""
    with connection.cursor() as cursor:
        cursor.execute(HANG_UP)
    yield
    with connection.cursor() as cursor:
        cursor.execute(ANSWER_AGAIN)


@contextmanager
def closed_to_new_connections() -> Iterator[None]:
    given = connection.get_connection_params()
    name = sql.Identifier(given["dbname"])
    with psycopg.connect(**given | {"dbname": "postgres"}, autocommit=True) as other:
        other.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        try:
            yield
        finally:
            other.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("hanging_up")
def test_without_the_database_a_batch_is_left_to_its_lease(
    incident: IncidentMaker, worker: WorkerMaker, caplog: pytest.LogCaptureFixture
) -> None:
    """A connection that is waited for in vain costs seconds: once, not for each of fifty."""
    worker("Wang", LUXUN_PARK)
    for _n in range(3):
        incident(LUXUN_PARK)

    with closed_to_new_connections():
        assert due.dispatch_due() == 3

    assert [each.name for each in caplog.records].count("dispatch.due") == 1
    leased = Incident.objects.filter(dispatch_after__gt=timezone.now(), waiting="")
    assert leased.count() == 3


def test_who_looks_after_the_grid_cell_goes_before_a_nearer_one(
    incident: IncidentMaker, worker: WorkerMaker
) -> None:
    keeper = worker("Keeper", north_of(LUXUN_PARK, 250))
    worker("Near", LUXUN_PARK)
    keep(keeper, "210102001001001")
    found = incident(LUXUN_PARK)
    assert asked(found) == "Keeper"
    assert found.work_orders.get().why["own_cell"] == -300


def test_nobody_is_sent_to_what_they_asked_for_themselves(
    incident: IncidentMaker, worker: WorkerMaker
) -> None:
    own = worker("Own", LUXUN_PARK)
    worker("Other", north_of(LUXUN_PARK, 900))
    assert asked(incident(LUXUN_PARK, sender=Sender(user=own.user))) == "Other"
