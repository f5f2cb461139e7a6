"""The citizen's pages: report, and follow what became of it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from incidents import rating
from incidents.api import media_of, public_history
from incidents.lifecycle import Status as Stand
from incidents.models import CallBack, Category, Incident, Kind, Report, Status
from incidents.standing import standing


@require_GET
def report(request: HttpRequest) -> HttpResponse:
    """The first page: photo, place, category, words, send."""
    return render(
        request,
        "incidents/report.html",
        {"categories": Category.objects.in_use(), "kinds": Kind.choices},
    )


@require_GET
@never_cache
def track(request: HttpRequest, tracking_code: str) -> HttpResponse:
    """One report's public page; it reads itself again every few seconds."""
    return followed(request, tracking_code)


def followed(
    request: HttpRequest, tracking_code: str, *, status: int = 200, error: str = ""
) -> HttpResponse:
    """The page, also with what was wrong with the reason given for a withdrawal."""
    found = get_object_or_404(
        Report.objects.select_related("incident__category__field", "incident__division"),
        tracking_code=tracking_code,
    )
    return render(
        request,
        "incidents/track.html",
        {
            "report": found,
            "incident": found.incident,
            "stages": stages(found.incident),
            "history": public_history(found),
            "media": media_of(found),
            "standing": standing(found),
            "waits_for_rating": call_back_of(found) is not None,
            "error": error,
            "given": request.POST.get("reason", ""),
        },
        status=status,
    )


@require_GET
@never_cache
def rate(request: HttpRequest, tracking_code: str) -> HttpResponse:
    """From the tracking page to the citizen's own link, which is signed anew each time."""
    found = get_object_or_404(Report, tracking_code=tracking_code)
    call_back = call_back_of(found)
    return redirect(rating.link(call_back) if call_back else reverse("track", args=[tracking_code]))


def call_back_of(report: Report) -> CallBack | None:
    """The one this citizen may answer now."""
    return report.call_backs.filter(result=CallBack.Result.WAITING).first()


def stages(incident: Incident) -> list[dict[str, str | bool]]:
    """The way most incidents go, and how far this one is."""
    way = [Stand.REGISTERED, Stand.DISPATCHED, Stand.IN_PROGRESS, Stand.REPLIED, Stand.CLOSED]
    at = {Stand.TRIAGE: 0, Stand.ACCEPTED: 0, Stand.CALL_BACK: 3, Stand.ARCHIVED: 4}
    status = Stand(incident.status)
    reached = way.index(status) if status in way else at.get(status, -1)
    return [
        {"status": step, "name": str(Status(step).label), "done": n <= reached, "now": n == reached}
        for n, step in enumerate(way)
    ]


@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """From a typed tracking code to its page."""
    code = request.GET.get("code", "").strip().upper().replace(" ", "").replace("-", "")
    if code and Report.objects.filter(tracking_code=code).exists():
        return redirect("track", code)
    return render(request, "incidents/find.html", {"code": code}, status=404 if code else 200)
