"""The catalogue's pages: editions, the draft and what it would do, what is not covered."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.desk import only, user_of
from accounts.models import User
from accounts.roles import READING_DUTIES, SETTING_DUTIES
from dispatch import catalogue_csv, coverage, editions, trying
from dispatch.errors import CatalogueRefused
from dispatch.models import CatalogueEdition, Rule
from dispatch.trying import Trial
from districts.models import Division
from incidents.models import Incident

EDITIONS = 30
LISTED = 200
NEVER = {
    "retired_category": gettext_lazy("the category is not in use"),
    "retired_division": gettext_lazy("the division is not in use"),
    "no_boundary": gettext_lazy("the jurisdiction has no boundary"),
    "apart": gettext_lazy("jurisdiction and division do not meet"),
    "both_hours": gettext_lazy("others speak in working time and outside it"),
    "other_side": gettext_lazy("owner or territory comes first"),
    "all_categories": gettext_lazy("every category of the field has its own rule"),
}


@require_GET
@never_cache
@only(READING_DUTIES)
def page(request: HttpRequest) -> HttpResponse:
    """What is in force, the draft, and every edition of before."""
    return shown(request)


def shown(request: HttpRequest, refused: CatalogueRefused | None = None) -> HttpResponse:
    today = timezone.localdate()
    related = ("made_by", "published_by")
    counted = CatalogueEdition.objects.select_related(*related).annotate(
        adds=Count("rules", distinct=True), ends=Count("ended", distinct=True)
    )
    context = {
        "rules": Rule.objects.in_force(today).count(),
        "edition": editions.in_force(),
        "draft": counted.filter(published_at=None).first(),
        "editions": counted.exclude(published_at=None).order_by("-number")[:EDITIONS],
        "today": today,
        "sets": user_of(request).role in SETTING_DUTIES,
        "refused": refused,
    }
    return render(
        request, "dispatch/duties/catalogue.html", context, status=400 if refused else 200
    )


@require_GET
@never_cache
@only(READING_DUTIES)
def export(request: HttpRequest) -> HttpResponse:
    """The rules in force, as a file that can be changed and brought back as a draft."""
    rules = Rule.objects.in_force(timezone.localdate())
    answer = HttpResponse(catalogue_csv.written(rules), content_type="text/csv")
    answer["Content-Disposition"] = f'attachment; filename="catalogue-{timezone.localdate()}.csv"'
    return answer


@require_GET
@never_cache
@only(READING_DUTIES)
def report(request: HttpRequest) -> HttpResponse:
    """What falls to the back-stop or to nobody, and which rules can never speak."""
    open_gaps = coverage.uncovered()
    codes = {code for each in open_gaps for code in each.examples}
    names = Division.objects.in_bulk(codes)
    context = {
        "uncovered": [(each, [names[code] for code in each.examples]) for each in open_gaps],
        "conflicts": [(each, NEVER[each.why]) for each in coverage.conflicts()[:LISTED]],
    }
    return render(request, "dispatch/duties/catalogue_report.html", context)


@require_GET
@never_cache
@only(READING_DUTIES)
def trial(request: HttpRequest) -> HttpResponse:
    """The draft on the last 10,000 incidents; which they are only for who may see them."""
    draft = editions.draft()
    found = trying.tried(draft) if draft else None
    context = {
        "draft": draft,
        "trial": found,
        "by_units": found.by_units()[:LISTED] if found else [],
        "incidents": seen(user_of(request), found) if found else [],
    }
    return render(request, "dispatch/duties/catalogue_trial.html", context)


def seen(user: User, trial: Trial) -> list[Incident]:
    ids = [each.incident for each in trial.elsewhere]
    found = Incident.objects.visible_to(user).filter(pk__in=ids)
    related = ("category__field", "division", "lead_unit")
    return list(found.select_related(*related).order_by("-pk")[:LISTED])


Step = Callable[[HttpRequest, CatalogueEdition], str]


def begin(request: HttpRequest) -> str:
    said = request.POST
    editions.begin(user_of(request), said.get("why", ""), said.get("legal_basis", ""))
    return _("The draft is there: bring its rules as a file.")


def bring(request: HttpRequest, draft: CatalogueEdition) -> str:
    sent: Any = request.FILES.get("file")
    if sent is None:
        raise CatalogueRefused("file", _("Choose a file."))
    whole = request.POST.get("states") == "whole"
    sent.seek(0)
    done = catalogue_csv.propose(draft, sent.read(catalogue_csv.MOST_BYTES + 1), whole=whole)
    said = {"new": done.added, "ended": done.ended, "same": done.same}
    return _("%(new)d rules are new, %(ended)d end, %(same)d stay as they are.") % said


def publish(request: HttpRequest, draft: CatalogueEdition) -> str:
    try:
        on = date.fromisoformat(request.POST.get("on", ""))
    except ValueError as error:
        raise CatalogueRefused("on", _("Say from which day, as in 2026-03-01.")) from error
    done = editions.publish(draft.pk, on, user_of(request))
    return _("Edition %(number)s is in force from %(day)s.") % {"number": done.number, "day": on}


def discard(_request: HttpRequest, draft: CatalogueEdition) -> str:
    editions.discard(draft.pk)
    return _("The draft was discarded.")


STEPS: dict[str, Step] = {"bring": bring, "publish": publish, "discard": discard}


@require_POST
@only(SETTING_DUTIES)
def step(request: HttpRequest, name: str) -> HttpResponse:
    """`begin` a draft; `bring` its rules, `publish` or `discard` it."""
    try:
        if name == "begin":
            told = begin(request)
        else:
            draft = editions.draft()
            if draft is None or name not in STEPS:
                raise CatalogueRefused("edition", _("There is no draft."))
            told = STEPS[name](request, draft)
    except CatalogueRefused as error:
        return shown(request, error)
    messages.success(request, told)
    return redirect("catalogue")
