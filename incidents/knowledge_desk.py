"""The editors' pages: what stands where, one item with its versions, writing, reviewing."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.desk import only, user_of
from accounts.models import User
from accounts.roles import EDITING_KNOWLEDGE, Role
from incidents import knowledge
from incidents.errors import IncidentError, Refused
from incidents.models import WORDING, Category, KnowledgeItem, KnowledgeVersion, ServiceField

A_PAGE = 50
State = KnowledgeVersion.State
SHELVES = {
    "to-review": gettext_lazy("To be reviewed"),
    "drafts": gettext_lazy("Drafts"),
    "to-renew": gettext_lazy("To be renewed"),
    "published": gettext_lazy("Published"),
    "retired": gettext_lazy("Retired"),
}
STATE_OF = {
    "to-review": State.IN_REVIEW,
    "drafts": State.DRAFT,
    "published": State.PUBLISHED,
    "retired": State.RETIRED,
}


class WordingForm(forms.ModelForm[KnowledgeVersion]):
    """What an editor writes. The database repeats that it ends after it begins."""

    class Meta:
        model = KnowledgeVersion
        fields = WORDING
        widgets = {
            "answer_zh": forms.Textarea(attrs={"rows": 6}),
            "answer_en": forms.Textarea(attrs={"rows": 6}),
            "valid_from": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "valid_to": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["field"].queryset = ServiceField.objects.all()  # type: ignore[attr-defined]
        self.fields["category"].queryset = Category.objects.in_use()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        begins, ends = given.get("valid_from"), given.get("valid_to")
        if begins and ends and ends < begins:
            self.add_error("valid_to", _("It must not end before it begins."))
        if given.get("question_en") and not given.get("answer_en"):
            self.add_error("answer_en", _("An English question needs an English answer."))
        return given


@require_GET
@never_cache
@only(EDITING_KNOWLEDGE)
def shelf(request: HttpRequest) -> HttpResponse:
    """`?shelf=` one of SHELVES: the versions that stand there, of this editor's units."""
    user = user_of(request)
    name = request.GET.get("shelf", "to-review")
    if name not in SHELVES:
        raise Http404
    context = {
        "shelf": name,
        "shelves": SHELVES.items(),
        "versions": Paginator(standing_on(name, user), A_PAGE).get_page(request.GET.get("page")),
        "writes": user.role == Role.KNOWLEDGE_EDITOR,
    }
    return render(request, "incidents/knowledge.html", context)


def standing_on(name: str, user: User) -> Any:
    found = KnowledgeVersion.objects.editable_by(user).select_related("item__unit", "author")
    if name == "to-renew":
        return found.to_renew()
    return found.filter(state=STATE_OF[name]).order_by("-changed_at", "-id")


def editable(request: HttpRequest, item_id: int) -> KnowledgeItem:
    found = KnowledgeItem.objects.editable_by(user_of(request)).select_related("unit")
    return get_object_or_404(found, pk=item_id)


# What is to be done about comes first.
AT_WORK_FIRST = Case(
    When(state=State.IN_REVIEW, then=Value(0)),
    When(state=State.DRAFT, then=Value(1)),
    When(state=State.PUBLISHED, then=Value(2)),
    default=Value(3),
)


@require_GET
@never_cache
@only(EDITING_KNOWLEDGE)
def item(request: HttpRequest, item_id: int) -> HttpResponse:
    """One item: the version at work or in force, and all others below it; `?version=` shows one."""
    found, user = editable(request, item_id), user_of(request)
    versions = list(
        found.versions.select_related("author", "reviewer", "field", "category").order_by(
            AT_WORK_FIRST, "-number"
        )
    )
    asked = request.GET.get("version")
    shown = next((v for v in versions if str(v.number) == asked), None) if asked else versions[0]
    if shown is None:
        raise Http404
    context = {
        "item": found,
        "shown": shown,
        "versions": sorted(versions, key=lambda version: -version.number),
        "writes": user.role == Role.KNOWLEDGE_EDITOR,
        "wrote": user.pk in shown.writers,
        "at_work": versions[0].state in knowledge.IN_THE_MAKING,
    }
    return render(request, "incidents/knowledge_item.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
@only({Role.KNOWLEDGE_EDITOR})
def write(request: HttpRequest, item_id: int | None = None) -> HttpResponse:
    """A new item, or the next wording of one."""
    user = user_of(request)
    found = editable(request, item_id) if item_id is not None else None
    last = found.versions.first() if found else None
    form = WordingForm(request.POST or None, initial=last.wording() if last else None)
    units = knowledge.units_of(user) if found is None else []
    errors: dict[str, str] = {}
    if request.method == "POST" and form.is_valid():
        try:
            saved = save(found, form.cleaned_data, request)
            return redirect("knowledge-item", saved.item_id)
        except Refused as error:
            errors[error.field] = str(error.message)
        except IncidentError as error:
            form.add_error(None, str(error))
    context = {"form": form, "item": found, "units": units, "own": user.unit_id, "errors": errors}
    wrong = bool(errors) or (request.method == "POST" and not form.is_valid())
    return render(request, "incidents/knowledge_write.html", context, status=400 if wrong else 200)


def save(
    found: KnowledgeItem | None, wording: dict[str, Any], request: HttpRequest
) -> KnowledgeVersion:
    user = user_of(request)
    if found is not None:
        return knowledge.rewrite(found.pk, wording, user)
    chosen = request.POST.get("unit", "")
    unit = next((unit for unit in knowledge.units_of(user) if str(unit.pk) == chosen), None)
    if unit is None:
        raise Refused("unit", _("Choose the unit that owns the answer."))
    return knowledge.begin(unit, wording, user)


@require_POST
@only(EDITING_KNOWLEDGE)
def step(request: HttpRequest, item_id: int, name: str) -> HttpResponse:
    """submit and retire by an editor; publish and send-back by a reviewer."""
    found, user = editable(request, item_id), user_of(request)
    writing = user.role == Role.KNOWLEDGE_EDITOR
    steps: dict[str, Callable[[], KnowledgeVersion]] = {
        "publish": lambda: knowledge.publish(found.pk, user),
        "send-back": lambda: knowledge.send_back(
            found.pk, user, request.POST.get("review_note", "")
        ),
        "retire": lambda: knowledge.retire(found.pk),
    }
    if writing:
        steps["submit"] = lambda: knowledge.submit(found.pk)
    if name not in steps:
        raise Http404
    try:
        steps[name]()
        messages.success(request, _("Done."))
    except Refused as error:
        messages.error(request, str(error.message))
    except IncidentError as error:
        messages.error(request, str(error))
    return redirect("knowledge-item", found.pk)
