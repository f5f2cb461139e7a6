"""The dispatch catalogue, shifts and workers for the administrator; no work order, no position."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.gis.geos import Point
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk import user_of
from accounts.history import TrackedAdmin
from accounts.models import User
from accounts.roles import Role
from accounts.site import DeskAdmin
from dispatch import editions
from dispatch.catalogue import codes_above
from dispatch.models import Rule, Shift, ShiftPattern, Worker
from districts.models import Boundary, Division, Jurisdiction


@admin.register(Rule)
class RuleAdmin(TrackedAdmin[Rule]):
    fields = (
        *("field", "category", "division", "jurisdiction", "hours", "is_owner"),
        *("unit", "cooperating", "legal_basis"),
    )
    list_display = (
        *("__str__", "division", "jurisdiction", "field", "category", "hours", "unit"),
        *("legal_basis", "valid_from", "valid_to"),
    )
    list_select_related = ("division", "jurisdiction", "field", "category", "unit")
    list_filter = ("field",)
    search_fields = ("division__code", "division__name", "unit__code", "unit__name")
    autocomplete_fields = ("division", "jurisdiction", "unit", "category", "cooperating")

    def save_model(self, request: HttpRequest, obj: Rule, *args: Any, **kwargs: Any) -> None:
        super().save_model(request, obj, *args, **kwargs)
        # In force at once: assignments from here on name an edition that says so.
        if obj.valid_from is not None:
            editions.corrected(obj, user_of(request))
        if obj.division and obj.unit.division_id not in codes_above(obj.division):
            text = _("Saved, but the territory of %(unit)s does not cover %(division)s.")
            messages.warning(request, text % {"unit": obj.unit, "division": obj.division})

    def delete_model(self, request: HttpRequest, obj: Rule) -> None:
        if obj.valid_from is not None:
            editions.corrected(obj, user_of(request))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Rule]) -> None:
        for rule in queryset:
            self.delete_model(request, rule)


@admin.register(Jurisdiction)
class JurisdictionAdmin(DeskAdmin[Jurisdiction]):
    """Outlines come by import, with a preview and a day; here are names and priority."""

    list_display = ("code", "name", "name_en", "kind", "priority", "owner")
    fields = ("code", "kind", "name", "name_en", "priority", "owner")
    list_filter = ("kind",)
    list_select_related = ("owner",)
    search_fields = ("code", "name", "name_en")
    autocomplete_fields = ("owner",)

    def get_readonly_fields(self, request: HttpRequest, obj: Jurisdiction | None = None) -> Any:
        return ("code", "kind") if obj else ()


@admin.register(Shift)
class ShiftAdmin(TrackedAdmin[Shift]):
    list_display = fields = ("code", "name_zh", "name_en", "starts", "ends")

    def get_readonly_fields(self, request: HttpRequest, obj: Shift | None = None) -> Any:
        return ("code",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Shift | None = None) -> bool:
        """Not while a pattern names it: its days would be days off without anybody saying so."""
        named = obj is not None and ShiftPattern.objects.filter(cycle__contains=[obj.pk]).exists()
        return not named and super().has_delete_permission(request, obj)


@admin.register(ShiftPattern)
class ShiftPatternAdmin(TrackedAdmin[ShiftPattern]):
    """Whose pattern it is, whoever keeps the rota says at `/rota/`."""

    list_display = fields = ("code", "name_zh", "name_en", "cycle", "on_working_days")

    def get_readonly_fields(self, request: HttpRequest, obj: ShiftPattern | None = None) -> Any:
        return ("code",) if obj else ()


class WorkerForm(forms.ModelForm[Worker]):
    """The home point as two numbers: a map would need tiles, and a browser that may load them."""

    longitude = forms.FloatField(
        label=gettext_lazy("longitude of the home point"), min_value=-180, max_value=180
    )
    latitude = forms.FloatField(
        label=gettext_lazy("latitude of the home point"), min_value=-90, max_value=90
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.home:
            self.initial["longitude"] = self.instance.home.x
            self.initial["latitude"] = self.instance.home.y

    def clean_user(self) -> User:
        user: User = self.cleaned_data["user"]
        if user.role != Role.COMMUNITY_WORKER or user.unit is None:
            raise ValidationError(_("This person is no community worker of a unit."))
        return user

    def clean_division(self) -> Division:
        division: Division = self.cleaned_data["division"]
        if division.county is None:
            raise ValidationError(_("A worker belongs to a division within a county."))
        return division

    def clean(self) -> Any:
        cleaned: dict[str, Any] = super().clean() or {}
        if {"longitude", "latitude", "division"} <= cleaned.keys():
            home = Point(cleaned["longitude"], cleaned["latitude"], srid=4326)
            self.settle(home, cleaned["division"])
        return cleaned

    def settle(self, home: Point, division: Division) -> None:
        """Who is free is looked for by county: the home point has to lie in it."""
        county = Boundary.objects.open().filter(division=division.county_id)
        if not county.filter(geom__covers=home).exists():
            self.add_error("longitude", _("The home point lies outside the county."))
        self.instance.home = home
        assert division.county is not None
        self.instance.county = division.county
        if self.instance.position_at is None:
            self.instance.point = home


@admin.register(Worker)
class WorkerAdmin(TrackedAdmin[Worker]):
    form = WorkerForm
    fields = ("user", "division", "shift", "skills", "capacity", "longitude", "latitude")
    list_display = ("user", "unit", "division", "shift", "capacity")
    list_filter = ("shift",)
    list_select_related = ("user", "unit", "division", "shift")
    search_fields = ("user__username", "user__name", "unit__code", "division__code")
    autocomplete_fields = ("user", "division")

    def get_readonly_fields(self, request: HttpRequest, obj: Worker | None = None) -> Any:
        return ("user",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Worker, *args: Any, **kwargs: Any) -> None:
        """Works for the person's unit; the row is locked, so nothing dispatched is lost."""
        assert obj.user.unit is not None
        obj.unit = obj.user.unit
        super().save_model(request, obj, *args, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Worker | None = None) -> bool:
        """Who leaves is deactivated as a person, and is offered nothing any more."""
        return False
