"""Reference data for the administrator, and the vault's own log; never reports."""

from datetime import datetime
from typing import Any, TypeVar

from django.apps import apps
from django.contrib import admin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.history import LogAdmin, TrackedAdmin
from incidents import alarms, clocks
from incidents.models import AlarmWord, CalendarDay, Category, ServiceField, TimeLimit

M = TypeVar("M", bound=Model)


class RetiredAdmin(TrackedAdmin[M]):
    """Named by its code, for good; incidents and rules name it, so it is never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: M | None = None) -> tuple[str, ...]:
        return ("code",) if obj else ()


class AtOnceAdmin(TrackedAdmin[M]):
    """Read by each process once in a while; this one reads it again at once."""

    def save_model(self, request: HttpRequest, obj: M, *args: Any, **kwargs: Any) -> None:
        super().save_model(request, obj, *args, **kwargs)
        transaction.on_commit(read_again)

    def delete_model(self, request: HttpRequest, obj: M) -> None:
        super().delete_model(request, obj)
        transaction.on_commit(read_again)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[M]) -> None:
        super().delete_queryset(request, queryset)
        transaction.on_commit(read_again)


def read_again() -> None:
    clocks.forget()
    alarms.forget()


@admin.register(ServiceField)
class ServiceFieldAdmin(RetiredAdmin[ServiceField]):
    list_display = ("code", "number", "icon", "name_zh", "name_en")
    search_fields = ("code", "name_zh", "name_en")
    fields = list_display


@admin.register(Category)
class CategoryAdmin(RetiredAdmin[Category]):
    list_display = ("code", "name_zh", "name_en", "field", "limit", "limit_unit", "is_active")
    list_filter = ("field", "is_active", "is_urgent", "is_private")
    list_select_related = ("field",)
    search_fields = ("code", "name_zh", "name_en")
    fields = (
        *("code", "name_zh", "name_en", "field", "position", ("limit", "limit_unit"), "skill"),
        *("is_urgent", "alarm", "is_essential", "is_private", "is_component", "words", "is_active"),
    )


@admin.register(TimeLimit)
class TimeLimitAdmin(AtOnceAdmin[TimeLimit]):
    list_display = ("__str__", "urgency", "kind", "limit", "limit_unit")


@admin.register(CalendarDay)
class CalendarDayAdmin(AtOnceAdmin[CalendarDay]):
    list_display = fields = ("day", "is_working", "note")
    list_filter = ("is_working",)
    date_hierarchy = "day"
    ordering = ("-day",)

    def get_readonly_fields(
        self, request: HttpRequest, obj: CalendarDay | None = None
    ) -> tuple[str, ...]:
        return ("day",) if obj else ()


@admin.register(AlarmWord)
class AlarmWordAdmin(AtOnceAdmin[AlarmWord]):
    list_display = fields = ("word", "call")
    list_filter = ("call",)
    search_fields = ("word",)

    def get_readonly_fields(
        self, request: HttpRequest, obj: AlarmWord | None = None
    ) -> tuple[str, ...]:
        return ("word",) if obj else ()


# The class is made where its model is tracked, and has no name that could be imported.
@admin.register(apps.get_model("incidents", "ComplainantEvent"))
class VaultLogAdmin(LogAdmin[Any]):
    """When an identity was sealed anew or erased, by its number alone."""

    list_display = ("at", "what", "number", "with_key", "erased", "by")
    fields = readonly_fields = list_display

    @admin.display(description=_("number"))
    def number(self, event: Any) -> int:
        number: int = event.pgh_obj_id
        return number

    @admin.display(description=_("key"))
    def with_key(self, event: Any) -> str:
        return str(event.key_id or "")

    @admin.display(description=_("erased at"))
    def erased(self, event: Any) -> datetime | None:
        when: datetime | None = event.erased_at
        return when
