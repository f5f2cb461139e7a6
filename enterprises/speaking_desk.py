"""Pages on which a representation ends, and where messages about a request are written."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.desk import only, user_of
from enterprises import speaking
from enterprises.errors import EnterpriseError
from enterprises.firm_desk import FIRMS
from enterprises.manager_desk import DECIDING, MANAGERS
from enterprises.models import FirmRequest, Representative
from incidents.errors import IncidentError


@require_POST
@never_cache
@only(DECIDING)
def revoke(request: HttpRequest, claim_id: int) -> HttpResponse:
    user = user_of(request)
    try:
        speaking.revoke(claim_id, user, request.POST.get("reason", ""))
        messages.success(request, _("Revoked. The person sees nothing of the firm any more."))
    except Representative.DoesNotExist:
        raise Http404 from None
    except (EnterpriseError, IncidentError) as error:
        messages.error(request, str(error))
    return redirect("manager-claims")


@require_POST
@never_cache
@only(FIRMS)
def give_up(request: HttpRequest) -> HttpResponse:
    try:
        speaking.give_up(user_of(request))
        messages.success(request, _("You do not speak for the firm any more."))
    except EnterpriseError as error:
        messages.error(request, str(error))
    return redirect("firm")


@require_POST
@never_cache
@only(FIRMS)
def firm_says(request: HttpRequest, number: str) -> HttpResponse:
    return says(request, number, back="firm-request")


@require_POST
@never_cache
@only(MANAGERS)
def manager_says(request: HttpRequest, number: str) -> HttpResponse:
    return says(request, number, back="manager-request")


def says(request: HttpRequest, number: str, back: str) -> HttpResponse:
    seen = FirmRequest.objects.visible_to(user_of(request))
    found = get_object_or_404(seen, report__number=number)
    try:
        speaking.write(found, user_of(request), request.POST.get("text", ""))
        messages.success(request, _("Sent."))
    except (EnterpriseError, IncidentError) as error:
        messages.error(request, str(error))
    return redirect(back, number)
