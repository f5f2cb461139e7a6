"""The desk of the topic of the month: choose it, change it, and tell how it goes."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.desk import only, user_of
from accounts.roles import HOSTING_TOPICS
from incidents.errors import Refused
from incidents.models import Category, Topic
from incidents.voices import topics as rules

SHOWN = 100


@require_GET
@never_cache
@only(HOSTING_TOPICS)
def topics(request: HttpRequest) -> HttpResponse:
    """Every topic, those to come among them."""
    return render(request, "incidents/voices/topics.html", {"topics": Topic.objects.all()[:SHOWN]})


@require_http_methods(["GET", "POST"])
@never_cache
@only(HOSTING_TOPICS)
def write(request: HttpRequest, slug: str = "") -> HttpResponse:
    """A new topic, or changes of one that is there."""
    found = get_object_or_404(Topic, slug=slug) if slug else None
    if request.method == "GET":
        return shown(request, found)
    try:
        kept = rules.keep(found, rules.read(request.POST, found), user_of(request))
    except rules.Wrong as wrong:
        return shown(request, found, wrong.errors, 400)
    messages.success(request, _("The topic is kept."))
    return redirect("topic-write", kept.slug)


@require_POST
@never_cache
@only(HOSTING_TOPICS)
def post(request: HttpRequest, slug: str) -> HttpResponse:
    """News, published at once."""
    found = get_object_or_404(Topic, slug=slug)
    given = request.POST
    try:
        rules.tell(found, given.get("text_zh", ""), given.get("text_en", ""), user_of(request))
    except Refused as error:
        return shown(request, found, {error.field: [error.message]}, error.status)
    messages.success(request, _("It is published."))
    return redirect("topic-write", slug)


def shown(
    request: HttpRequest,
    found: Topic | None,
    errors: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    given = request.POST if request.method == "POST" and "title_zh" in request.POST else None
    context = {
        "topic": found,
        "errors": errors or {},
        "given": given or (rules.written(found) if found else {}),
        "news": request.POST,
        "chosen": given.getlist("categories") if given else rules.categories_of(found),
        "categories": Category.objects.in_use(),
        "posts": found.posts.select_related("author") if found else [],
    }
    return render(request, "incidents/voices/topic_write.html", context, status=status)
