"""What a citizen does with a case from the tracking page."""

from django.contrib import messages
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from dispatch import withdrawing
from incidents.errors import NotAllowedNow, Refused
from incidents.models import Report
from incidents.throttle import allows
from incidents.views import followed


@require_POST
@never_cache
def withdraw(request: HttpRequest, tracking_code: str) -> HttpResponse:
    """ "I no longer need this", by whoever holds the tracking code; pressing twice does it once."""
    if not allows(request, "withdraw"):
        messages.error(request, _("Too many at once; please wait some minutes."))
        return followed(request, tracking_code, status=429)
    report = get_object_or_404(Report, tracking_code=tracking_code)
    try:
        withdrawing.withdraw(report.pk, reason=request.POST.get("reason", ""))
    except Refused as error:
        return followed(request, tracking_code, status=400, error=str(error.message))
    except NotAllowedNow:
        messages.error(request, _("It is too late to withdraw it: see below how it stands."))
        return followed(request, tracking_code, status=409)
    except OperationalError:
        messages.error(request, _("Somebody else was changing this; please try again."))
        return followed(request, tracking_code, status=409)
    messages.success(request, _("Your report is withdrawn."))
    return redirect("track", tracking_code)
