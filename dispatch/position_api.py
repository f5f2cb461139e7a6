"""`POST /api/positions`: many points at once, of a worker's own phone or of a fleet's gateway."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiKey
from dispatch.models import Worker
from dispatch.positions import Sighting, take
from districts.locate import position
from incidents.api import as_object
from incidents.errors import Refused
from incidents.serializers import ErrorsOut, PlaceIn

MOST = 500
# Clocks of phones err a little; what was kept longer without signal tells nobody where to look.
AHEAD, OLDEST = timedelta(seconds=60), timedelta(minutes=10)


class PointIn(PlaceIn):
    """A position, whose, and when it was measured."""

    worker = serializers.CharField(
        required=False, default="", max_length=150, help_text="user name; a gateway must give it"
    )
    at = serializers.DateTimeField(required=False, help_text="now where it is left out")


class PointsIn(serializers.Serializer[Any]):
    points = PointIn(many=True, allow_empty=False, max_length=MOST)  # type: ignore[call-arg]


class PointsOut(serializers.Serializer[Any]):
    taken = serializers.IntegerField()
    off_shift = serializers.IntegerField(help_text="not taken: their way is nobody's affair")
    old = serializers.IntegerField(help_text="measured more than ten minutes ago, not taken")
    unknown = serializers.ListField(child=serializers.CharField())


class PositionsView(APIView):
    """Safe to repeat: the newest of each worker counts."""

    @extend_schema(
        summary="Share many positions",
        request=PointsIn,
        responses={200: PointsOut, **dict.fromkeys((400, 403), ErrorsOut)},
    )
    def post(self, request: Request) -> Response:
        own = worker_of(request)
        fields = PointsIn(data=as_object(request.data))
        fields.is_valid(raise_exception=True)
        points = fields.validated_data["points"]
        known = {own.user.username: own.pk, "": own.pk} if own else workers_named(points)
        if not own and any(not each["worker"] for each in points):
            raise Refused("worker", _("Say whose position each point is."))
        unknown = sorted({each["worker"] for each in points} - set(known))
        now = timezone.now()
        mine = [each for each in points if each["worker"] in known]
        seen = [sighting(known[each["worker"]], each, now) for each in mine]
        fresh = [each for each in seen if each.at > now - OLDEST]
        taken = take(fresh)
        answer = {"off_shift": len(fresh) - taken, "old": len(seen) - len(fresh)}
        return Response({"taken": taken, **answer, "unknown": unknown})


def worker_of(request: Request) -> Worker | None:
    """Whose phone it is; None for a gateway. Raises PermissionDenied for everybody else."""
    if isinstance(request.auth, ApiKey):
        if not request.auth.moves_workers:
            raise PermissionDenied
        return None
    own = Worker.objects.select_related("user").filter(user_id=request.user.pk or 0).first()
    if own is None:
        raise PermissionDenied
    return own


def workers_named(points: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    names = {each["worker"] for each in points if each["worker"]}
    found = Worker.objects.filter(user__username__in=names)
    return dict(found.values_list("user__username", "pk"))


def sighting(worker_id: int, given: Mapping[str, Any], now: datetime) -> Sighting:
    point = position(given["longitude"], given["latitude"], given["datum"])
    at = given.get("at") or now
    if at > now + AHEAD:
        raise Refused("at", _("It lies in the future."))
    return Sighting(worker_id, point, min(at, now), given.get("accuracy_m"))
