"""From what a sender wrote to `intake.NewReport`, each field checked once and named when wrong."""

import json
import math
from threading import local
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from districts.datums import Datum
from districts.errors import MalformedPosition
from districts.geojson import Fault, MalformedPoint, coordinates
from districts.locate import position, swap_hint
from incidents.intake import GivenPosition, NewReport
from incidents.models import Channel, Kind, Origin

PHONE = r"^\+?[0-9 ()-]{5,24}$"


class FiniteFloat(serializers.FloatField):
    """A float that is a number: no nan, no infinity, no `1e400`, no true."""

    default_error_messages = {"finite": _("A finite number is required.")}

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool):
            self.fail("invalid")
        number = super().to_internal_value(data)
        if not math.isfinite(number):
            self.fail("finite")
        return number


class Words(serializers.CharField):
    """Text that arrived whole: what was no UTF-8 cannot be read any more."""

    default_error_messages = {"lost": _("The text is not valid UTF-8.")}

    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        if "\ufffd" in text:
            self.fail("lost")
        return text


class Email(Words, serializers.EmailField):
    """An address that arrived whole."""


class PointField(serializers.Field[Any, Any, Any, Any]):
    """A GeoJSON point, as an object or, in a form, as its text."""

    default_error_messages = {
        Fault.SHAPE.name: _("A GeoJSON point is needed."),
        Fault.EMPTY.name: _("The point is empty."),
        Fault.DIMENSIONS.name: _("A point has two coordinates, longitude and latitude."),
        Fault.CRS.name: _("Only WGS-84 longitude and latitude are understood."),
    }

    def to_internal_value(self, data: Any) -> tuple[float, float]:
        """Longitude and latitude, WGS-84."""
        try:
            given = json.loads(data) if isinstance(data, str) else data
            lon, lat = coordinates(given)
            point = position(lon, lat)
        except MalformedPoint as error:
            self.fail(error.fault.name)
        except MalformedPosition as error:
            texts = [text for texts in error.errors.values() for text in texts]
            raise serializers.ValidationError(texts) from error
        except (ValueError, RecursionError):
            self.fail(Fault.SHAPE.name)
        return point.x, point.y

    def to_representation(self, value: Any) -> Any:
        return value


class _Kept(local):
    """The fields of each serializer, bound, by its class and the language of its messages."""

    def __init__(self) -> None:
        self.fields: dict[tuple[type, str | None], Any] = {}


_kept = _Kept()


class PlaceIn(serializers.Serializer[Any]):
    """A position by its numbers."""

    latitude = FiniteFloat(min_value=-90, max_value=90)
    longitude = FiniteFloat(min_value=-180, max_value=180)
    datum = serializers.ChoiceField([d.value for d in Datum], default=Datum.WGS84.value)
    accuracy_m = FiniteFloat(min_value=0, max_value=1_000_000, required=False, allow_null=True)

    @property
    def fields(self) -> Any:
        """Made once a thread: to copy them for each report cost a sixth of reading one.

        Not once for all: the messages of DRF's limits keep the words of whoever read them first,
        and two threads that read one at the same time could lose them.
        """
        key = (type(self), get_language())
        if key not in _kept.fields:
            # Of a serializer without data: a kept field keeps its parent.
            _kept.fields[key] = super(PlaceIn, type(self)()).fields
        return _kept.fields[key]

    def to_internal_value(self, data: Any) -> Any:
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError as error:
            ask_about_swap(data, error.detail)
            raise


def ask_about_swap(data: Any, errors: Any) -> None:
    if not (isinstance(errors, dict) and "latitude" in errors):
        return
    try:
        hint = swap_hint(float(data.get("longitude")), float(data.get("latitude")))
    except (TypeError, ValueError, OverflowError):
        return
    if hint:
        errors["latitude"].append(hint)


class ReportIn(PlaceIn):
    text = Words(
        max_length=5000, required=False, allow_blank=True, default="", trim_whitespace=True
    )
    kind = serializers.ChoiceField(Kind.choices)
    category = serializers.CharField(max_length=40)
    latitude = FiniteFloat(min_value=-90, max_value=90, required=False, allow_null=True)
    longitude = FiniteFloat(min_value=-180, max_value=180, required=False, allow_null=True)
    position = PointField(required=False, allow_null=True)
    position_origin = serializers.ChoiceField(
        [Origin.PIN.value, Origin.DEVICE.value, Origin.EXIF.value], default=Origin.PIN.value
    )
    address = Words(max_length=200, required=False, allow_blank=True, default="")
    contact_name = Words(max_length=60, required=False, allow_blank=True, default="")
    contact_phone = serializers.RegexField(
        PHONE,
        required=False,
        allow_blank=True,
        default="",
        error_messages={"invalid": _("Write a telephone number: digits, spaces, + and -.")},
    )
    contact_email = Email(max_length=254, required=False, allow_blank=True, default="")
    confidential = serializers.BooleanField(default=False)
    same_as = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        latitude, longitude = attrs.get("latitude"), attrs.get("longitude")
        if (latitude is None) != (longitude is None):
            missing = "latitude" if latitude is None else "longitude"
            raise serializers.ValidationError(
                {missing: [_("Both coordinates are needed, or none.")]}
            )
        if (point := attrs.pop("position", None)) is not None:
            if latitude is not None or attrs["datum"] != Datum.WGS84:
                raise serializers.ValidationError(
                    {"position": [_("Give the position once: as a point or by its numbers.")]}
                )
            attrs["longitude"], attrs["latitude"] = point
        return attrs

    def new_report(self, channel: Channel) -> NewReport:
        """The checked fields as intake wants them; call after `is_valid`."""
        given = dict(self.validated_data)
        origin = Origin(given.pop("position_origin"))
        latitude, longitude = given.pop("latitude", None), given.pop("longitude", None)
        datum, accuracy = Datum(given.pop("datum")), given.pop("accuracy_m", None)
        position = (
            GivenPosition(longitude, latitude, datum, accuracy, origin)
            if longitude is not None and latitude is not None
            else None
        )
        return NewReport(channel=channel, position=position, **given)


class DivisionOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    name_en = serializers.CharField()
    level = serializers.CharField()


class LocatedDivisionOut(DivisionOut):
    path = DivisionOut(many=True)


class PositionOut(serializers.Serializer[Any]):
    longitude = serializers.FloatField(help_text="WGS-84 degrees")
    latitude = serializers.FloatField(help_text="WGS-84 degrees")
    accuracy_m = serializers.FloatField(allow_null=True)
    origin = serializers.CharField()


class FiledOut(serializers.Serializer[Any]):
    number = serializers.CharField()
    tracking_code = serializers.CharField()
    status = serializers.CharField()
    division = LocatedDivisionOut(allow_null=True)
    position = PositionOut(allow_null=True)
    url = serializers.CharField()


class ErrorsOut(serializers.Serializer[Any]):
    errors = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))  # type: ignore[assignment]


class HistoryOut(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    step = serializers.CharField()
    status = serializers.CharField()


class TrackedOut(serializers.Serializer[Any]):
    number = serializers.CharField()
    status = serializers.CharField()
    category = serializers.CharField()
    division = DivisionOut(allow_null=True)
    created_at = serializers.DateTimeField()
    reply = serializers.CharField()
    outcome = serializers.CharField()
    history = HistoryOut(many=True)
    photos = serializers.ListField(child=serializers.CharField())
    videos = serializers.ListField(child=serializers.CharField())
