"""The call-back agent's desk: whom to call next, what to say, what was said."""

from typing import Any

from django.contrib import messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.desk import only, user_of
from accounts.models import User
from accounts.roles import CALLING_BACK
from incidents import call_backs, low_scores
from incidents.errors import IncidentError, Refused
from incidents.models import Attempt, CallBack, Incident, LowScore, Reason, Satisfaction
from incidents.voices import counting

SHOWN = 50


def waiting(user: User) -> "QuerySet[CallBack]":
    """What this agent may call, the next due first."""
    return (
        CallBack.objects.filter(
            result=CallBack.Result.WAITING, incident__in=Incident.objects.visible_to(user)
        )
        .select_related(
            "incident__category__field", "incident__division__county", "report__complainant"
        )
        .order_by(F("next_attempt_at").asc(nulls_last=True), "pk")
    )


@require_GET
@never_cache
@only(CALLING_BACK)
def calls(request: HttpRequest) -> HttpResponse:
    """The list by next attempt; `?rows=1`: the rows alone."""
    user = user_of(request)
    context = {
        "low_scores": low_scores.waiting(user)[:SHOWN],
        "calls": waiting(user)[:SHOWN],
        "now": timezone.now(),
    }
    template = "incidents/call_rows.html" if "rows" in request.GET else "incidents/calls.html"
    return render(request, template, context)


def found(request: HttpRequest, call_back_id: int) -> CallBack:
    seen = Incident.objects.visible_to(user_of(request))
    every = CallBack.objects.filter(incident__in=seen).select_related(
        "incident__category__field",
        "incident__division__county",
        "incident__lead_unit",
        "report__complainant",
    )
    return get_object_or_404(every, pk=call_back_id)


def shown(
    request: HttpRequest, call: CallBack, *, status: int = 200, error: dict[str, str] | None = None
) -> HttpResponse:
    context: dict[str, Any] = {
        "call": call,
        "incident": call.incident,
        "report": call.report,
        "attempts": call.attempts.select_related("agent"),
        "earlier": call.report.call_backs.exclude(pk=call.pk),
        "levels": reversed(Satisfaction.choices),
        "reasons": Reason.choices,
        "chosen": request.POST.getlist("reasons"),
        "reached": [c for c in Attempt.Reached.choices if c[0] != Attempt.Reached.YES],
        "error": error or {},
        "words": request.POST,
        "voices": counting.of(call.incident),
    }
    return render(request, "incidents/call.html", context, status=status)


@require_GET
@never_cache
@only(CALLING_BACK)
def call(request: HttpRequest, call_back_id: int) -> HttpResponse:
    """One call: script, report, reply, earlier attempts, and the two forms."""
    return shown(request, found(request, call_back_id))


@require_POST
@only(CALLING_BACK)
def not_reached(request: HttpRequest, call_back_id: int) -> HttpResponse:
    """An attempt in vain; the next one at another hour."""
    it = found(request, call_back_id)
    reached = request.POST.get("reached", "")
    try:
        call_backs.attempt(it.pk, user_of(request), reached)
    except Refused as error:
        return shown(request, it, status=400, error={error.field: str(error.message)})
    except IncidentError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Noted. The next attempt comes at another hour."))
    return redirect("calls")


@require_POST
@only(CALLING_BACK)
def said(request: HttpRequest, call_back_id: int) -> HttpResponse:
    """What the citizen said."""
    it = found(request, call_back_id)
    solved = request.POST.get("solved", "")
    try:
        if solved not in ("yes", "no", "explained"):
            raise Refused("solved", _("Please choose one."))
        call_backs.record(
            it.pk,
            solved=solved == "yes",
            explained=solved == "explained",
            satisfaction=request.POST.get("satisfaction", ""),
            words_said=request.POST.get("words", ""),
            reasons=request.POST.getlist("reasons"),
            agent=user_of(request),
        )
    except Refused as error:
        return shown(request, it, status=400, error={error.field: str(error.message)})
    except IncidentError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Recorded. Thank you."))
    return redirect("calls")


def low_score_of(request: HttpRequest, low_score_id: int) -> LowScore:
    seen = Incident.objects.visible_to(user_of(request))
    every = LowScore.objects.filter(call_back__incident__in=seen).select_related(
        "call_back__incident__category",
        "call_back__incident__lead_unit",
        "call_back__report__complainant",
    )
    return get_object_or_404(every, pk=low_score_id)


def asked(
    request: HttpRequest, it: LowScore, *, status: int = 200, error: dict[str, str] | None = None
) -> HttpResponse:
    context: dict[str, Any] = {
        "low": it,
        "call": it.call_back,
        "incident": it.call_back.incident,
        "report": it.call_back.report,
        "reasons": Reason.choices,
        "chosen": request.POST.getlist("reasons") or it.call_back.reasons,
        "error": error or {},
        "words": request.POST,
    }
    return render(request, "incidents/low_score.html", context, status=status)


@require_GET
@never_cache
@only(CALLING_BACK)
def low_score(request: HttpRequest, low_score_id: int) -> HttpResponse:
    """Who gave a low score: what they said, and what to ask."""
    return asked(request, low_score_of(request, low_score_id))


@require_POST
@only(CALLING_BACK)
def low_score_heard(request: HttpRequest, low_score_id: int) -> HttpResponse:
    """What they say now, with its reasons; `reached=no`: an attempt in vain."""
    it, user = low_score_of(request, low_score_id), user_of(request)
    try:
        if request.POST.get("reached") == "no":
            low_scores.not_reached(it.pk, user)
        else:
            said, reasons = request.POST.get("words", ""), request.POST.getlist("reasons")
            low_scores.hear(it.pk, user, said=said, reasons=reasons)
    except Refused as error:
        return asked(request, it, status=400, error={error.field: str(error.message)})
    except IncidentError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Noted."))
    return redirect("calls")
