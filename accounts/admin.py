"""Reference data for the administrator: people and units, never reports."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit, User


@admin.register(User)
class PersonAdmin(UserAdmin[User]):
    list_display = ("username", "name", "role", "unit", "division")
    list_filter = ("role", "is_active")
    list_select_related = ("unit", "division")
    search_fields = ("username", "name")
    ordering = ("username",)
    autocomplete_fields = ("unit",)
    raw_id_fields = ("division",)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Work"), {"fields": ("name", "email", "role", "unit", "division")}),
        (_("Permissions"), {"fields": ("is_active", "is_staff", "is_superuser")}),
    )
    filter_horizontal = ()


@admin.register(Unit)
class UnitAdmin(admin.ModelAdmin[Unit]):
    list_display = ("code", "name", "kind", "division")
    list_filter = ("kind",)
    list_select_related = ("division",)
    search_fields = ("code", "name", "name_en")
    raw_id_fields = ("parent", "division")
