"""What happens to a work order: answered, walked to, done, missed, taken back.

Locks go incident first, then order: the same way as the engine, so that they never cross.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from dispatch import travel
from dispatch.candidates import Choice, weights
from dispatch.engine import claim_place, hand_out
from dispatch.errors import NotFree, NotYours, OrderGone
from dispatch.models import Worker, WorkOrder
from dispatch.walking import distance
from incidents import wake
from incidents.errors import Refused
from incidents.intake import DISPATCH, PREPARE
from incidents.lifecycle import Step
from incidents.media import Sealed, attach
from incidents.models import Incident, Media, Outcome, Waiting
from incidents.transitions import Noted, lock, move

S = WorkOrder.Status
# Which statuses each step may follow. A worker who forgot a stamp may go on; it stays empty.
MAY_FOLLOW: dict[Step, tuple[WorkOrder.Status, ...]] = {
    Step.SIGN: (S.OFFERED,),
    Step.DECLINE: (S.OFFERED,),
    Step.EN_ROUTE: (S.ACCEPTED,),
    Step.ARRIVE: (S.ACCEPTED, S.EN_ROUTE),
    Step.FINISH: WorkOrder.SIGNED,
    Step.MISS: (S.OFFERED,),
    Step.WITHDRAW_ORDER: WorkOrder.LIVE,
}
OLDEST_PRESS = timedelta(hours=24)
NEEDS_PHOTO = frozenset({Outcome.SOLVED})
FIELD_OUTCOMES = (Outcome.SOLVED, Outcome.EXPLAINED, Outcome.NOTHING_FOUND, Outcome.NOT_NOW)


def take(order_id: int, step: Step, user: User | None) -> tuple[Incident, WorkOrder]:
    """Lock incident and order for `step`; raises NotYours or OrderGone."""
    incident = lock(WorkOrder.objects.values_list("incident_id", flat=True).get(pk=order_id))
    order = (
        WorkOrder.objects.select_for_update(of=("self",)).select_related("worker").get(pk=order_id)
    )
    if user is not None and order.worker.user_id != user.pk:
        raise NotYours(_("This work order belongs to somebody else."))
    if order.status not in MAY_FOLLOW[step]:
        raise OrderGone(
            _("This work order is already: %(status)s.") % {"status": order.get_status_display()}
        )
    return incident, order


def write(order: WorkOrder, status: WorkOrder.Status, **changes: Any) -> None:
    order.status = status
    for name, value in changes.items():
        setattr(order, name, value)
    order.save(update_fields=["status", *changes])


def end(
    order: WorkOrder, status: WorkOrder.Status, *, at: datetime | None = None, **changes: Any
) -> None:
    """End an order and give the worker the place back."""
    write(order, status, ended_at=at or timezone.now(), **changes)
    Worker.objects.filter(pk=order.worker_id, open_orders__gt=0).update(
        open_orders=F("open_orders") - 1, updated_at=timezone.now()
    )


def stamp(order: WorkOrder, age: timedelta) -> datetime:
    """When the button was pressed, `age` ago: a phone without signal sends later.

    Never before the stamp that stands already, and no older than a day: clocks of phones err.
    """
    now = timezone.now()
    earlier = (order.offered_at, order.accepted_at, order.en_route_at, order.arrived_at)
    last = max(at for at in earlier if at is not None)
    return max(last, now - min(max(age, timedelta()), OLDEST_PRESS))


@transaction.atomic
def accept(order_id: int, user: User, *, age: timedelta = timedelta()) -> WorkOrder:
    """The worker signs for it (签收): the incident is in progress."""
    incident, order = take(order_id, Step.SIGN, user)
    write(order, S.ACCEPTED, accepted_at=stamp(order, age))
    told = Noted(Step.SIGN, {"worker": user.name})
    move(incident, told, actor=user, expected_at=expected(incident, order))
    return order


@transaction.atomic
def decline(order_id: int, user: User, reason: str) -> WorkOrder:
    """The worker cannot; the next one is asked at once."""
    if not reason.strip():
        raise Refused("reason", _("Say why you cannot take it."))
    incident, order = take(order_id, Step.DECLINE, user)
    end(order, S.DECLINED, reason=reason.strip()[:200])
    ask_next(incident, Noted(Step.DECLINE, {"worker": user.name, "reason": order.reason}), user)
    return order


def ask_next(incident: Incident, noted: Noted, actor: User | None) -> None:
    now = timezone.now()
    move(incident, noted, actor=actor, dispatch_after=now, field_worker=None, expected_at=None)
    wake.after_commit(DISPATCH)


@transaction.atomic
def set_out(order_id: int, user: User, *, age: timedelta = timedelta()) -> WorkOrder:
    """On the way, since `age` ago."""
    incident, order = take(order_id, Step.EN_ROUTE, user)
    write(order, S.EN_ROUTE, en_route_at=stamp(order, age))
    told = Noted(Step.EN_ROUTE, {"worker": user.name})
    move(incident, told, actor=user, expected_at=expected(incident, order))
    return order


@transaction.atomic
def arrive(order_id: int, user: User, *, age: timedelta = timedelta()) -> WorkOrder:
    """At the place, since `age` ago."""
    incident, order = take(order_id, Step.ARRIVE, user)
    write(order, S.ARRIVED, arrived_at=stamp(order, age))
    move(incident, Noted(Step.ARRIVE, {"worker": user.name}), actor=user, expected_at=None)
    return order


@transaction.atomic
def finish(
    order_id: int,
    user: User,
    *,
    outcome: str,
    note: str,
    media: Sequence[Sealed],
    age: timedelta = timedelta(),
) -> WorkOrder:
    """Done in the street: an outcome, a sentence, a photo after the work.

    The unit makes its reply of it (`dispatch.replies`): it stays responsible for what is said.
    """
    if outcome not in FIELD_OUTCOMES:
        raise Refused("outcome", _("Choose what came of it."))
    if not note.strip():
        raise Refused("note", _("Write a sentence for the citizen."))
    if outcome in NEEDS_PHOTO and not media:
        raise Refused("media", _("Add a photo taken after the work."))
    incident, order = take(order_id, Step.FINISH, user)
    end(order, S.DONE, at=stamp(order, age), outcome=outcome, note=note.strip())
    attach(media, incident, uploaded_by=user, stage=Media.Stage.AFTER_WORK)
    move(
        incident,
        Noted(Step.FINISH, {"worker": user.name, "outcome": outcome}),
        actor=user,
        expected_at=None,
    )
    if media:
        wake.after_commit(PREPARE)
    return order


def expected(incident: Incident, order: WorkOrder) -> datetime:
    """When the worker should be there: the way, after what was signed for before and not done."""
    worker, point = order.worker, incident.position
    assert point is not None  # nothing without a place is offered to a worker
    before = 0
    if order.status != S.EN_ROUTE:
        signed = worker.orders.filter(status__in=WorkOrder.SIGNED)
        before = signed.exclude(pk=order.pk).count()
    metres = distance((worker.point.x, worker.point.y), (point.x, point.y))
    seconds = travel.seconds(metres) + before * weights().order_s
    return timezone.now() + timedelta(seconds=seconds)


@transaction.atomic
def hand_over(order_id: int, user: User, reason: str) -> WorkOrder:
    """What was signed for goes back, by the worker's own hand: at the end of a shift, say."""
    if not reason.strip():
        raise Refused("reason", _("Say why you hand it over."))
    incident, order = take(order_id, Step.WITHDRAW_ORDER, user)
    end(order, S.WITHDRAWN, reason=reason.strip()[:200])
    told = Noted(Step.WITHDRAW_ORDER, {"worker": user.name, "reason": order.reason})
    ask_next(incident, told, user)
    return order


def pass_on_after_shift() -> int:
    """Offers that lie with somebody whose shift is over go to the next at once; how many.

    What was signed stays where it is: a person sees it on the desk, or its worker hands it over.
    """
    late = WorkOrder.objects.filter(status=S.OFFERED, worker__on_shift=False)
    passed = 0
    for order_id in late.order_by("pk").values_list("pk", flat=True)[:200]:
        passed += pass_on(order_id)
    return passed


@transaction.atomic
def pass_on(order_id: int) -> bool:
    try:
        incident, order = take(order_id, Step.MISS, None)
    except OrderGone:
        # Answered while we came.
        return False
    reason = _("The shift is over.")
    end(order, S.WITHDRAWN, reason=reason)
    ask_next(
        incident,
        Noted(Step.WITHDRAW_ORDER, {"worker": str(order.worker), "reason": reason}),
        None,
    )
    return True


def miss_overdue(now: datetime) -> int:
    """Offers nobody answered in time go to the next worker; returns how many."""
    overdue = WorkOrder.objects.filter(status=S.OFFERED, answer_by__lte=now)
    missed = 0
    for order_id in overdue.order_by("answer_by").values_list("pk", flat=True)[:200]:
        missed += miss(order_id)
    return missed


@transaction.atomic
def miss(order_id: int) -> bool:
    try:
        incident, order = take(order_id, Step.MISS, None)
    except OrderGone:
        # Answered while we came: good.
        return False
    end(order, S.MISSED)
    ask_next(incident, Noted(Step.MISS, {"worker": str(order.worker)}), None)
    return True


@transaction.atomic
def offer_by_hand(incident_id: int, choice: Choice, actor: User, reason: str) -> None:
    """The dispatcher's choice instead of the machine's; taking a live order back needs a reason."""
    incident = lock(incident_id)
    assignment = incident.assignments.filter(is_lead=True, is_current=True).first()
    if assignment is None:
        raise OrderGone(_("No unit leads this incident yet."))
    if actor.role == Role.UNIT_LIAISON and assignment.unit_id != actor.unit_id:
        raise NotYours(_("Your unit does not lead this incident."))
    live = incident.work_orders.filter(status__in=WorkOrder.LIVE).first()
    # Both workers at once and by number: two dispatchers swapping two workers never cross.
    both = [choice.worker.pk, *([live.worker_id] if live else [])]
    list(Worker.objects.select_for_update().filter(pk__in=both).order_by("pk"))
    if live is not None:
        if not reason.strip():
            raise Refused("reason", _("Say why the work order is taken from its worker."))
        withdraw(incident, live, actor, reason.strip()[:200])
    if not claim_place(choice.worker):
        raise NotFree(_("%(worker)s has gone off shift or is full.") % {"worker": choice.worker})
    hand_out(incident, assignment, choice, by=actor, reason=reason.strip()[:200])


def withdraw(incident: Incident, order: WorkOrder, actor: User, reason: str) -> None:
    end(order, S.WITHDRAWN, reason=reason)
    told = {"worker": str(order.worker), "reason": reason}
    noted = Noted(Step.WITHDRAW_ORDER, told)
    move(incident, noted, actor=actor, waiting=Waiting.NO_WORKER, expected_at=None)


def take_back(incident: Incident, reason: str) -> list[Noted]:
    """End what is in a worker's hands, because the incident goes another way; the steps to note.

    The incident is locked; the caller writes these steps with its own.
    """
    live = incident.work_orders.select_related("worker__user").filter(status__in=WorkOrder.LIVE)
    noted = []
    for order in live.select_for_update(of=("self",)):
        end(order, S.WITHDRAWN, reason=reason[:200])
        told = {"worker": str(order.worker), "reason": reason[:200]}
        noted.append(Noted(Step.WITHDRAW_ORDER, told))
    return noted
