"""`POST /api/messages`: an SMS or chat gateway brings what a citizen wrote (docs/gateways.md)."""

import re
from base64 import b64decode
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from incidents import message_intake
from incidents.api import as_object
from incidents.errors import NoRoom, Refused
from incidents.gateway_messages import SMS
from incidents.gateways import signer
from incidents.serializers import PHONE, ErrorsOut, PlaceIn, Words

MOST_FILES = 3
# Clocks of two machines differ by so much at most.
CLOCKS_DIFFER = timedelta(minutes=5)


class NotItsOwn(Refused):
    """Signed by another gateway: set up wrong, and no fault of the message."""

    status = 403


class GatewaySignature(BaseAuthentication):
    """The body signed with the secret of one gateway; checked before anything reads it."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, str]:
        stamp = request.headers.get("Hotline-Timestamp", "")
        name = signer(stamp, request.headers.get("Hotline-Signature", ""), request.body)
        if not name:
            raise AuthenticationFailed(_("No gateway signed this in the last five minutes."))
        return AnonymousUser(), name

    def authenticate_header(self, request: Request) -> str:
        return "Hotline-Signature"


class GatewaySignatureScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = GatewaySignature
    name = "GatewaySignature"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Hotline-Signature",
            "description": "HMAC-SHA256 over Hotline-Timestamp, a full stop and the body.",
        }


class IsGateway(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.auth, str) and bool(request.auth)


class Base64(serializers.CharField):
    """The bytes of a file, as text; kept as text."""

    default_error_messages = {"base64": gettext_lazy("This is not base64.")}

    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        try:
            b64decode(text, validate=True)
        except ValueError:
            self.fail("base64")
        return text


class FileIn(serializers.Serializer[Any]):
    name = Words(max_length=80, required=False, allow_blank=True, default="")
    content_type = Words(max_length=80, required=False, allow_blank=True, default="")
    content = Base64(help_text="base64; nothing is ever fetched from an address")


class MessageIn(serializers.Serializer[Any]):
    id = Words(max_length=120, help_text="the gateway's own; told twice, it counts once")
    channel = serializers.ChoiceField([SMS, "chat"])
    gateway = serializers.CharField(max_length=40)
    text = Words(max_length=5000, required=False, allow_blank=True, default="")
    at = serializers.DateTimeField(required=False, help_text="now where it is left out")
    media = serializers.ListField(child=FileIn(), max_length=MOST_FILES, required=False)
    place = PlaceIn(required=False, allow_null=True)

    def get_fields(self) -> Any:
        """`from` is a word of Python's own."""
        return super().get_fields() | {"from": Words(max_length=120)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["channel"] == SMS and not re.match(PHONE, attrs["from"]):
            raise serializers.ValidationError(
                {"from": [_("Write a telephone number: digits, spaces, + and -.")]}
            )
        if not (attrs["text"].strip() or attrs.get("media") or attrs.get("place")):
            raise serializers.ValidationError({"text": [_("The message says nothing.")]})
        if attrs.get("at") and attrs["at"] > timezone.now() + CLOCKS_DIFFER:
            raise serializers.ValidationError({"at": [_("This time lies in the future.")]})
        return attrs


class TakenOut(serializers.Serializer[Any]):
    result = serializers.ChoiceField(["survey", "wish", "added", "filed", "waiting"])
    number = serializers.CharField(required=False, help_text="of the report, where there is one")
    reply = serializers.CharField(required=False, help_text="what may be sent back to the sender")


class MessagesView(APIView):
    """Safe to repeat: a message is told apart by its gateway's `id`."""

    authentication_classes = [GatewaySignature]
    permission_classes = [IsGateway]
    parser_classes = [JSONParser]

    @extend_schema(
        summary="Bring a message",
        request=MessageIn,
        responses={200: TakenOut, **dict.fromkeys((400, 401, 403, 409, 429, 503), ErrorsOut)},
    )
    def post(self, request: Request) -> Response:
        given = checked(request)
        raw, at = request.body, given.get("at") or timezone.now()
        try:
            taken = message_intake.take(raw, given, at)
        except (OSError, DatabaseError) as error:
            raise NoRoom("body") from error
        told = {"result": taken.result, "number": taken.number, "reply": taken.reply}
        return Response({name: value for name, value in told.items() if value})


def checked(request: Request) -> dict[str, Any]:
    """The fields of the body. Raises Refused or ValidationError, naming the field."""
    given = as_object(request.data)
    fields = MessageIn(data=given)
    for name in given:
        if name not in fields.fields:
            raise Refused(str(name)[:60], _("There is no such field."))
    fields.is_valid(raise_exception=True)
    if fields.validated_data["gateway"] != request.auth:
        raise NotItsOwn("gateway", _("This gateway has not signed the message."))
    return dict(fields.validated_data)
