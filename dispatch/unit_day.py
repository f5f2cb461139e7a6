"""The unit's people today: who has what in hand, who finished what."""

from itertools import groupby

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.desk import only, user_of
from accounts.roles import HANDLING
from dispatch.models import Worker, WorkOrder

MOST = 300


@require_GET
@never_cache
@only(HANDLING)
def page(request: HttpRequest) -> HttpResponse:
    """Own workers and those at work on our incidents, each with today's work orders."""
    user = user_of(request)
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    orders = (
        WorkOrder.objects.filter(Q(status__in=WorkOrder.LIVE) | Q(offered_at__gte=today))
        .filter(Q(worker__unit=user.unit_id) | Q(incident__lead_unit=user.unit_id))
        .select_related("incident__category__field", "worker__user")
        .order_by("worker", "pk")[:MOST]
    )
    days = [(worker, list(own)) for worker, own in groupby(orders, key=lambda o: o.worker)]
    busy = [worker.pk for worker, _own in days]
    idle = (
        Worker.objects.filter(unit=user.unit_id)
        .exclude(pk__in=busy)
        .select_related("user")
        .order_by("-on_shift", "user__username")[:MOST]
    )
    return render(request, "dispatch/unit_day.html", {"days": days, "idle": idle})
