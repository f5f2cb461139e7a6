"""Layers for staff: bounded, ordered, one statement each; and one incident in detail."""

import json
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET
from rest_framework.generics import RetrieveAPIView
from rest_framework_gis.serializers import GeoFeatureModelSerializer

from accounts.models import User
from accounts.roles import DISPATCHING, WATCHING
from dispatch.models import Worker
from districts.bbox import Box, parse_bbox
from districts.errors import MalformedBox
from incidents.models import Incident, Kind, Outbox, Status
from maps import layers, trails


class NotWatching(Exception):
    """The role is shown no layers."""


def watcher(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User) or user.role not in WATCHING:
        raise NotWatching
    return user


def box_of(request: HttpRequest) -> Box | None:
    given = request.GET.get("bbox", "")
    return parse_bbox(given) if given else None


def refused(field: str, message: str, status: int) -> HttpResponse:
    return JsonResponse({"errors": {field: [message]}}, status=status)


def answer(request: HttpRequest, build: Any) -> HttpResponse:
    try:
        text = build(watcher(request), box_of(request))
    except NotWatching:
        if not request.user.is_authenticated:
            return refused("detail", _("Log in first."), 401)
        return refused("detail", _("Your role is not shown the live map."), 403)
    except MalformedBox as error:
        return refused("bbox", error.reason, 400)
    except KeyError as error:
        return refused("status", _("There is no status %(status)s.") % {"status": error}, 400)
    return HttpResponse(text, content_type="application/geo+json")


@require_GET
@never_cache
@gzip_page
def incidents(request: HttpRequest) -> HttpResponse:
    """`?bbox=west,south,east,north&status=a,b`: what is open, or stands where asked.

    The header `Live-Cursor` says from which outbox row the stream goes on; it is read before the
    layer, so that nothing falls between the two.
    """
    words = [word for word in request.GET.get("status", "").split(",") if word]

    def build(user: User, box: Box | None) -> str:
        for word in words:
            if word not in Status.values:
                raise KeyError(word)
        found = Incident.objects.visible_to(user)
        found = found.filter(status__in=words) if words else found.open()
        return layers.collection(layers.incident_features(layers.in_box(found, "position", box)))

    with transaction.atomic():
        cursor = newest_outbox() if "cursor" in request.GET else None
        response = answer(request, build)
    if cursor is not None:
        response.headers["Live-Cursor"] = str(cursor)
    return response


def newest_outbox() -> int:
    return Outbox.objects.aggregate(newest=Max("id"))["newest"] or 0


@require_GET
@never_cache
@gzip_page
def workers(request: HttpRequest) -> HttpResponse:
    """`?bbox=`: community workers on shift."""

    def build(user: User, box: Box | None) -> str:
        found = Worker.objects.visible_to(user).filter(on_shift=True)
        return layers.collection(layers.worker_features(layers.in_box(found, "point", box)))

    return answer(request, build)


@require_GET
@never_cache
def trail(request: HttpRequest, username: str) -> HttpResponse:
    """`?minutes=` up to 480: the way of a worker who is on shift, for whoever sends workers."""
    user = request.user
    if not isinstance(user, User):
        return refused("detail", _("Log in first."), 401)
    if user.role not in DISPATCHING:
        return refused("detail", _("Your role is not shown the way of a worker."), 403)
    given = request.GET.get("minutes", str(trails.MINUTES))
    if not given.isdecimal() or not 1 <= int(given[:9]) <= trails.MOST_MINUTES:
        return refused("minutes", _("A number of minutes from 1 to 480, please."), 400)
    found = Worker.objects.visible_to(user).filter(on_shift=True, user__username=username)
    worker = found.select_related("user").first()
    if worker is None:
        return refused("worker", _("Nobody of this name is on shift."), 404)
    since = timezone.now() - timedelta(minutes=int(given))
    content = json.dumps(trails.trail(worker, since))
    return HttpResponse(content, content_type="application/geo+json")


class IncidentOut(GeoFeatureModelSerializer):
    def to_representation(self, instance: Incident) -> Any:
        # Where a report of wrongdoing points exactly, nobody is shown.
        if instance.kind == Kind.WRONGDOING:
            instance.position = None
        return super().to_representation(instance)  # type: ignore[no-untyped-call]

    class Meta:
        model = Incident
        geo_field = "position"
        id_field = "number"
        fields = (
            "number", "kind", "category", "status", "is_urgent", "division", "waiting", "outcome",
            "public_reply", "lead_unit", "created_at", "updated_at",
        )  # fmt: skip


class IncidentView(RetrieveAPIView[Incident]):
    """One incident as a GeoJSON feature, for those who may see it."""

    serializer_class = IncidentOut
    queryset = Incident.objects.none()
    lookup_field = "number"

    def get_queryset(self) -> Any:
        user = self.request.user
        return Incident.objects.visible_to(user) if isinstance(user, User) else self.queryset
