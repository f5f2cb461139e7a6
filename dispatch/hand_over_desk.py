"""The duty manager's list of open incidents whose place changed hands, each to be decided."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.desk import only, user_of
from accounts.roles import HANDING_OVER
from dispatch import handing_over
from dispatch.errors import DispatchError
from dispatch.models import HandOver
from districts.models import Division, Jurisdiction
from incidents.errors import IncidentError
from incidents.models import Incident

A_PAGE = 30
DECISIONS = {"keep": handing_over.keep, "dispatch": handing_over.dispatch_anew}


@require_GET
@never_cache
@only(HANDING_OVER)
def page(request: HttpRequest) -> HttpResponse:
    """Those that wait for a decision, oldest first, with whom they were with and would be with."""
    seen = Incident.objects.visible_to(user_of(request))
    waiting = HandOver.objects.filter(decision="", incident__in=seen).select_related(
        "incident__category__field", "incident__division", "incident__lead_unit", "since", "edition"
    )
    found = Paginator(waiting, A_PAGE).get_page(request.GET.get("page"))
    codes = {code for each in found for code in (*each.before, *each.after)}
    names: dict[str, Jurisdiction | Division] = {
        **Division.objects.in_bulk(codes),
        **Jurisdiction.objects.in_bulk(codes),
    }
    context = {
        "rows": [
            (each, [names[code] for code in each.before], [names[code] for code in each.after])
            for each in found
        ],
        "found": found,
    }
    return render(request, "dispatch/duties/hand_overs.html", context)


@require_POST
@only(HANDING_OVER)
def decide(request: HttpRequest, hand_over_id: int) -> HttpResponse:
    """`decision`: keep or dispatch, with a `reason`."""
    call = DECISIONS.get(request.POST.get("decision", ""))
    try:
        if call is None:
            raise DispatchError(_("Choose what becomes of it."))
        done = call(hand_over_id, user_of(request), request.POST.get("reason", ""))
    except OperationalError:
        messages.error(request, _("Somebody else was changing this; please try again."))
    except (DispatchError, IncidentError) as error:
        messages.error(request, str(getattr(error, "message", "") or error))
    else:
        told = {"number": done.incident.number, "what": done.get_decision_display()}
        messages.success(request, _("%(number)s: %(what)s") % told)
    return redirect("hand-overs")
