"""The page behind the link in a message: confirm, say whether it is fixed, follow no more."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from incidents.errors import NotAllowedNow, Refused
from incidents.models import Follow, Incident
from incidents.said import one_of
from incidents.voices import following, links, verdicts

ACTS = ("confirm", "fixed", "not_fixed", "end")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Opening it changes nothing: mail programs open links by themselves."""
    follow = links.of_token(token)
    if request.method != "POST":
        return shown(request, follow)
    try:
        done = acted(follow, request.POST.get("do", ""))
    except Refused as error:
        return shown(request, follow, str(error.message), 400)
    except NotAllowedNow as error:
        return shown(request, follow, str(error), 409)
    messages.success(request, done)
    return redirect("follow-link", token)


def acted(follow: Follow, given: str) -> str:
    act = one_of("do", given, ACTS)
    if act == "end":
        following.end(follow)
        return _("You follow it no more, and we have forgotten your contact.")
    if act == "confirm":
        if not following.confirm(follow):
            raise NotAllowedNow(_("This link came too late; please follow it again."))
        return _("Confirmed. We tell you what happens.")
    verdicts.record(follow.incident_id, follow.voice, is_fixed=act == "fixed")
    return _("Your answer is recorded.")


def shown(request: HttpRequest, follow: Follow, error: str = "", status: int = 200) -> HttpResponse:
    goes_on = follow.ended_at is None
    found = Incident.objects.where_it_lives(follow.incident_id).select_related("category").first()
    context = {
        "follow": follow,
        "incident": found,
        "goes_on": goes_on,
        # What is not for everybody any more is named no more, yet can still be left.
        "asked": goes_on and found is not None and verdicts.may_say(found, follow.voice),
        "error": error,
    }
    return render(request, "incidents/voices/follow_link.html", context, status=status)
