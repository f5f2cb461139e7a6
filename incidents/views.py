"""The citizen's pages: report, follow; and photos for those who may see them."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.models import User
from incidents.api import photos_of, public_history
from incidents.lifecycle import Status as Stand
from incidents.media import path_of
from incidents.models import Category, Incident, Kind, Media, Report, Status

COPIES = ("display", "thumb")


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
    """One report's public page; it asks the API again every few seconds."""
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
            "photos": photos_of(found),
        },
    )


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


@require_GET
def tracked_photo(request: HttpRequest, tracking_code: str, uid: UUID, copy: str) -> FileResponse:
    found = get_object_or_404(Report, tracking_code=tracking_code)
    media = get_object_or_404(Media, uid=uid, incident=found.incident_id)
    if media.report_id != found.pk and media.stage != Media.Stage.AFTER_WORK:
        raise Http404
    return photo_file(media, copy)


@require_GET
@login_required
def photo(request: HttpRequest, uid: UUID, copy: str) -> FileResponse:
    """A photo for staff; who may not see the incident may not see its photos."""
    assert isinstance(request.user, User)
    visible = Incident.objects.visible_to(request.user)
    return photo_file(get_object_or_404(Media, uid=uid, incident__in=visible), copy)


def photo_file(media: Media, copy: str) -> FileResponse:
    """The re-encoded copy only; the sealed original has no address."""
    if copy not in COPIES or media.state != Media.State.READY:
        raise Http404
    path = path_of(media.uid, copy)
    if not path.is_file():
        raise Http404
    answer = FileResponse(path.open("rb"), content_type="image/jpeg")
    answer.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return answer
