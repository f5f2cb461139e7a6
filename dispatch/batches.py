"""The last batches on the dispatcher's desk: of one, who went where, on a map and as a table."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.desk import only, user_of
from accounts.models import User
from accounts.roles import DISPATCHING
from dispatch.models import Batch, WorkOrder
from incidents.models import Incident

LISTED, ROWS = 50, 500


@dataclass(frozen=True, slots=True)
class Decision:
    """One order of a batch, and where its worker was thought to be (longitude, latitude)."""

    order: WorkOrder
    origin: list[float] | None

    @property
    def cost_m(self) -> float:
        return float(sum(self.order.why.values()))

    @property
    def line(self) -> dict[str, Any]:
        """For the map; numbers and degrees, no words of anybody."""
        point = self.order.incident.position
        assert point is not None  # nothing without a place goes into a batch
        to = [point.x, point.y]
        return {"number": self.order.incident.number, "from": self.origin, "to": to}


@require_GET
@never_cache
@only(DISPATCHING)
def page(request: HttpRequest) -> HttpResponse:
    """`?batch=` which one, else the newest; of its orders those this person may see."""
    batches = list(Batch.objects.all()[:LISTED])
    chosen = named(request.GET.get("batch", ""), batches)
    found = decisions(chosen, user_of(request)) if chosen else []
    context = {
        "batches": batches,
        "chosen": chosen,
        "decisions": found,
        "lines": [each.line for each in found if each.origin],
        "left": list(left_over(chosen, user_of(request))) if chosen else [],
    }
    return render(request, "dispatch/batches.html", context)


def named(given: str, batches: list[Batch]) -> Batch | None:
    if not given:
        return batches[0] if batches else None
    number = int(given) if given.isascii() and given.isdigit() and len(given) < 12 else 0
    found = Batch.objects.filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def decisions(batch: Batch, user: User) -> list[Decision]:
    orders = (
        batch.orders.filter(incident__in=Incident.objects.visible_to(user))
        .select_related("incident__category", "incident__division", "worker__user")
        .order_by("pk")[:ROWS]
    )
    return [Decision(order, batch.origins.get(str(order.pk))) for order in orders]


def left_over(batch: Batch, user: User) -> QuerySet[Incident]:
    """Nobody suitable was free for these then."""
    seen = Incident.objects.visible_to(user).filter(pk__in=batch.left_over)
    return seen.select_related("category").order_by("pk")[:ROWS]
