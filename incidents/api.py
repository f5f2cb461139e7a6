"""The contract for outsiders: file a report, follow it, choose a category, look for neighbours."""

from hashlib import sha256
from typing import Any

from django.contrib.gis.geos import Point
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiKey, User
from districts.datums import Datum
from districts.errors import MalformedPosition
from districts.locate import position
from districts.models import Level
from incidents.errors import Refused
from incidents.intake import Filed, Sender, file_report
from incidents.lifecycle import Step
from incidents.media import sealed_from
from incidents.models import Category, Channel, Incident, Media, Original, Report
from incidents.serializers import ErrorsOut, FiledOut, ReportIn, TrackedOut
from incidents.throttle import ReportThrottle
from incidents.uploads import Incoming, is_cut

# What the public history tells; the worker's declining or missing an offer is our own affair.
PUBLIC_STEPS = (
    Step.REGISTER,
    Step.IMPORT,
    Step.TRIAGE,
    Step.ACCEPT,
    Step.DISPATCH,
    Step.SIGN,
    Step.EN_ROUTE,
    Step.ARRIVE,
    Step.CONTACT,
    Step.APPROVE_EXTENSION,
    Step.APPROVE_PAUSE,
    Step.RESUME,
    Step.REPLY,
    Step.REWORK,
    Step.REVIEW,
    Step.REVIEW_REWORK,
    Step.REVIEW_CLOSE,
    Step.CLOSE,
    Step.REOPEN,
    Step.ANSWER,
    Step.REFUSE,
    Step.TRANSFER,
    Step.ALARM,
    Step.WITHDRAW,
)
# The page sends its token along; media are files of a form.
KNOWN = frozenset(ReportIn().fields) | {"media", "csrfmiddlewaretoken"}
ERRORS = OpenApiResponse(ErrorsOut, description="`{errors: {field: [sentence, ...]}}`")


class ReportsView(APIView):
    """File a report: JSON, or multipart with photos and videos under `media` (repeated)."""

    permission_classes = [AllowAny]
    throttle_classes = [ReportThrottle]

    @extend_schema(
        summary="File a report",
        request={"application/json": ReportIn, "multipart/form-data": ReportIn},
        parameters=[OpenApiParameter("Idempotency-Key", OpenApiTypes.STR, "header")],
        responses={201: FiledOut, **dict.fromkeys((400, 409, 413, 415, 422, 429), ERRORS)},
    )
    def post(self, request: Request) -> Response:
        given = only_known(as_object(request.data))
        if is_cut(request._request):
            raise Refused("body", _("The request was cut off."))
        fields = ReportIn(data=given)
        fields.is_valid(raise_exception=True)
        new, key = fields.new_report(channel_of(request)), key_of(request)
        with sealed_from(request.FILES.getlist("media")) as media:
            filed = file_report(new, sender=sender_of(request), media=media, key=key)
        return Response(filed.answer, status=201, headers=replay_header(filed))


def as_object(data: Any) -> Any:
    if not hasattr(data, "keys"):
        raise Refused("body", _("A JSON object is required."))
    return data


def only_known(data: Any) -> Any:
    """A field we would not read, such as `lat` for `latitude`, would be lost without a word."""
    for field in data:
        if field not in KNOWN:
            raise Refused(str(field)[:60], _("There is no such field."))
    files = data.getlist("media") if hasattr(data, "getlist") else [data.get("media", Incoming)]
    if any(each is not Incoming and not isinstance(each, Incoming) for each in files):
        raise Refused("media", _("Send photos and videos as files of a form."))
    return data


def channel_of(request: Request) -> Channel:
    return Channel.API if isinstance(request.auth, ApiKey) else Channel.WEB


def sender_of(request: Request) -> Sender:
    return Sender(request.user if isinstance(request.user, User) else None)


def key_of(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > 120 or not key.isprintable():
        raise Refused("Idempotency-Key", _("At most 120 printable characters."))
    return key


def replay_header(filed: Filed) -> dict[str, str]:
    return {"Idempotency-Replayed": "true"} if filed.replayed else {}


class TrackView(APIView):
    """Public status and history of one report; no personal data."""

    permission_classes = [AllowAny]

    @extend_schema(summary="Follow a report", responses={200: TrackedOut, 404: ERRORS})
    def get(self, request: Request, tracking_code: str) -> Response:
        report = (
            Report.objects.select_related("incident__category", "incident__division")
            .filter(tracking_code=tracking_code)
            .first()
        )
        if report is None:
            raise NotFound(_("No report has this tracking code."))
        return Response(tracked(report), headers={"Cache-Control": "private, no-store"})


def tracked(report: Report) -> dict[str, Any]:
    incident = report.incident
    division = incident.division
    return {
        "number": report.number,
        "status": incident.status,
        "category": incident.category_id,
        "division": division
        and {
            "code": division.code,
            "name": division.name,
            "name_en": division.name_en,
            "level": Level(division.level).word,
        },
        "created_at": report.created_at,
        "reply": incident.told_reply,
        "outcome": incident.outcome if incident.told_reply else "",
        "history": public_history(report),
        "photos": shown_of(report, "display"),
        "videos": shown_of(report, "video"),
    }


def shown_of(report: Report, copy: str) -> list[str]:
    """The addresses of this copy of each file; a video's `display` is its first picture."""
    code = report.tracking_code
    return [
        reverse("tracked-media", args=[code, media.uid, copy])
        for media in media_of(report)
        if copy != "video" or media.original.is_video
    ]


def public_history(report: Report) -> list[dict[str, Any]]:
    """What happened to the incident of this report, oldest first, without people."""
    events = report.incident.events.filter(step__in=PUBLIC_STEPS)
    return [{"at": e.at, "step": e.step, "status": e.to_status} for e in events]


def media_of(report: Report) -> list[Media]:
    """Own photos and videos and those taken after the work, as far as they can be shown."""
    ready = Media.objects.with_original().filter(
        incident=report.incident, original__state=Original.State.READY
    )
    return [
        media
        for media in ready
        if media.report_id == report.pk or media.stage == Media.Stage.AFTER_WORK
    ]


@require_GET
def categories(request: HttpRequest) -> HttpResponse:
    """`GET /api/categories`: the fields with their categories, in one statement, with an ETag."""
    fields: dict[str, dict[str, Any]] = {}
    for category in Category.objects.in_use():
        parent = category.field
        fields.setdefault(
            parent.code,
            {**names(parent), "number": parent.number, "icon": parent.icon, "categories": []},
        )["categories"].append({**names(category), "urgent": category.is_urgent})
    answer = JsonResponse({"fields": list(fields.values())})
    etag = f'"{sha256(answer.content).hexdigest()[:20]}"'
    if request.headers.get("If-None-Match") == etag:
        answer = JsonResponse({}, status=304)
        answer.content = b""
    answer.headers["ETag"] = etag
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


def names(thing: Any) -> dict[str, str]:
    return {"code": thing.code, "name_zh": thing.name_zh, "name_en": thing.name_en}


@require_GET
def nearby(request: HttpRequest) -> HttpResponse:
    """`GET /api/reports/nearby?lat=&lon=&datum=&category=`: open incidents that could be the same.

    Only what a stranger may know: category, distance rounded up to 10 m, age and status.
    """
    try:
        point = point_of(request)
    except MalformedPosition as error:
        return JsonResponse({"errors": error.errors}, status=400)
    found = Incident.objects.joinable().near(point).select_related("category")
    if category := request.GET.get("category"):
        found = found.filter(category_id=category)
    return JsonResponse({"incidents": [neighbour(incident) for incident in found[:5]]})


def point_of(request: HttpRequest) -> Point:
    given = request.GET
    return position(given.get("lon"), given.get("lat"), given.get("datum", Datum.WGS84))


def neighbour(incident: Any) -> dict[str, Any]:
    return {
        "number": incident.number,
        "category": names(incident.category),
        "status": incident.status,
        "status_name": incident.get_status_display(),
        "away_m": int(-(-incident.away.m // 10) * 10),
        "created_at": incident.created_at,
    }
