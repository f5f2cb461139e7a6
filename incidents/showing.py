"""Photos and videos for those who may see them, and sealed originals for who says why."""

import re
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from accounts.roles import OPENING_ORIGINALS
from accounts.scope import Scope
from incidents.media import SHOWN_AS, name_of
from incidents.models import Incident, Kind, Media, Opening, Report

Answer = StreamingHttpResponse  # FileResponse is one
CHUNK = 256 * 1024
KEPT = "private, max-age=86400, immutable"
ONE_RANGE = re.compile(r"^bytes=(\d{0,18})-(\d{0,18})$")
# Whatever a browser makes of the bytes, nothing in them runs.
INERT = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; "
    "img-src 'self'; sandbox",
}


@require_GET
def tracked(request: HttpRequest, tracking_code: str, uid: UUID, copy: str) -> Answer:
    """For whoever holds the tracking code: own files, and what was taken after the work."""
    found = get_object_or_404(Report, tracking_code=tracking_code)
    media = get_object_or_404(Media.objects.with_original(), uid=uid, incident=found.incident_id)
    if media.report_id != found.pk and media.stage != Media.Stage.AFTER_WORK:
        raise Http404
    return shown(request, media, copy)


@require_GET
@login_required
def for_staff(request: HttpRequest, uid: UUID, copy: str) -> Answer:
    """Who may not see the incident may not see its photos."""
    # Whoever uses this browser next may not be one who may see it.
    return shown(request, visible(request, uid), copy, cache="private, no-store")


def visible(request: HttpRequest, uid: UUID) -> Media:
    assert isinstance(request.user, User)
    incidents = Incident.objects.visible_to(request.user)
    return get_object_or_404(Media.objects.with_original(), uid=uid, incident__in=incidents)


def shown(request: HttpRequest, media: Media, copy: str, *, cache: str = KEPT) -> Answer:
    """A copy made by us; the sealed original has no address of its own here."""
    if copy not in SHOWN_AS or not media.original.is_ready:
        raise Http404
    if copy == "video" and not media.original.is_video:
        raise Http404
    try:
        file = default_storage.open(name_of(media.original.uid, copy))
    except FileNotFoundError as error:
        raise Http404 from error
    answer = ranged(request, file) if copy == "video" else FileResponse(file)
    return inert(answer, SHOWN_AS[copy], cache)


def inert(answer: Answer, content_type: str, cache: str) -> Answer:
    for name, value in INERT.items():
        answer.headers[name] = value
    answer.headers["Content-Type"] = content_type
    answer.headers["Cache-Control"] = cache
    return answer


def ranged(request: HttpRequest, file: Any) -> Answer:
    """Players skip by asking for a part; one part is served, several are answered with all."""
    asked = ONE_RANGE.match(request.headers.get("Range", ""))
    if asked is None or not any(asked.groups()):
        whole = FileResponse(file)
        whole.headers["Accept-Ranges"] = "bytes"
        return whole
    first, last = bounds(*asked.groups(), size=file.size)
    if first > last:
        file.close()
        nothing = StreamingHttpResponse(status=416)
        nothing.headers["Content-Range"] = f"bytes */{file.size}"
        return nothing
    part = StreamingHttpResponse(part_of(file, first, last), status=206)
    part.headers["Accept-Ranges"] = "bytes"
    part.headers["Content-Range"] = f"bytes {first}-{last}/{file.size}"
    part.headers["Content-Length"] = str(last - first + 1)
    return part


def bounds(first: str, last: str, *, size: int) -> tuple[int, int]:
    """The first and the last byte asked for; `-500` means the last 500."""
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


def part_of(file: Any, first: int, last: int) -> Any:
    with file:
        file.seek(first)
        left = last - first + 1
        while left > 0 and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk


# --- Sealed originals ---------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def original(request: HttpRequest, uid: UUID) -> HttpResponseBase:
    """Ask why, write it down, and only then hand the file out, never for the browser to show."""
    assert isinstance(request.user, User)
    if request.user.role not in OPENING_ORIGINALS:
        raise PermissionDenied
    media = visible(request, uid)
    if is_guarded(media.incident) and Scope.of(request.user).prefix != "":
        raise PermissionDenied
    reason = request.POST.get("reason", "").strip()[:200]
    if not reason:
        context = {"media": media, "missing": request.method == "POST"}
        return render(
            request,
            "incidents/original.html",
            context | {"openings": media.openings.select_related("user")},
            status=400 if context["missing"] else 200,
        )
    try:
        file = default_storage.open(name_of(media.original.uid, "original"))
    except FileNotFoundError as error:
        raise Http404(_("The original is not in the storage any more.")) from error
    Opening.objects.create(media=media, user=request.user, reason=reason)
    answer = FileResponse(file, as_attachment=True, filename=f"{media.uid}.bin")
    return inert(answer, "application/octet-stream", "private, no-store")


def is_guarded(incident: Incident) -> bool:
    """Its original says who was where: only the province opens it, nobody near whom it is about."""
    return incident.is_confidential or incident.kind == Kind.WRONGDOING
