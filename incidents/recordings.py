"""What was recorded of a call: a link into the telephone system, for whoever may hear it.

The bytes are never ours. Who opens a link, when and why is kept before the link is shown.
"""

from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.desk import user_of
from incidents.errors import Refused
from incidents.models import Contact, RecordingOpening


def checked(url: str) -> str:
    """An address on a host of ours, without a log-in in it. Raises Refused (`recording`)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused("recording", _("This is no address.")) from error
    plain = url.isascii() and url.isprintable() and not set(url) & set(" \"'<>\\`")
    if not plain or parts.scheme != "https" or port not in (None, 443) or "@" in parts.netloc:
        raise Refused("recording", _("An https address is needed, without a log-in in it."))
    if (parts.hostname or "") not in settings.RECORDING_HOSTS:
        raise Refused("recording", _("Recordings may not lie on this host."))
    return url


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def recording(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Ask why, write it down, and only then show the link."""
    user = user_of(request)
    contact = get_object_or_404(
        Contact.objects.heard_by(user).select_related("report__incident"), uid=uid
    )
    reason = request.POST.get("reason", "").strip()[:200]
    missing = request.method == "POST" and not reason
    if reason:
        RecordingOpening.objects.create(contact=contact, user=user, reason=reason)
    context = {
        "contact": contact,
        "missing": missing,
        "is_open": bool(reason),
        "openings": contact.openings.select_related("user"),
    }
    return render(request, "incidents/recording.html", context, status=400 if missing else 200)
