"""A work order in its worker's hands, and in the dispatcher's."""

from collections.abc import Callable
from io import BytesIO

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from dispatch import orders
from dispatch.candidates import Choice, choices
from dispatch.engine import dispatch
from dispatch.errors import NotFree, NotYours, OrderGone
from dispatch.models import Worker, WorkOrder
from dispatch.replies import NewReply, reply
from incidents.errors import NotAllowedNow, Refused
from incidents.media import Sealed, seal
from incidents.models import Incident
from tests.conftest import (
    LUXUN_PARK,
    IncidentMaker,
    PersonMaker,
    WorkerMaker,
    incoming,
    north_of,
    photo,
)

pytestmark = pytest.mark.django_db


def after_work() -> list[Sealed]:
    return [seal(incoming("after.jpg", photo()), "media")]


def choice_of(incident: Incident, worker: Worker) -> Choice:
    incident.refresh_from_db()
    assert incident.lead_unit is not None
    found = choices(incident, incident.lead_unit, own_workers=True)
    return next(each for each in found if each.worker == worker)


def test_from_the_offer_to_the_work_done(offered: WorkOrder) -> None:
    wang = offered.worker.user
    orders.accept(offered.pk, wang)
    offered.incident.refresh_from_db()
    assert offered.incident.status == "in_progress"
    orders.set_out(offered.pk, wang)
    orders.arrive(offered.pk, wang)
    order = orders.finish(offered.pk, wang, outcome="solved", note="已清理", media=after_work())
    assert order.status == "done"
    assert order.offered_at <= order.accepted_at <= order.en_route_at  # type: ignore[operator]
    assert order.en_route_at <= order.arrived_at <= order.ended_at  # type: ignore[operator]
    incident = Incident.objects.get(pk=offered.incident_id)
    assert (order.outcome, order.note) == ("solved", "已清理")
    # What the citizen is told is the unit's to say.
    assert (incident.status, incident.public_reply) == ("in_progress", "")
    assert incident.media.get().stage == "after_work"
    assert Worker.objects.get().open_orders == 0


def test_a_forgotten_stamp_stays_empty(offered: WorkOrder) -> None:
    wang = offered.worker.user
    orders.accept(offered.pk, wang)
    order = orders.finish(offered.pk, wang, outcome="explained", note="已说明", media=[])
    assert (order.en_route_at, order.arrived_at) == (None, None)


@pytest.mark.parametrize(
    ("outcome", "note", "field"),
    [("solved", "好了", "media"), ("explained", " ", "note"), ("withdrawn", "好了", "outcome")],
)
def test_finishing_needs_outcome_note_and_photo(
    offered: WorkOrder, outcome: str, note: str, field: str
) -> None:
    orders.accept(offered.pk, offered.worker.user)
    with pytest.raises(Refused) as refused:
        orders.finish(offered.pk, offered.worker.user, outcome=outcome, note=note, media=[])
    assert refused.value.field == field
    offered.refresh_from_db()
    assert offered.status == "accepted"


def test_what_was_not_accepted_cannot_be_finished(offered: WorkOrder) -> None:
    with pytest.raises(OrderGone):
        orders.finish(offered.pk, offered.worker.user, outcome="explained", note="好了", media=[])


def test_another_workers_order_is_refused(
    offered: WorkOrder, worker: WorkerMaker, logged_in: Callable[[User], Client]
) -> None:
    li = worker("Li", LUXUN_PARK).user
    for step in (orders.accept, orders.set_out, orders.arrive):
        with pytest.raises(NotYours):
            step(offered.pk, li)
    with pytest.raises(NotYours):
        orders.decline(offered.pk, li, "不去")
    assert logged_in(li).post(f"/work/{offered.pk}/accept").status_code == 404
    offered.refresh_from_db()
    assert offered.status == "offered"


def test_accepting_twice_is_refused(offered: WorkOrder) -> None:
    orders.accept(offered.pk, offered.worker.user)
    with pytest.raises(OrderGone):
        orders.accept(offered.pk, offered.worker.user)


def test_declining_needs_a_reason(offered: WorkOrder) -> None:
    with pytest.raises(Refused, match="reason"):
        orders.decline(offered.pk, offered.worker.user, "  ")


def test_the_phone_page_shows_and_takes_the_order(
    offered: WorkOrder, logged_in: Callable[[User], Client]
) -> None:
    phone = logged_in(offered.worker.user)
    assert offered.incident.number in phone.get("/work/").content.decode()
    assert phone.post(f"/work/{offered.pk}/accept").status_code == 302
    assert phone.post(f"/work/{offered.pk}/fly").status_code == 404
    offered.refresh_from_db()
    assert offered.status == "accepted"


def test_taking_a_live_order_away_needs_a_reason(
    offered: WorkOrder, worker: WorkerMaker, person: PersonMaker
) -> None:
    li = worker("Li", LUXUN_PARK)
    dispatcher = person(Role.DISPATCHER, "210100")
    choice = choice_of(offered.incident, li)
    with pytest.raises(Refused, match="reason"):
        orders.offer_by_hand(offered.incident_id, choice, dispatcher, " ")
    offered.refresh_from_db()
    assert offered.status == "offered"


def test_with_a_reason_the_order_changes_hands(
    offered: WorkOrder, worker: WorkerMaker, person: PersonMaker
) -> None:
    li = worker("Li", LUXUN_PARK)
    dispatcher = person(Role.DISPATCHER, "210100")
    choice = choice_of(offered.incident, li)
    orders.offer_by_hand(offered.incident_id, choice, dispatcher, "小王请假")
    offered.refresh_from_db()
    assert (offered.status, offered.reason) == ("withdrawn", "小王请假")
    live = WorkOrder.objects.get(status="offered")
    assert (live.worker, live.offered_by) == (li, dispatcher)
    incident = Incident.objects.get()
    assert (incident.field_worker, incident.waiting) == (li.user, "")
    assert {w.user.name: w.open_orders for w in Worker.objects.all()} == {"Wang": 0, "Li": 1}


def test_a_worker_who_filled_up_meanwhile_is_refused(
    offered: WorkOrder, worker: WorkerMaker, person: PersonMaker
) -> None:
    li = worker("Li", LUXUN_PARK)
    choice = choice_of(offered.incident, li)
    Worker.objects.filter(pk=li.pk).update(open_orders=3)
    with pytest.raises(NotFree):
        orders.offer_by_hand(offered.incident_id, choice, person(Role.DISPATCHER), "小王请假")
    offered.refresh_from_db()
    assert offered.status == "offered"


def test_an_incident_nobody_leads_cannot_be_handed_out(
    offered: WorkOrder, incident: IncidentMaker, worker: WorkerMaker, person: PersonMaker
) -> None:
    li = worker("Li", north_of(LUXUN_PARK, 50))
    choice = choice_of(offered.incident, li)
    with pytest.raises(OrderGone):
        orders.offer_by_hand(incident(LUXUN_PARK).pk, choice, person(Role.DISPATCHER), "")


def test_a_replied_incident_gets_no_new_order(
    offered: WorkOrder, worker: WorkerMaker, person: PersonMaker
) -> None:
    wang, li = offered.worker.user, worker("Li", LUXUN_PARK)
    choice = choice_of(offered.incident, li)
    orders.accept(offered.pk, wang)
    orders.finish(offered.pk, wang, outcome="explained", note="已说明", media=[])
    liaison = person(Role.UNIT_LIAISON, unit=offered.worker.unit)
    reply(offered.incident_id, liaison, NewReply("explained", "已说明"))
    with pytest.raises(NotAllowedNow):
        orders.offer_by_hand(offered.incident_id, choice, person(Role.DISPATCHER), "再看")
    assert WorkOrder.objects.count() == 1


def test_an_answer_just_before_the_miss_counts(offered: WorkOrder) -> None:
    orders.accept(offered.pk, offered.worker.user)
    assert not orders.miss(offered.pk)
    assert orders.miss_overdue(timezone.now().replace(year=2099)) == 0


def test_a_decline_goes_back_into_the_queue(offered: WorkOrder) -> None:
    orders.decline(offered.pk, offered.worker.user, "去不了")
    incident = Incident.objects.get()
    assert (incident.status, incident.field_worker) == ("dispatched", None)
    dispatch(incident.pk)
    incident.refresh_from_db()
    assert incident.waiting == "no_worker"


def test_a_bad_photo_costs_the_worker_no_word(
    offered: WorkOrder, logged_in: Callable[[User], Client]
) -> None:
    wang = offered.worker.user
    orders.accept(offered.pk, wang)
    form = {"outcome": "explained", "note": "已向居民说明情况", "media": BytesIO(b"no photo")}
    answer = logged_in(wang).post(f"/work/{offered.pk}/finish", form)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "已向居民说明情况</textarea>" in page
    assert '<option value="explained" selected>' in page
    assert 'role="alert"' in page
    offered.refresh_from_db()
    assert offered.status == "accepted"
