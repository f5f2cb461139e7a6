"""`POST /api/contacts`: the telephone system announces calls offered, answered and ended."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiKey, User
from accounts.roles import ANSWERING
from districts.models import Division
from incidents import recordings
from incidents.api import as_object
from incidents.contacts import Announcement, announce
from incidents.errors import Refused
from incidents.models import Contact
from incidents.serializers import PHONE, ErrorsOut, Words
from incidents.throttle import CallThrottle


class AnnouncesCalls(BasePermission):
    """A telephone system with its key; no person's log-in, and no key given for reports."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.auth, ApiKey) and request.auth.announces_calls


class AnnouncementIn(serializers.Serializer[Any]):
    call_id = Words(max_length=80)
    event = serializers.ChoiceField(["offered", "answered", "ended"])
    at = serializers.DateTimeField(required=False, help_text="now where it is left out")
    caller = serializers.RegexField(PHONE, required=False, allow_blank=True, default="")
    direction = serializers.ChoiceField(Contact.Direction.choices, default=Contact.Direction.IN)
    operator = Words(required=False, allow_blank=True, default="", max_length=150)
    division = serializers.CharField(required=False, allow_blank=True, default="", max_length=15)
    recording = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=500,
        help_text="with `ended`: https, on a host of HOTLINE_RECORDING_HOSTS",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["recording"] and attrs["event"] != "ended":
            text = _("A recording is told when the call has ended.")
            raise serializers.ValidationError({"recording": [text]})
        return attrs


class AnnouncedOut(serializers.Serializer[Any]):
    contact = serializers.UUIDField()
    result = serializers.CharField()


class ContactsView(APIView):
    """Safe to repeat: a call is told apart by `call_id`, and each of its times is kept once."""

    permission_classes = [AnnouncesCalls]
    throttle_classes = [CallThrottle]

    @extend_schema(
        summary="Announce a call",
        request=AnnouncementIn,
        responses={200: AnnouncedOut, **dict.fromkeys((400, 403, 429), ErrorsOut)},
    )
    def post(self, request: Request) -> Response:
        given = as_object(request.data)
        for name in given:
            if name not in AnnouncementIn().fields:
                raise Refused(str(name)[:60], _("There is no such field."))
        fields = AnnouncementIn(data=given)
        fields.is_valid(raise_exception=True)
        contact = announce(announcement_of(fields.validated_data))
        return Response({"contact": contact.uid, "result": contact.result})


def announcement_of(given: dict[str, Any]) -> Announcement:
    return Announcement(
        call_id=given["call_id"],
        event=given["event"],
        at=given.get("at") or timezone.now(),
        caller=given["caller"],
        direction=given["direction"],
        operator=operator_of(given["operator"]),
        division=division_of(given["division"]),
        recording=recordings.checked(given["recording"]) if given["recording"] else "",
    )


def operator_of(username: str) -> User | None:
    if not username:
        return None
    found = User.objects.filter(username=username, role__in=ANSWERING, is_active=True)
    if (operator := found.select_related("division").first()) is None:
        raise Refused("operator", _("No operator has this name."))
    return operator


def division_of(code: str) -> Division | None:
    if not code:
        return None
    if (division := Division.objects.filter(code=code).first()) is None:
        raise Refused("division", _("No division has this code."))
    return division
