"""The register, the managers, the claims' outcome and the policies, for the administrator."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.gis.geos import Point
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk import user_of
from accounts.history import TrackedAdmin
from accounts.models import User
from accounts.roles import Role
from districts.errors import OutsideProvince
from districts.locate import locate
from enterprises import assigning, pushing
from enterprises.credit_code import tidy
from enterprises.models import Adviser, Firm, FirmQuerySet, Offer, Policy, ServiceManager
from enterprises.tasks import REASSIGN
from incidents import wake


class FirmForm(forms.ModelForm[Firm]):
    """The point as two numbers; without a division it says where the firm lies."""

    longitude = forms.FloatField(
        label=gettext_lazy("longitude"), min_value=-180, max_value=180, required=False
    )
    latitude = forms.FloatField(
        label=gettext_lazy("latitude"), min_value=-90, max_value=90, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "division" in self.fields:
            self.fields["division"].required = False
        if self.instance.point:
            self.initial["longitude"] = self.instance.point.x
            self.initial["latitude"] = self.instance.point.y

    def clean_code(self) -> str:
        return tidy(self.cleaned_data["code"])

    def clean(self) -> Any:
        cleaned: dict[str, Any] = super().clean() or {}
        if {"longitude", "latitude"} <= cleaned.keys():
            self.settle(cleaned)
        if cleaned.get("division") is None and not self.errors:
            self.add_error("division", _("Give a division, or longitude and latitude."))
        return cleaned

    def settle(self, cleaned: dict[str, Any]) -> None:
        longitude, latitude = cleaned["longitude"], cleaned["latitude"]
        if (longitude is None) != (latitude is None):
            missing = "longitude" if longitude is None else "latitude"
            self.add_error(missing, _("Give both numbers or neither."))
            return
        point = None if longitude is None else Point(longitude, latitude, srid=4326)
        self.instance.point = point
        if point and cleaned.get("division") is None:
            try:
                cleaned["division"] = locate(point)
            except OutsideProvince:
                self.add_error("longitude", _("This place lies outside the province."))


class Capped(Paginator[Firm]):
    """Counts no further than anybody turns pages: of a million hits the first are enough."""

    MOST = 10_000

    @cached_property
    def count(self) -> int:
        found = self.object_list[: self.MOST]
        return found.count() if isinstance(found, QuerySet) else len(found)


@admin.register(Firm)
class FirmAdmin(TrackedAdmin[Firm]):
    form = FirmForm
    fields = (
        *("code", "name", "sector", "size", "division"),
        *("longitude", "latitude", "is_active", "manager"),
    )
    list_display = ("code", "name", "sector", "size", "division", "manager", "is_active")
    list_filter = ("sector", "size", "is_active")
    list_select_related = ("division", "manager__user")
    search_fields = ("code",)
    autocomplete_fields = ("division", "manager")
    # Counting a million firms for each page is no use to anybody.
    show_full_result_count = False
    paginator = Capped
    list_per_page = 50

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Firm], search_term: str
    ) -> tuple[QuerySet[Firm], bool]:
        """One condition beside the others: as a set of keys it kept PostgreSQL from walking the
        register in its order until the page is full, which is quick where many names are hits."""
        assert isinstance(queryset, FirmQuerySet)
        return queryset.search(search_term.replace("\0", "")), False

    def get_readonly_fields(self, request: HttpRequest, obj: Firm | None = None) -> Any:
        return ("code",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Firm | None = None) -> bool:
        """A firm that closed is not active any more; its requests name it."""
        return False

    def save_model(self, request: HttpRequest, obj: Firm, form: Any, change: Any) -> None:
        before = form.initial.get("manager") if change else None
        super().save_model(request, obj, form, change)
        assigning.by_hand(obj, before, user_of(request))


class ServiceManagerForm(forms.ModelForm[ServiceManager]):
    def clean_user(self) -> User:
        user: User = self.cleaned_data["user"]
        if user.role != Role.SERVICE_MANAGER:
            raise ValidationError(_("This person is no service manager."))
        return user

    def clean_sectors(self) -> list[str]:
        return sorted(set(self.cleaned_data["sectors"] or []))


@admin.register(ServiceManager)
class ServiceManagerAdmin(TrackedAdmin[ServiceManager]):
    form = ServiceManagerForm
    fields = ("user", "territory", "sectors", "capacity")
    list_display = ("user", "territory", "sectors", "capacity")
    list_select_related = ("user", "territory")
    search_fields = ("user__username", "user__name", "territory__code")
    autocomplete_fields = ("user", "territory")

    def get_readonly_fields(self, request: HttpRequest, obj: ServiceManager | None = None) -> Any:
        return ("user",) if obj else ()

    def has_delete_permission(
        self, request: HttpRequest, obj: ServiceManager | None = None
    ) -> bool:
        """Who leaves is deactivated as a person; the next assignment gives the firms to others."""
        return False

    def save_model(self, request: HttpRequest, obj: ServiceManager, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        wake.after_commit(REASSIGN)


@admin.register(Policy)
class PolicyAdmin(TrackedAdmin[Policy]):
    fields = (
        *("title_zh", "title_en", "text_zh", "text_en", "unit", ("valid_from", "valid_to")),
        *("sectors", "sizes", "divisions"),
    )
    list_display = ("title_zh", "unit", "valid_from", "valid_to")
    list_select_related = ("unit",)
    search_fields = ("title_zh", "title_en")
    autocomplete_fields = ("unit", "divisions")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        super().save_related(request, form, formsets, change)
        pushing.changed(form.instance)


@admin.register(Offer)
class OfferAdmin(TrackedAdmin[Offer]):
    fields = (
        *("lender", "title_zh", "title_en", "text_zh", "text_en", "rate"),
        *(("amount_from", "amount_to"), ("months_from", "months_to"), ("valid_from", "valid_to")),
        *("sectors", "sizes", "collaterals", "divisions"),
    )
    list_display = ("title_zh", "lender", "rate", "valid_from", "valid_to")
    search_fields = ("title_zh", "title_en", "lender")
    autocomplete_fields = ("divisions",)

    def has_delete_permission(self, request: HttpRequest, obj: Offer | None = None) -> bool:
        """What firms were introduced to stays; an offer that ended has its last day."""
        return False


class AdviserForm(forms.ModelForm[Adviser]):
    def clean_user(self) -> User:
        user: User = self.cleaned_data["user"]
        if user.role != Role.SERVICE_MANAGER:
            raise ValidationError(_("An adviser's account has the role service manager."))
        return user

    def clean_specialities(self) -> list[str]:
        return sorted(set(self.cleaned_data["specialities"] or []))


@admin.register(Adviser)
class AdviserAdmin(TrackedAdmin[Adviser]):
    form = AdviserForm
    fields = ("user", "bar_number", "specialities", "territory", "capacity")
    list_display = ("user", "bar_number", "specialities", "territory", "capacity")
    list_select_related = ("user", "territory")
    search_fields = ("user__username", "user__name", "bar_number")
    autocomplete_fields = ("user", "territory")

    def get_readonly_fields(self, request: HttpRequest, obj: Adviser | None = None) -> Any:
        return ("user",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Adviser | None = None) -> bool:
        """Who leaves is deactivated as a person; open requests go to others."""
        return False
