"""The community worker's phone page: what lies in my hands, and the next step of each.

The page works without signal: its service worker keeps what was read, `work.js` keeps what was
pressed and sends it later, each press with a key of its own so that it counts once.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.desk import only, user_of
from accounts.models import User
from accounts.roles import Role
from dispatch import duty, orders
from dispatch.errors import DispatchError
from dispatch.models import Worker, WorkOrder
from dispatch.walking import Leg, Stop, way
from incidents.errors import IncidentError, Refused
from incidents.intake import Sender, claim_key
from incidents.media import sealed_from
from incidents.models import Comment, IdempotencyKey, Outcome
from incidents.voices import counting

S = WorkOrder.Status
# Of my hours to come.
DAYS = 7
FIELD = frozenset({Role.COMMUNITY_WORKER})
SCRIPT = Path(__file__).parent / "static" / "dispatch" / "work-offline.js"


def worker_of(request: HttpRequest) -> Worker:
    return get_object_or_404(
        Worker.objects.select_related("shift", "user", "rota_place"), user_id=request.user.pk
    )


@require_GET
@never_cache
@only(FIELD)
def page(request: HttpRequest) -> HttpResponse:
    """Live orders in walking order, then the last ten that ended. `?list=1`: the list alone."""
    return shown(request, worker_of(request))


@require_GET
@only(FIELD)
def offline(_request: HttpRequest) -> HttpResponse:
    """The service worker, served from /work/ because a script controls its own folder only."""
    return HttpResponse(SCRIPT.read_bytes(), content_type="text/javascript; charset=utf-8")


def shown(request: HttpRequest, worker: Worker, **refused: Any) -> HttpResponse:
    """`refused`: the `order`, its `message`, and the `words` that go back into its form."""
    mine = worker.orders.select_related(
        "incident__category__field", "incident__division__street", "worker"
    ).prefetch_related("incident__media__original", "incident__reports")
    live = in_walking_order(worker, list(mine.filter(status__in=WorkOrder.LIVE)))
    [(_worker, days)] = duty.days_of([worker], timezone.localdate(), DAYS)
    context = {
        "worker": worker,
        "days": days,
        "live": live,
        "stops": [stop_json(n, order, leg) for n, (order, leg) in enumerate(live, start=1)],
        "ended": list(mine.filter(status__in=[S.DONE, S.DECLINED, S.MISSED])[:10]),
        "thanks": thanks_to(worker),
        "outcomes": [(o.value, o.label) for o in orders.FIELD_OUTCOMES],
        "now": timezone.now(),
        "solved": Outcome.SOLVED,
        "refused": refused,
    }
    template = "dispatch/work_list.html" if "list" in request.GET else "dispatch/work.html"
    return render(request, template, context, status=400 if refused else 200)


def thanks_to(worker: Worker) -> list[Comment]:
    """The last ten who said thank you for what this worker did; one statement."""
    done = worker.orders.filter(status=S.DONE).values("incident")
    found = counting.thanks().filter(incident__in=done).select_related("incident__category")
    return list(found.order_by("-id")[:10])


def in_walking_order(worker: Worker, live: list[WorkOrder]) -> list[tuple[WorkOrder, Leg]]:
    """What waits for an answer first, then the way from where the worker is now."""
    by_key = {order.pk: order for order in live}
    start = (worker.point.x, worker.point.y)
    offered = [stop_of(order) for order in live if order.status == S.OFFERED]
    signed = [stop_of(order) for order in live if order.status != S.OFFERED]
    legs = [*way(start, offered), *way(start, signed)]
    return [(by_key[leg.stop.key], leg) for leg in legs]


def stop_of(order: WorkOrder) -> Stop:
    point = order.incident.position
    assert point is not None  # nothing without a place is offered to a worker
    return Stop(order.pk, point.x, point.y, urgent=order.incident.is_urgent)


def stop_json(n: int, order: WorkOrder, leg: Leg) -> dict[str, Any]:
    return {
        "n": n,
        "order": order.pk,
        "lon": leg.stop.longitude,
        "lat": leg.stop.latitude,
        "urgent": order.incident.is_urgent,
    }


@dataclass(frozen=True, slots=True)
class Press:
    """One press of a button: on which order, by whom, how long ago."""

    request: HttpRequest
    order_id: int
    user: User
    age: timedelta


@require_POST
@only(FIELD)
def take_step(request: HttpRequest, order_id: int, step: str) -> HttpResponse:
    """One button of the phone page. What is refused comes back as a sentence, with its words."""
    if request.POST.get("worker", str(user_of(request).pk)) != str(user_of(request).pk):
        raise PermissionDenied  # pressed by somebody else on this phone; it waits for them
    worker = worker_of(request)
    get_object_or_404(WorkOrder, pk=order_id, worker=worker)
    if step not in STEPS:
        raise Http404
    queued = "X-Queued" in request.headers
    try:
        take_once(Press(request, order_id, user_of(request), age_of(request)), step)
    except Refused as error:
        if queued:
            return JsonResponse({"errors": {error.field: [str(error.message)]}}, status=400)
        words = request.POST.dict()
        return shown(request, worker, order=order_id, message=str(error.message), words=words)
    except (IncidentError, DispatchError) as error:
        if queued:
            return JsonResponse({"errors": {"step": [str(error)]}}, status=409)
        messages.error(request, str(error))
    return HttpResponse(status=204) if queued else redirect("work")


def take_once(press: Press, step: str) -> None:
    """The same press sent twice, because its answer was lost, is taken once."""
    key = press.request.headers.get("Idempotency-Key", "")[:120]
    if not key.isprintable():
        raise Refused("Idempotency-Key", _("At most 120 printable characters."))
    with transaction.atomic():
        if key:
            sender = Sender(press.user)
            body = hashlib.sha256(f"{press.order_id} {step}".encode()).hexdigest()
            if claim_key(sender, key, body) is not None:
                return
            keys = IdempotencyKey.objects.filter(sender=sender.name, key=key)
            keys.update(answer={"step": step})
        STEPS[step](press)


def age_of(request: HttpRequest) -> timedelta:
    """How many seconds ago the button was pressed, by the phone's own running clock."""
    given = request.POST.get("age_s", "0")
    return timedelta(
        seconds=int(given) if given.isascii() and given.isdigit() and len(given) < 8 else 0
    )


def accept(press: Press) -> None:
    orders.accept(press.order_id, press.user, age=press.age)


def decline(press: Press) -> None:
    orders.decline(press.order_id, press.user, press.request.POST.get("reason", ""))


def hand_over(press: Press) -> None:
    orders.hand_over(press.order_id, press.user, press.request.POST.get("reason", ""))


def set_out(press: Press) -> None:
    orders.set_out(press.order_id, press.user, age=press.age)


def arrive(press: Press) -> None:
    orders.arrive(press.order_id, press.user, age=press.age)


def finish(press: Press) -> None:
    with sealed_from(press.request.FILES.getlist("media")) as media:
        orders.finish(
            press.order_id,
            press.user,
            outcome=press.request.POST.get("outcome", ""),
            note=press.request.POST.get("note", ""),
            media=media,
            age=press.age,
        )


STEPS: dict[str, Callable[[Press], None]] = {
    "accept": accept,
    "decline": decline,
    "hand-over": hand_over,
    "set-out": set_out,
    "arrive": arrive,
    "finish": finish,
}
