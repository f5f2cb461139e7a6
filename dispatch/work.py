"""The community worker's phone page: what lies in my hands, and the next step of each."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from dispatch import orders
from dispatch.errors import DispatchError
from dispatch.models import Worker, WorkOrder
from incidents.errors import IncidentError, Refused
from incidents.media import sealed_from
from incidents.models import Outcome

S = WorkOrder.Status


def worker_of(request: HttpRequest) -> Worker:
    return get_object_or_404(
        Worker.objects.select_related("shift", "user"), user_id=request.user.pk
    )


@require_GET
@never_cache
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """Live orders first, then the last ten that ended. `?list=1`: the list alone."""
    return shown(request, worker_of(request))


def shown(request: HttpRequest, worker: Worker, **refused: Any) -> HttpResponse:
    """`refused`: the `order`, its `message`, and the `words` that go back into its form."""
    mine = worker.orders.select_related(
        "incident__category__field", "incident__division__street", "worker"
    ).prefetch_related("incident__media__original", "incident__reports")
    context = {
        "worker": worker,
        "live": list(mine.filter(status__in=WorkOrder.LIVE)),
        "ended": list(mine.filter(status__in=[S.DONE, S.DECLINED, S.MISSED])[:10]),
        "outcomes": [(o.value, o.label) for o in orders.FIELD_OUTCOMES],
        "now": timezone.now(),
        "solved": Outcome.SOLVED,
        "refused": refused,
    }
    template = "dispatch/work_list.html" if "list" in request.GET else "dispatch/work.html"
    return render(request, template, context, status=400 if refused else 200)


@require_POST
@login_required
def take_step(request: HttpRequest, order_id: int, step: str) -> HttpResponse:
    """One button of the phone page. What is refused comes back as a sentence, with its words."""
    assert isinstance(request.user, User)
    worker = worker_of(request)
    get_object_or_404(WorkOrder, pk=order_id, worker=worker)
    if step not in STEPS:
        raise Http404
    try:
        STEPS[step](request, order_id, request.user)
    except Refused as error:
        words = request.POST.dict()
        return shown(request, worker, order=order_id, message=str(error.message), words=words)
    except (IncidentError, DispatchError) as error:
        messages.error(request, str(error))
    return redirect("work")


def accept(request: HttpRequest, order_id: int, user: User) -> None:
    orders.accept(order_id, user)


def decline(request: HttpRequest, order_id: int, user: User) -> None:
    orders.decline(order_id, user, request.POST.get("reason", ""))


def set_out(request: HttpRequest, order_id: int, user: User) -> None:
    orders.set_out(order_id, user)


def arrive(request: HttpRequest, order_id: int, user: User) -> None:
    orders.arrive(order_id, user)


def finish(request: HttpRequest, order_id: int, user: User) -> None:
    with sealed_from(request.FILES.getlist("media")) as media:
        orders.finish(
            order_id,
            user,
            outcome=request.POST.get("outcome", ""),
            note=request.POST.get("note", ""),
            media=media,
        )


STEPS: dict[str, Callable[[HttpRequest, int, User], None]] = {
    "accept": accept,
    "decline": decline,
    "set-out": set_out,
    "arrive": arrive,
    "finish": finish,
}
