"""Who may use Django's admin: the administrator, by role, not by permission rows."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import ADMINISTERING, Role

M = TypeVar("M", bound=Model)
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def is_administrator(request: HttpRequest) -> bool:
    user = request.user
    if not isinstance(user, User):
        return False
    return user.is_active and user.is_staff and Role(user.role) in ADMINISTERING


class AdministratorSite(admin.AdminSite):
    """Strangers are asked to log in; everybody else is refused (403), as on all our pages."""

    site_header = site_title = _("12345 hotline administration")
    index_title = _("Reference data and people")
    # Foldable only by a script of its own; the index says the same.
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return is_administrator(request)

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only what was made for this desk: the kept libraries register things of their own."""
        if admin_class is not None and issubclass(admin_class, DeskAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def admin_view(self, view: View, *args: Any, **options: Any) -> View:
        inner = super().admin_view(view, *args, **options)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            return inner(request, *args, **kwargs)

        return cast(View, guarded)


class Chosen(AutocompleteSelect):
    """Shows again what was sent, and does not ask the database for what cannot be a key."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        return super().optgroups(name, [key for key in value if self.may_be(key)], attr)

    def may_be(self, key: str) -> bool:
        return is_key(self.field.target_field, key)


def is_key(field: Any, value: str) -> bool:
    try:
        field.clean(value, None)
    except ValidationError:
        return False
    return True


class SeveralChosen(AutocompleteSelectMultiple):
    """The same for several."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        key = self.field.related_model._meta.pk
        return super().optgroups(name, [each for each in value if is_key(key, each)], attr)


class DeskAdmin(admin.ModelAdmin[M]):
    """Allows by role what Django's own would look up in its permission rows."""

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name in self.autocomplete_fields:
            kwargs.setdefault("widget", Chosen(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name in self.autocomplete_fields:
            kwargs.setdefault("widget", SeveralChosen(db_field, self.admin_site))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_administrator(request)

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return is_administrator(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_administrator(request)

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return is_administrator(request)

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return is_administrator(request)
