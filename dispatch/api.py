"""Where the worker's phone says it is."""

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dispatch.errors import OffShift
from dispatch.models import Worker
from dispatch.workforce import move_worker
from districts.locate import position
from incidents.serializers import ErrorsOut, PlaceIn


class PositionView(APIView):
    """A worker on shift shares the phone's position; 409 off shift."""

    @extend_schema(
        summary="Share a worker's position",
        request=PlaceIn,
        responses={204: None, 409: ErrorsOut},
    )
    def post(self, request: Request) -> Response:
        worker = Worker.objects.filter(user_id=request.user.pk or 0).first()
        if worker is None:
            raise PermissionDenied
        fields = PlaceIn(data=request.data)
        fields.is_valid(raise_exception=True)
        given = fields.validated_data
        point = position(given["longitude"], given["latitude"], given["datum"])
        try:
            move_worker(worker, point, given.get("accuracy_m"))
        except OffShift as error:
            return Response({"errors": {"shift": [str(error)]}}, status=409)
        return Response(status=204)
