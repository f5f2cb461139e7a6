"""What the triggers kept of a thing, where Django's admin has its own button for it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import BigIntegerField, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.site import DeskAdmin

M = TypeVar("M", bound=Model)
# The newest so many; who needs more asks the database.
SHOWN = 200
OURS = ("pgh_",)
# The newest change when the page was opened; travels with the form.
SEEN = "_seen"
IN_USE = gettext_lazy("It was not saved: something else refers to it, or has the same key.")
LABELS = {
    "insert": gettext_lazy("made"),
    "update": gettext_lazy("changed"),
    "delete": gettext_lazy("deleted"),
    # What was there when its history began.
    "kept": gettext_lazy("kept from here on"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change: when, by whom (nobody for commands and tasks), and what became what."""

    at: datetime
    what: str
    who: str
    page: str
    fields: list[tuple[str, str, str]]


class TrackedAdmin(DeskAdmin[M]):
    """Its `History` shows every change, by whatever way it came, not only those made here.

    Who saves a page that somebody else changed meanwhile is told so, and nothing is written.
    """

    change_form_template = add_form_template = "admin/tracked_form.html"

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = context.get("original")
        context["seen"] = request.POST.get(SEEN) or newest_id(obj)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_form(  # type: ignore[override]
        self, request: HttpRequest, obj: M | None = None, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, **kwargs)
        return form if obj is None else type(form.__name__, (NotMeanwhile, form), {})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        def view() -> HttpResponse:
            if object_id and request.method == "POST":
                self.lock(self.get_object(request, unquote(object_id)))
            return super(TrackedAdmin, self).changeform_view(
                request, object_id, form_url, extra_context
            )

        return self.or_told(request, view)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        view = partial(super().delete_view, request, object_id, extra_context)
        return self.or_told(request, view)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self.or_told(request, partial(super().changelist_view, request, extra_context))

    def lock(self, found: M | None) -> None:
        """Two who save at once save one after the other, so that the second can be told."""
        if found is not None:
            self.model._default_manager.select_for_update().get(pk=found.pk)

    def or_told(self, request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
        """What only the database can refuse, because others write as well, is said on the page."""
        try:
            with transaction.atomic():
                return view()
        except (IntegrityError, ValidationError) as error:
            said = error.messages if isinstance(error, ValidationError) else [str(IN_USE)]
            for text in said:
                messages.error(request, text)
            return HttpResponseRedirect(request.get_full_path())

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        found = self.get_object(request, unquote(object_id))
        if not self.has_view_or_change_permission(request, found):
            raise PermissionDenied
        if found is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Changes of %(thing)s") % {"thing": found},
            "changes": list(changes(newest_first(found)[: SHOWN + 1]))[:SHOWN],
            "object": found,
            "opts": self.opts,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/tracked_history.html", context)


class NotMeanwhile(ModelForm[Any]):
    """A page that was opened before the newest change is not saved over it."""

    def clean(self) -> Any:
        cleaned = super().clean()
        seen, newest = self.data.get(SEEN), newest_first(self.instance).first()
        if seen is not None and newest is not None and seen != str(newest.pgh_id):
            self.add_error(None, meanwhile(newest))
        return cleaned


def meanwhile(newest: Any) -> str:
    who = dict(names([newest])).get((newest.pgh_context or {}).get("user"), _("somebody"))
    when = date_format(timezone.localtime(newest.pgh_created_at), "Y-m-d H:i:s")
    told = _("%(who)s changed this at %(when)s, after you opened it. Open the page anew.")
    return told % {"who": who, "when": when}


def newest_first(thing: Any) -> Any:
    return thing.changes.order_by("-pgh_id")


def newest_id(thing: Any) -> Any:
    return thing and newest_first(thing).values_list("pgh_id", flat=True).first()


def changes(kept: Iterable[Any]) -> Iterator[Change]:
    """Newest first, each against the one before it; the oldest against nothing."""
    rows = list(kept)
    people, words = dict(names(rows)), Words()
    # Of what was never changed there is no row, and one None too many.
    for row, former in zip(rows, [*rows[1:], None], strict=False):
        told = row.pgh_context or {}
        yield Change(
            at=row.pgh_created_at,
            what=str(LABELS.get(row.pgh_label, row.pgh_label)),
            who=people.get(told.get("user"), ""),
            page=str(told.get("url") or ""),
            fields=list(differences(row, former, words)),
        )


def names(rows: Iterable[Any]) -> Iterable[tuple[Any, str]]:
    asked = [row.pgh_context["user"] for row in rows if (row.pgh_context or {}).get("user")]
    return User.objects.filter(pk__in=asked).values_list("pk", "username")


def differences(row: Any, former: Any, words: "Words") -> Iterator[tuple[str, str, str]]:
    """The fields that differ: name, before, after."""
    for field in row._meta.fields:
        if field.name.startswith(OURS):
            continue
        before, after = getattr(former, field.attname, None), getattr(row, field.attname)
        if former is None or before != after:
            yield str(field.verbose_name), words.of(field, before), words.of(field, after)


class Words:
    """Values as the pages say them. What is referred to is asked for once a page."""

    def __init__(self) -> None:
        self.known: dict[tuple[Any, Any], str] = {}

    def of(self, field: Any, value: Any) -> str:
        if value is None:
            return ""
        if field.is_relation:
            return self.named(field.related_model, value)
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        if isinstance(value, list):
            return ", ".join(value)
        return str(dict(field.flatchoices).get(value, value))

    def named(self, model: Any, pk: Any) -> str:
        if (model, pk) not in self.known:
            found = model._base_manager.filter(pk=pk).first()
            self.known[model, pk] = str(pk if found is None else found)
        return self.known[model, pk]


class ReadOnlyAdmin(DeskAdmin[M]):
    """Looked at, and nothing else."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False


class LogAdmin(ReadOnlyAdmin[M]):
    """What the triggers kept of everything of one kind: when, what, by whom."""

    ordering = ("-pgh_id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        who = User.objects.filter(pk=Cast(OuterRef("pgh_context__user"), BigIntegerField()))
        return super().get_queryset(request).annotate(who=Subquery(who.values("username")[:1]))

    @admin.display(description=gettext_lazy("When"), ordering="pgh_id")
    def at(self, event: Any) -> datetime:
        when: datetime = event.pgh_created_at
        return when

    @admin.display(description=gettext_lazy("What"))
    def what(self, event: Any) -> str:
        return str(LABELS.get(event.pgh_label, event.pgh_label))

    @admin.display(description=gettext_lazy("By"))
    def by(self, event: Any) -> str:
        """Nobody for commands and tasks."""
        return event.who or ""
