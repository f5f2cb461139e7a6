"""What everybody may read of an incident: its page, the list near a place, what a device follows.

Which incidents these are is `Incident.objects.public()` alone; any other is as one that never was.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.desk import page_of
from accounts.scope import code_prefix
from districts.models import Division
from incidents.lifecycle import Status
from incidents.models import Comment, Incident, IncidentQuerySet
from incidents.recipients import Channel, is_on
from incidents.voices import comments, counting, devices, endorsing, following, verdicts
from incidents.voices.masking import masked_but_for_offices

SHOWN = 30
LONGEST = 60
MOST_COMMENTS = 100
PLAIN: Mapping[str, Promise] = MappingProxyType(
    {
        Status.REGISTERED: gettext_lazy("It has been taken in, and a unit is being found."),
        Status.TRIAGE: gettext_lazy("A person is looking for the unit that is responsible."),
        Status.ACCEPTED: gettext_lazy("It is accepted, and goes to a unit next."),
        Status.DISPATCHED: gettext_lazy("A unit has it, and is to begin."),
        Status.IN_PROGRESS: gettext_lazy("It is being worked on."),
        Status.REPLIED: gettext_lazy("The unit has replied; the reply is being checked."),
        Status.CALL_BACK: gettext_lazy("A reply is given; we ask whether it is solved."),
        Status.CLOSED: gettext_lazy("It is closed."),
        Status.ARCHIVED: gettext_lazy("It is closed and in the archive."),
    }
)


def with_place() -> IncidentQuerySet:
    return Incident.objects.public().select_related(
        "category__field", "division__county", "division__street"
    )


def public_or_404(number: str) -> Incident:
    found = with_place().filter(number=number).first()
    if found is None:
        raise Http404
    return found


# --- One incident -----------------------------------------------------------------------------


@require_safe
@never_cache
def report(request: HttpRequest, number: str) -> HttpResponse:
    """One incident; what was merged leads to where it lives on, if that is for everybody."""
    if found := with_place().filter(number=number).first():
        return shown(request, found)
    into = Incident.objects.public().filter(merged__number=number).first()
    if into is None:
        raise Http404
    return redirect("public-report", into.number)


def shown(
    request: HttpRequest,
    incident: Incident,
    errors: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, also with what was wrong and what was typed."""
    token = devices.token_of(request)
    voice = devices.voice(token, incident)
    context = {
        "incident": incident,
        "plain": PLAIN[incident.status],
        "reply": masked_but_for_offices(incident.told_reply),
        "voices": counting.of(incident),
        "errors": errors or {},
        "given": request.POST,
        "ways": [channel for channel in Channel.values if is_on(channel)],
    }
    answer = context | own_part(incident, token, voice) | heard(incident, voice)
    return render(request, "incidents/voices/report.html", answer, status=status)


def own_part(incident: Incident, token: str, voice: str) -> dict[str, Any]:
    """What this device has said, and what it may say now."""
    said = verdicts.said(incident, voice) if verdicts.is_asked(incident) else None
    return {
        "may_endorse": endorsing.may_endorse(incident),
        "endorsed": bool(voice) and incident.endorsements.filter(voice=voice).exists(),
        "may_follow": following.may_follow(incident),
        "follow": following.own(token).filter(incident=incident).first(),
        "said": said,
        "asked": said is None and verdicts.may_say(incident, voice),
        "may_comment": comments.may_comment(incident),
        "may_thank": comments.may_thank(incident),
    }


def heard(incident: Incident, voice: str) -> dict[str, Any]:
    """The comments and thanks that may be shown, and those of this device that wait."""
    every = incident.comments.all()
    own = every.filter(voice=voice) if voice else every.none()
    return {
        "comments": list(every.shown().order_by("-id")[:MOST_COMMENTS]),
        "waiting": list(own.filter(state=Comment.State.WAITING)),
        "thanked": own.filter(kind=Comment.Kind.THANKS).exists(),
    }


# --- Lists ------------------------------------------------------------------------------------


@require_safe
@never_cache
def reports(request: HttpRequest) -> HttpResponse:
    """`?division=` or `?q=` in a place; the newest without any; `?lat=&lon=` leads to the map."""
    if request.GET.get("lat") or request.GET.get("lon"):
        return redirect(f"{reverse('public-map')}?{request.GET.urlencode()}")
    found, context = asked(request)
    page = page_of(request)
    rows = list(found[(page - 1) * SHOWN : page * SHOWN + 1])
    context |= {"rows": rows[:SHOWN], "more": len(rows) > SHOWN, "page": page}
    return render(request, "incidents/voices/reports.html", context)


def asked(request: HttpRequest) -> tuple[IncidentQuerySet, dict[str, Any]]:
    """What is listed, and what the page says of it."""
    given, every = request.GET, with_place()
    if code := given.get("division", ""):
        place = Division.objects.filter(code=code[:15]).first()
        if place is None:
            raise Http404
        within = every.filter(division__code__startswith=code_prefix(place))
        return within.order_by("-id"), {"place": place}
    if words := given.get("q", "").strip()[:LONGEST]:
        return every.none(), {"q": words, "places": list(Division.objects.search(words))}
    return every.order_by("-id"), {}


@require_safe
@never_cache
def followed(request: HttpRequest) -> HttpResponse:
    """What this device follows, newest first; what is not for everybody any more is not shown."""
    own = following.own(devices.token_of(request)).order_by("-id").values("incident")
    mine = with_place().filter(pk__in=own)
    merged = Incident.objects.filter(pk__in=own, merged_into__isnull=False)
    into = with_place().filter(pk__in=merged.values("merged_into"))
    context = {"rows": list((mine | into).order_by("-id")[:100]), "title": _("What I follow")}
    return render(request, "incidents/voices/following.html", context)
