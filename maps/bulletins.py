"""The pages of the month's bulletin: the months, one of them, what is behind a figure."""

from datetime import date
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.desk import only, page_of, user_of
from accounts.roles import LOOKING_ON, OPENING_CASES, READING_BULLETINS, RESTATING
from dispatch.lists import to_show
from incidents.errors import Refused
from incidents.models import Incident
from maps import bulletin, edition, figures, paper, workbook
from maps.figures import Month
from maps.kept_counts import counted
from maps.models import Bulletin

SHOWN = 50
MOST_EDITIONS = 240
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TITLES = {
    "dispatched": gettext_lazy("Dispatched in the month"),
    "late": gettext_lazy("Due in the month, not closed on time"),
    "not_contacted": gettext_lazy("Not contacted on time"),
    "excluded": gettext_lazy("Due, but not counted"),
    "dissatisfied": gettext_lazy("Not solved or not satisfied"),
}


def month_of(name: str) -> Month:
    """The month of an address; 404 for none, and for one that has not begun."""
    try:
        month = Month.named(name)
    except ValueError:
        raise Http404 from None
    if month.first.year < 2000 or month.begins > timezone.now():
        raise Http404
    return month


def edition_of(request: HttpRequest, month: Month) -> Bulletin:
    """The newest, or `?edition=`; the running month's is counted now, and no edition."""
    every = Bulletin.objects.filter(month=month.first).select_related("made_by")
    asked = request.GET.get("edition", "")
    if asked:
        every = every.filter(edition=asked) if is_number(asked) else every.none()
    if found := every.first():
        return found
    if asked:
        raise Http404
    data, at = counted(f"bulletin {month}", partial(bulletin.count, month))
    return Bulletin(month=month.first, edition=0, data=data, made_at=at)


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 5


@require_GET
@never_cache
@only(READING_BULLETINS)
def months(request: HttpRequest) -> HttpResponse:
    """The running month and every frozen one, newest first, by the province's figures."""
    newest: dict[date, tuple[int, dict[str, Any]]] = {}
    # The totals alone: a month's counties and departments are many times as long.
    kept_totals = Bulletin.objects.values_list("month", "edition", "data__total")
    for month, number, total in kept_totals[:MOST_EDITIONS]:
        newest.setdefault(month, (number, total))
    running = Month.of(timezone.now())
    kept = [(str(Month(m)), number, edition.Line(row)) for m, (number, row) in newest.items()]
    return render(
        request,
        "maps/bulletins.html",
        {
            "running": str(running),
            "months": kept,
            "compares_places": user_of(request).role in LOOKING_ON,
        },
    )


@require_GET
@never_cache
@only(READING_BULLETINS)
def show(request: HttpRequest, month: str) -> HttpResponse:
    """One month: the province, its counties, its departments; printable."""
    chosen = month_of(month)
    return page(request, chosen, edition_of(request, chosen))


def page(
    request: HttpRequest, chosen: Month, found: Bulletin, *, status: int = 200, error: str = ""
) -> HttpResponse:
    context = edition.told(chosen, found) | {
        "editions": Bulletin.objects.filter(month=chosen.first).defer("data"),
        "may_restate": user_of(request).role in RESTATING,
        "may_open": user_of(request).role in OPENING_CASES,
        "figures": TITLES,
        "error": error,
        "given": request.POST.get("reason", ""),
    }
    return render(request, "maps/bulletin.html", context, status=status)


@require_GET
@never_cache
@only(READING_BULLETINS)
def sheet(request: HttpRequest, month: str) -> HttpResponse:
    """The same as a workbook."""
    chosen = month_of(month)
    found = edition_of(request, chosen)
    answer = HttpResponse(workbook.of(chosen, found), content_type=XLSX)
    name = file_name(chosen, found)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return answer


@require_GET
@never_cache
@only(READING_BULLETINS)
def paper_of(request: HttpRequest, month: str) -> HttpResponse:
    """The same on paper, as PDF."""
    chosen = month_of(month)
    found = edition_of(request, chosen)
    try:
        drawn = paper.pdf(chosen, found)
    except paper.NoFont:
        messages.error(request, _("There is no font for the PDF here; please tell the operators."))
        return redirect("bulletin", str(chosen))
    answer = HttpResponse(drawn, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{file_name(chosen, found)}.pdf"'
    return answer


def file_name(chosen: Month, found: Bulletin) -> str:
    return f"bulletin-{chosen}-{found.edition or 'preliminary'}"


@require_POST
@only(RESTATING)
def restate(request: HttpRequest, month: str) -> HttpResponse:
    """Count a frozen month again; the former edition stays."""
    chosen = month_of(month)
    try:
        made = bulletin.restate(chosen, user_of(request), request.POST.get("reason", ""))
    except Refused as error:
        found = edition_of(request, chosen)
        return page(request, chosen, found, status=error.status, error=str(error.message))
    messages.success(request, _("Edition %(n)s is made.") % {"n": made.edition})
    return redirect("bulletin", str(chosen))


@require_GET
@never_cache
@only(READING_BULLETINS & OPENING_CASES)
def behind(request: HttpRequest, month: str, figure: str) -> HttpResponse:
    """The incidents behind a figure as they stand today, as far as this person sees them."""
    chosen = month_of(month)
    if figure not in TITLES:
        raise Http404
    seen = Incident.objects.visible_to(user_of(request)) & figures.counted()
    found = seen.filter(where(figure, chosen), of_place(request)).order_by("-id")
    start = (page_of(request) - 1) * SHOWN
    numbers = list(found.values_list("pk", flat=True)[start : start + SHOWN + 1])
    rows = sorted(to_show(numbers[:SHOWN]), key=lambda each: -each.pk)
    context = {
        "month": chosen,
        "title": TITLES[figure],
        "figure": figure,
        "rows": rows,
        "more": len(numbers) > SHOWN,
        "page": page_of(request),
        "county": request.GET.get("county", ""),
        "unit": request.GET.get("unit", ""),
    }
    return render(request, "maps/behind.html", context)


def where(figure: str, month: Month) -> Q:
    if figure == "dissatisfied":
        return Q(pk__in=figures.dissatisfied(month))
    return figures.SHOWN[figure](month)


def of_place(request: HttpRequest) -> Q:
    """`?county=` and `?unit=`, by code."""
    asked = Q()
    if county := request.GET.get("county"):
        asked &= Q(division__county=county)
    if unit := request.GET.get("unit"):
        asked &= Q(lead_unit__code=unit)
    return asked
