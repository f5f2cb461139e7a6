"""For the administrator: people, units and the divisions they name; never reports."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import lockout, second_factor
from accounts.history import LogAdmin, ReadOnlyAdmin, TrackedAdmin
from accounts.models import SecondFactor, Unit, User
from accounts.roles import ADMINISTERING
from districts.models import Division

WORK = ("name", "role", "unit", "division")


@admin.register(User)
class PersonAdmin(TrackedAdmin[User], UserAdmin[User]):
    """The role alone gives rights: who is staff follows from it, and nobody is a superuser."""

    list_display = ("username", "name", "role", "unit", "division", "is_active")
    list_filter = ("role", "is_active")
    list_select_related = ("unit", "division")
    search_fields = ("username", "name", "unit__code")
    ordering = ("username",)
    autocomplete_fields = ("unit", "division")
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Work"), {"fields": (*WORK, "email")}),
        (_("Permissions"), {"fields": ("is_active", "last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "usable_password", "password1", "password2")}),
        (_("Work"), {"fields": WORK}),
    )
    filter_horizontal = ()
    actions = ("lift_locks", "take_factor_away")

    @admin.action(description=_("Lift the lock of the log-in"), permissions=["change"])
    def lift_locks(self, request: HttpRequest, people: QuerySet[User]) -> None:
        for user in people:
            lockout.lift(lockout.account_name(user.username), lockout.by_code(user.pk).name)
        self.message_user(request, _("They may try to log in again."))

    @admin.action(description=_("Take the second factor away"), permissions=["change"])
    def take_factor_away(self, request: HttpRequest, people: QuerySet[User]) -> None:
        had = second_factor.take_away(list(people))
        message = ngettext(
            "One person has to log in again, without a second factor.",
            "%(count)d people have to log in again, without a second factor.",
            had,
        )
        self.message_user(request, message % {"count": had})

    class Media:
        # Hides the password where none is to be used.
        css = {"all": ["admin/css/unusable_password_field.css"]}

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Nobody gives rights to themselves, nor shuts themselves out."""
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "role", "is_active") if obj and obj.pk == request.user.pk else fixed

    def save_model(self, request: HttpRequest, obj: User, *args: Any, **kwargs: Any) -> None:
        obj.is_staff, obj.is_superuser = obj.role in ADMINISTERING, False
        super().save_model(request, obj, *args, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Who leaves is deactivated: what they did keeps their name."""
        return False


@admin.register(Unit)
class UnitAdmin(TrackedAdmin[Unit]):
    list_display = ("code", "name", "kind", "parent", "division")
    list_filter = ("kind",)
    list_select_related = ("parent", "division")
    search_fields = ("code", "name", "name_en")
    autocomplete_fields = ("parent", "division")

    def has_delete_permission(self, request: HttpRequest, obj: Unit | None = None) -> bool:
        """Cases, people and rules name it."""
        return False


@admin.register(Division)
class DivisionAdmin(ReadOnlyAdmin[Division]):
    """To look up codes; `load_divisions` alone writes them."""

    list_display = ("code", "level", "name", "name_en", "is_active")
    list_filter = ("level", "is_active")
    search_fields = ("code", "name", "name_en")
    fields = list_display


# The class is made where its model is tracked, and has no name that could be imported.
@admin.register(apps.get_model("accounts", "SecondFactorEvent"))
class SecondFactorLogAdmin(LogAdmin[Any]):
    """Whose second factor was set up or taken away, when and by whom."""

    list_display = ("at", "what", "whose", "factor", "by")
    fields = readonly_fields = list_display
    list_select_related = ("user",)

    @admin.display(description=_("Whose"))
    def whose(self, event: Any) -> str:
        return str(event.user.username)

    @admin.display(description=_("Factor"))
    def factor(self, event: Any) -> str:
        return str(dict(SecondFactor.Type.choices).get(event.type, event.type))
