"""Many at once: the same promises as for one, in a constant number of statements."""

from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Unit, User
from accounts.roles import Role
from dispatch import due, orders
from dispatch.batch import dispatch_many
from dispatch.models import Batch, Worker, WorkOrder
from incidents import alarms, clocks
from incidents.intake import Sender
from incidents.models import Event, Incident, Outbox
from tests.conftest import (
    LUXUN_PARK,
    TAIYUAN_STREET,
    IncidentMaker,
    PersonMaker,
    WorkerMaker,
    north_of,
    statements,
)
from tests.dispatch.conftest import keep

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def soon_many(settings: Settings) -> None:
    settings.BATCH_FROM = 2


def test_a_batch_says_of_each_what_a_single_dispatch_says(
    incident: IncidentMaker, worker: WorkerMaker
) -> None:
    wang = worker("Wang", north_of(LUXUN_PARK, 100))
    li = worker("Li", north_of(TAIYUAN_STREET, 100))
    here, there = incident(LUXUN_PARK), incident(TAIYUAN_STREET)
    assert due.dispatch_due() == 2
    for found, who in ((here, wang), (there, li)):
        found.refresh_from_db()
        order = found.work_orders.get()
        assert (order.worker, order.status) == (who, "offered")
        assert order.away_m == pytest.approx(100, abs=1)
        assert set(order.why) >= {"travel", "load", "own_community"}
        assert (found.status, found.waiting, found.dispatch_after) == ("dispatched", "", None)
        assert (found.field_worker, found.lead_unit) == (who.user, order.assignment.unit)
        assert found.due_at is not None
        assert [e.step for e in found.events.all()] == ["register", "dispatch", "offer"]
        assert Outbox.objects.filter(incident=found).count() == 2
        who.refresh_from_db()
        assert who.open_orders == 1
    batch = Batch.objects.get()
    assert (batch.taken_up, batch.offered) == (2, 2)


def test_the_least_total_and_not_the_first_come(
    incident: IncidentMaker, worker: WorkerMaker
) -> None:
    """The first incident's nearest is the only one near the second: it takes the other."""
    worker("Middle", north_of(LUXUN_PARK, 300), capacity=1)
    worker("South", north_of(LUXUN_PARK, -400), capacity=1)
    first, second = incident(LUXUN_PARK), incident(north_of(LUXUN_PARK, 400))
    due.dispatch_due()
    assert str(first.work_orders.get().worker) == "South"
    assert str(second.work_orders.get().worker) == "Middle"
    (other,) = first.work_orders.get().others
    assert (other["name"], other["why_not"]) == ("Middle", "full_now")


def test_nobody_is_overfilled_and_who_stays_says_so(
    incident: IncidentMaker, worker: WorkerMaker
) -> None:
    wang = worker("Wang", LUXUN_PARK, capacity=2)
    found = [incident(LUXUN_PARK) for _n in range(5)]
    due.dispatch_due()
    wang.refresh_from_db()
    assert wang.open_orders == 2
    waits = Counter(Incident.objects.values_list("waiting", flat=True))
    assert waits == {"": 2, "no_worker": 3}
    Incident.objects.filter(waiting="no_worker").update(dispatch_after=timezone.now())
    assert due.dispatch_due(again=True) == 3
    assert Event.objects.filter(incident__in=found, step="queue").count() == 3


def test_what_a_person_must_see_goes_the_single_way(
    incident: IncidentMaker, worker: WorkerMaker
) -> None:
    worker("Wang", LUXUN_PARK, skills=["utilities"])
    found = [
        incident(LUXUN_PARK, kind="wrongdoing"),
        incident(LUXUN_PARK, "gas-smell"),
        incident(LUXUN_PARK),
    ]
    alone = dispatch_many([each.pk for each in found])
    assert alone == [each.pk for each in found[:2]]
    due.one_by_one(alone)
    told = [Incident.objects.get(pk=each.pk) for each in found]
    assert [each.waiting for each in told] == ["wrongdoing", "", ""]
    assert told[1].alarm


def test_the_next_is_asked_and_nobody_twice(incident: IncidentMaker, worker: WorkerMaker) -> None:
    near = worker("Near", LUXUN_PARK)
    worker("Far", north_of(LUXUN_PARK, 500))
    found = [incident(LUXUN_PARK) for _n in range(2)]
    due.dispatch_due()
    for order in WorkOrder.objects.filter(worker=near):
        orders.decline(order.pk, near.user, "家里有事")
    due.dispatch_due()
    for each in found:
        assert str(each.work_orders.get(status="offered").worker) == "Far"


def test_one_bad_incident_does_not_hold_up_the_others(
    incident: IncidentMaker, worker: WorkerMaker, caplog: pytest.LogCaptureFixture
) -> None:
    worker("Wang", LUXUN_PARK, capacity=20)
    found = [incident(LUXUN_PARK) for _n in range(6)]
    with connection.cursor() as cursor:
        cursor.execute(REFUSE % found[3].pk)
    due.dispatch_due()
    has_order = {each.pk: each.work_orders.exists() for each in found}
    assert has_order == {each.pk: each is not found[3] for each in found}
    assert any("was not dispatched" in each.getMessage() for each in caplog.records)


REFUSE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'no' USING ERRCODE = 'integrity_constraint_violation';
    END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON dispatch_workorder FOR EACH ROW
    WHEN (NEW.incident_id = %s) EXECUTE FUNCTION refuse();
"""


def test_the_number_of_statements_does_not_grow(
    incident: IncidentMaker, worker: WorkerMaker
) -> None:
    for n in range(4):
        worker(f"Worker{n}", north_of(LUXUN_PARK, 100 * n), capacity=20)
    counted = []
    for size in (3, 12):
        for n in range(size):
            incident(north_of(LUXUN_PARK, 50 * n), contact_phone=f"138123456{n:02}")
        clocks.rules()
        alarms.known()
        with CaptureQueriesContext(connection) as captured:
            due.dispatch_due()
        counted.append(len(statements(captured)))
    assert counted[0] == counted[1] <= 20
    assert Worker.objects.filter(open_orders__gt=0).exists()


def test_a_unit_sends_its_own_and_skills_are_asked_for(
    incident: IncidentMaker, worker: WorkerMaker, town: object
) -> None:
    heping = Unit.objects.get(code="210102-city")
    worker("Stranger", LUXUN_PARK, unit=heping)
    worker("Own", TAIYUAN_STREET, capacity=9)
    worker("Skilled", north_of(LUXUN_PARK, 900), skills=["utilities"], unit=heping)
    garbage = [incident(LUXUN_PARK, "exposed-garbage") for _n in range(2)]
    due.dispatch_due()
    assert {str(each.work_orders.get().worker) for each in garbage} == {"Own"}


def test_the_dispatcher_sees_a_batch_and_why(
    incident: IncidentMaker, worker: WorkerMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    worker("Wang", north_of(LUXUN_PARK, 100), capacity=1)
    worker("Li", north_of(LUXUN_PARK, 900), capacity=1)
    found = [incident(LUXUN_PARK) for _n in range(3)]
    due.dispatch_due()
    desk = logged_in(person(Role.DISPATCHER, "210100"))
    page = desk.get("/desk/batches/").content.decode()
    assert all(each.number in page for each in found)
    assert '"from": [123.4' in page
    order = WorkOrder.objects.get(worker__user__name="Wang")
    case = desk.get(f"/desk/{order.incident.number}/").content.decode()
    assert f"?batch={order.batch_id}" in case
    assert "Li <span" in case
    other = logged_in(person(Role.DISPATCHER, "210104")).get("/desk/batches/").content.decode()
    assert not any(each.number in other for each in found)
    assert desk.get("/desk/batches/?batch=999999").status_code == 404


def test_who_looks_after_the_grid_cell_goes_in_a_batch_too(
    incident: IncidentMaker, worker: WorkerMaker
) -> None:
    keeper = worker("Keeper", north_of(LUXUN_PARK, 250))
    near = worker("Near", LUXUN_PARK)
    keep(keeper, "210102001001001")
    here, there = incident(LUXUN_PARK), incident(TAIYUAN_STREET)
    due.dispatch_due()
    assert here.work_orders.get().worker == keeper
    assert here.work_orders.get().why["own_cell"] == -300
    assert near.orders.get().incident == there


def test_nobody_is_sent_to_what_they_asked_for_themselves_in_a_batch_either(
    incident: IncidentMaker, worker: WorkerMaker
) -> None:
    own, other = worker("Own", LUXUN_PARK), worker("Other", north_of(LUXUN_PARK, 900))
    theirs = incident(LUXUN_PARK, sender=Sender(user=own.user))
    anybodys = incident(LUXUN_PARK)
    due.dispatch_due()
    assert theirs.work_orders.get().worker == other
    assert anybodys.work_orders.get().worker == own
