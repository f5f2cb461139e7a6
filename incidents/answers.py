"""The public's pages of the knowledge base: search as they type, read one answer."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from incidents import knowledge
from incidents.knowledge_search import Answer, search
from incidents.models import KnowledgeVersion
from incidents.models.knowledge import chinese

LONGEST = 200
MOST_ASKED = 12


@require_GET
@never_cache
def answers(request: HttpRequest) -> HttpResponse:
    """`?q=`; `&part=1` gives the list alone, for the page that searches while somebody types."""
    asked = request.GET.get("q", "").strip()
    error = ""
    found: list[Answer] = []
    if len(asked) > LONGEST:
        error = _("At most %(most)s characters.") % {"most": LONGEST}
    elif asked:
        found = search(asked)
    else:
        found = most_asked()
    context = {"q": asked[:LONGEST], "answers": found, "error": error}
    template = "answers_list.html" if "part" in request.GET else "answers.html"
    return render(request, f"incidents/{template}", context, status=400 if error else 200)


def most_asked() -> list[Answer]:
    """What answered most people, while nothing is asked yet. One statement."""
    shown = KnowledgeVersion.objects.shown().select_related("item__unit")
    best = shown.order_by("-item__answered", "-item__views", "item")[:MOST_ASKED]
    return [answer_of(version) for version in best]


def answer_of(version: KnowledgeVersion) -> Answer:
    unit = version.item.unit
    return Answer(
        item=version.item_id,
        version=version.pk,
        question=version.question,
        answer=version.answer,
        source=version.source,
        unit=unit.name if chinese() else unit.name_en,
        category=version.category_id or "",
    )


def shown(item_id: int) -> KnowledgeVersion:
    """The version in force, or 404: an expired or retired one looks like one that never was."""
    found = KnowledgeVersion.objects.shown().select_related("item__unit", "field")
    return get_object_or_404(found, item=item_id)


@require_http_methods(["GET", "POST"])
@never_cache
def answer(request: HttpRequest, item_id: int) -> HttpResponse:
    """Read one; POST says that it answered the question, once a session."""
    version = shown(item_id)
    told = request.session.get("answered_by", [])
    if request.method == "POST":
        if item_id not in told:
            knowledge.answered_it(item_id)
            request.session["answered_by"] = [*told, item_id][-50:]
        return redirect("answer", item_id)
    knowledge.seen(item_id)
    context = {"version": version, "told": item_id in told}
    return render(request, "incidents/answer.html", context)
