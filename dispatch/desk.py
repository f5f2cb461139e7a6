"""One case in full, and everything a person may do with it from there."""

from django.contrib import messages
from django.db import OperationalError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.desk import only, user_of
from accounts.roles import DISPATCHING, HANDLING, OPENING_CASES
from dispatch import orders
from dispatch.actions import BY_NAME
from dispatch.calls import Sent
from dispatch.dossier import Failed, cases, dossier, shortlist
from dispatch.errors import DispatchError
from districts.datums import Datum
from districts.errors import MalformedPosition, OutsideProvince
from districts.locate import position
from incidents.errors import IncidentError, NotForRole, Refused
from incidents.models import Incident, Report, TakenCase
from incidents.places import set_place

# Two lines may have given the same number; hundreds have not.
MOST_FOUND = 50


def visible(request: HttpRequest, number: str) -> Incident:
    return get_object_or_404(cases(user_of(request)), number=number)


def shown(
    request: HttpRequest, found: Incident, *, status: int = 200, failed: Failed | None = None
) -> HttpResponse:
    """The whole page, or (`?panel`, or asked by the live map) the inner part alone."""
    inner = "panel" in request.GET or "X-Panel" in request.headers
    case = dossier(found, user_of(request), failed)
    context = {
        "case": case,
        "incident": found,
        "may_open": case.may_open,
        "inner": inner,
    }
    template = "dispatch/incident_panel.html" if inner else "dispatch/incident.html"
    return render(request, template, context, status=status)


def after(request: HttpRequest, number: str) -> HttpResponse:
    """On with the same case; what this person sees no more leads home."""
    still = cases(user_of(request)).filter(number=number).first()
    if "X-Panel" in request.headers and still is not None:
        return shown(request, still)
    return redirect("desk-incident", number) if still else redirect("home")


@require_GET
@never_cache
@only(OPENING_CASES)
def incident(request: HttpRequest, number: str) -> HttpResponse:
    """The case with its history, its people and its buttons."""
    return shown(request, visible(request, number))


@require_GET
@never_cache
@only(OPENING_CASES)
def find(request: HttpRequest) -> HttpResponse:
    """The case with this `number`: ours, or that of a line that was merged into ours."""
    given = request.GET.get("number", "").strip()
    seen = Incident.objects.visible_to(user_of(request))
    theirs = TakenCase.objects.filter(number=given).values("incident")
    joined = Report.objects.filter(number=given).values("incident")
    named = Q(number=given) | Q(pk__in=theirs) | Q(pk__in=joined)
    found = list(seen.filter(named).select_related("taken__line").order_by("-pk")[:MOST_FOUND])
    if len(found) == 1:
        return redirect("desk-incident", found[0].number)
    context = {"number": given, "found": found}
    missed = given and not found
    return render(request, "dispatch/found.html", context, status=404 if missed else 200)


@require_POST
@only(OPENING_CASES)
def act(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """One button. A refused field comes back with its sentence, and nothing typed is lost."""
    if name not in BY_NAME:
        raise Http404
    found = visible(request, number)
    if not BY_NAME[name].is_for(user_of(request)):
        return refused(request, number, name, "", _("This step is not for your role."), 403)
    sent = Sent(found, user_of(request), request.POST, request.FILES.getlist("media"))
    try:
        BY_NAME[name].call(sent)
    except Refused as error:
        return refused(request, number, name, error.field, str(error.message), error.status)
    except NotForRole as error:
        return refused(request, number, name, "", str(error), 403)
    except (IncidentError, DispatchError) as error:
        return refused(request, number, name, "", str(error), 409)
    except OperationalError:
        again = _("Somebody else was changing this; please try again.")
        return refused(request, number, name, "", again, 409)
    messages.success(request, f"{BY_NAME[name].title} ✓")
    return after(request, number)


def refused(
    request: HttpRequest, number: str, name: str, field: str, sentence: str, status: int
) -> HttpResponse:
    """The case as it stands now, the sentence on top and in the form, and the words kept."""
    messages.error(request, sentence)
    wrong = Failed(name, {field: sentence}, request.POST.dict())
    return shown(request, visible(request, number), status=status, failed=wrong)


@require_POST
@only(DISPATCHING | HANDLING)
def offer(request: HttpRequest, number: str) -> HttpResponse:
    """Offer to the worker chosen from the list as it stands now."""
    found = visible(request, number)
    chosen = request.POST.get("worker", "")
    choice = next((c for c in shortlist(found) if str(c.worker.pk) == chosen), None)
    try:
        if choice is None:
            raise Refused("worker", _("This worker is not free any more; choose another."))
        reason = request.POST.get("reason", "")
        orders.offer_by_hand(found.pk, choice, user_of(request), reason)
        messages.success(request, _("Offered to %(worker)s.") % {"worker": choice.worker})
    except Refused as error:
        messages.error(request, str(error.message))
    except (IncidentError, DispatchError) as error:
        messages.error(request, str(error))
    except OperationalError:
        # A deadlock with the change of shifts: one of the two is undone, and nothing is half done.
        messages.error(request, _("Somebody else was changing this; please try again."))
    return after(request, number)


@require_POST
@only(DISPATCHING)
def place(request: HttpRequest, number: str) -> HttpResponse:
    """Give an incident without a place the one the citizen named; it goes to dispatch at once."""
    found = visible(request, number)
    try:
        point = position(request.POST.get("lon"), request.POST.get("lat"), Datum.WGS84)
        set_place(found.pk, point, user_of(request))
        messages.success(request, _("The place is set."))
    except MalformedPosition as error:
        messages.error(request, str(error))
    except OutsideProvince:
        messages.error(request, _("This place lies outside the province."))
    except IncidentError as error:
        messages.error(request, str(error))
    return after(request, number)
