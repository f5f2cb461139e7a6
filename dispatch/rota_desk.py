"""The rota of a unit or a territory: the days to come of everybody, and of one what can be set."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.desk import only, user_of
from accounts.roles import KEEPING_ROTAS, READING_ROTAS
from dispatch import duty, duty_changing
from dispatch.duty_changing import NewChange
from dispatch.errors import RotaRefused
from dispatch.models import DutyChange, Shift, ShiftPattern, Worker, WorkOrder
from dispatch.rota import ONE_DAY

A_PAGE, DAYS_OF_ALL, DAYS_OF_ONE = 50, 7, 28
MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class ChangeForm(forms.Form):
    """Leave, or duty beside the rota."""

    kind = forms.ChoiceField(label=gettext_lazy("What"), choices=DutyChange.Kind.choices)
    begins = forms.DateTimeField(label=gettext_lazy("From"), widget=MOMENT)
    ends = forms.DateTimeField(label=gettext_lazy("Until"), widget=MOMENT)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200, required=False)


class PlaceForm(forms.Form):
    """Hours by a pattern, or one shift every day."""

    pattern = forms.ModelChoiceField(
        ShiftPattern.objects.all(),
        label=gettext_lazy("Shift pattern"),
        required=False,
        empty_label=gettext_lazy("one shift every day"),
    )
    begins_on = forms.DateField(
        label=gettext_lazy("The cycle begins on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    shift = forms.ModelChoiceField(
        Shift.objects.all(), label=gettext_lazy("Shift"), empty_label=None
    )


@require_GET
@never_cache
@only(READING_ROTAS)
def page(request: HttpRequest) -> HttpResponse:
    """A week of everybody, by user name; `?q=` a part of a name or user name."""
    asked = request.GET.get("q", "").strip()[:40]
    seen = duty_changing.kept_by(user_of(request))
    if asked:
        seen = seen.filter(Q(user__name__contains=asked) | Q(user__username__startswith=asked))
    people = seen.select_related("user", "shift", "rota_place").order_by("user__username")
    found = Paginator(people, A_PAGE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    rows = duty.days_of(found, today, DAYS_OF_ALL)
    days = [today + n * ONE_DAY for n in range(DAYS_OF_ALL)]
    context = {"rows": rows, "days": days, "found": found, "q": asked}
    return render(request, "dispatch/rota.html", context)


@require_GET
@never_cache
@only(READING_ROTAS)
def one(request: HttpRequest, worker_id: int) -> HttpResponse:
    """Four weeks of one worker, what departs from their rota, and the two forms."""
    return shown(request, worker_of(request, worker_id))


def worker_of(request: HttpRequest, worker_id: int) -> Worker:
    seen = duty_changing.kept_by(user_of(request))
    return get_object_or_404(
        seen.select_related("user", "shift", "rota_place__pattern", "unit"), pk=worker_id
    )


def shown(
    request: HttpRequest,
    worker: Worker,
    *,
    change: ChangeForm | None = None,
    place: PlaceForm | None = None,
    status: int = 200,
) -> HttpResponse:
    [(_worker, days)] = duty.days_of([worker], timezone.localdate(), DAYS_OF_ONE)
    now = timezone.now()
    context: dict[str, Any] = {
        "worker": worker,
        "days": days,
        "changes": worker.duty_changes.filter(ends_at__gt=now).select_related("made_by"),
        "in_hand": worker.orders.filter(status__in=WorkOrder.SIGNED).count(),
        "keeps": user_of(request).role in KEEPING_ROTAS,
        "change": change or ChangeForm(),
        "place": place or PlaceForm(initial=place_now(worker)),
    }
    return render(request, "dispatch/rota_worker.html", context, status=status)


def place_now(worker: Worker) -> dict[str, Any]:
    stands = getattr(worker, "rota_place", None)
    given = {"pattern": stands.pattern_id, "begins_on": stands.begins_on} if stands else {}
    return {"shift": worker.shift_id, **given}


# --- What is set ----------------------------------------------------------------------------------


@require_POST
@only(KEEPING_ROTAS)
def note(request: HttpRequest, worker_id: int) -> HttpResponse:
    """Leave or extra duty."""
    worker, form = worker_of(request, worker_id), ChangeForm(request.POST)
    if form.is_valid():
        try:
            duty_changing.note(worker, NewChange(**form.cleaned_data), user_of(request))
        except RotaRefused as error:
            form.add_error(error.field, str(error))
        else:
            return told(request, worker, _("Noted."))
    return shown(request, worker, change=form, status=400)


@require_POST
@only(KEEPING_ROTAS)
def place(request: HttpRequest, worker_id: int) -> HttpResponse:
    """Which hours are whose."""
    worker, form = worker_of(request, worker_id), PlaceForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        pattern = said["pattern"].pk if said["pattern"] else ""
        try:
            duty_changing.place(
                worker, pattern=pattern, begins=said["begins_on"], shift=said["shift"].pk
            )
        except RotaRefused as error:
            form.add_error(error.field, str(error))
        else:
            return told(request, worker, _("Saved."))
    return shown(request, worker, place=form, status=400)


@require_POST
@only(KEEPING_ROTAS)
def remove(request: HttpRequest, worker_id: int, change_id: int) -> HttpResponse:
    """Take a change out, or end it now."""
    worker = worker_of(request, worker_id)
    try:
        duty_changing.remove(worker, change_id)
    except RotaRefused as error:
        messages.error(request, str(error))
        return redirect("rota-worker", worker.pk)
    return told(request, worker, _("Removed."))


def told(request: HttpRequest, worker: Worker, what: str) -> HttpResponse:
    messages.success(request, what)
    return redirect("rota-worker", worker.pk)
