"""The dispatcher's desk: one incident in full, a worker chosen by hand, a place set by hand."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from accounts.roles import DISPATCHING, OPENING_ORIGINALS, WATCHING, Role
from dispatch import orders
from dispatch.candidates import Choice, choices
from dispatch.errors import DispatchError
from dispatch.models import Worker, WorkOrder
from districts.datums import Datum
from districts.errors import MalformedPosition, OutsideProvince
from districts.locate import position
from incidents.errors import IncidentError, Refused
from incidents.models import Incident, Status
from incidents.places import set_place

CAN_CHOOSE = (Status.DISPATCHED, Status.IN_PROGRESS)


def visible(request: HttpRequest, number: str) -> Incident:
    assert isinstance(request.user, User)
    if request.user.role not in WATCHING | {Role.COMMUNITY_WORKER}:
        raise PermissionDenied
    return get_object_or_404(
        Incident.objects.visible_to(request.user).select_related(
            "category__field", "division__county", "division__street", "lead_unit__division"
        ),
        number=number,
    )


def dispatcher(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    if request.user.role not in DISPATCHING:
        raise PermissionDenied
    return request.user


@require_GET
@never_cache
@login_required
def incident(request: HttpRequest, number: str) -> HttpResponse:
    """`?panel=1` gives the inner part alone, for the drawer beside the live map."""
    found = visible(request, number)
    dispatches = isinstance(request.user, User) and request.user.role in DISPATCHING
    may_choose = dispatches and found.status in CAN_CHOOSE
    context = {
        "incident": found,
        "reports": found.reports.select_related("complainant"),
        "media": found.media.with_original(),
        "may_open": isinstance(request.user, User) and request.user.role in OPENING_ORIGINALS,
        "orders": found.work_orders.select_related("worker__user"),
        "live_order": found.work_orders.filter(status__in=WorkOrder.LIVE).first(),
        "history": found.events.select_related("actor"),
        "choices": shortlist(found) if may_choose else [],
        "may_choose": may_choose,
        "may_place": dispatches and found.status == Status.TRIAGE,
    }
    template = (
        "dispatch/incident_panel.html" if "panel" in request.GET else "dispatch/incident.html"
    )
    return render(request, template, context)


def shortlist(found: Incident) -> list[Choice]:
    if found.lead_unit is None or found.position is None:
        return []
    own = Worker.objects.filter(unit=found.lead_unit).exists()
    return choices(found, found.lead_unit, own_workers=own, again=True)


@require_POST
@login_required
def offer(request: HttpRequest, number: str) -> HttpResponse:
    """Offer to the worker chosen from the list as it stands now."""
    actor = dispatcher(request)
    found = visible(request, number)
    chosen = request.POST.get("worker", "")
    choice = next((c for c in shortlist(found) if str(c.worker.pk) == chosen), None)
    try:
        if choice is None:
            raise Refused("worker", _("This worker is not free any more; choose another."))
        orders.offer_by_hand(found.pk, choice, actor, request.POST.get("reason", ""))
        messages.success(request, _("Offered to %(worker)s.") % {"worker": choice.worker})
    except Refused as error:
        messages.error(request, str(error.message))
    except (IncidentError, DispatchError) as error:
        messages.error(request, str(error))
    except OperationalError:
        # A deadlock with the change of shifts: one of the two is undone, and nothing is half done.
        messages.error(request, _("Somebody else was changing this; please try again."))
    return redirect("desk-incident", number)


@require_POST
@login_required
def place(request: HttpRequest, number: str) -> HttpResponse:
    """Give an incident without a place the one the citizen named; it goes to dispatch at once."""
    actor = dispatcher(request)
    found = visible(request, number)
    try:
        point = position(request.POST.get("lon"), request.POST.get("lat"), Datum.WGS84)
        set_place(found.pk, point, actor)
        messages.success(request, _("The place is set."))
    except MalformedPosition as error:
        messages.error(request, str(error))
    except OutsideProvince:
        messages.error(request, _("This place lies outside the province."))
    except IncidentError as error:
        messages.error(request, str(error))
    return redirect("desk-incident", number)
