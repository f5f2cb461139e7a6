"""Comments to be read before they are shown, and doubts about a closing to be settled."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.desk import only, page_of, user_of
from accounts.roles import MODERATING, REOPENING
from incidents.errors import Refused
from incidents.models import Comment, Incident, Moderation
from incidents.voices import comments, doubting

SHOWN = 50


@require_GET
@never_cache
@only(MODERATING)
def moderation(request: HttpRequest) -> HttpResponse:
    """What waits, oldest first; `?state=` any other, newest first."""
    return shown(request)


def shown(request: HttpRequest, error: str = "", status: int = 200) -> HttpResponse:
    state, page = request.GET.get("state", ""), page_of(request)
    known = state in Comment.State.values
    order = "-id" if known else "id"
    found = Comment.objects.visible_to(user_of(request)).filter(
        state=state if known else Comment.State.WAITING
    )
    rows = list(
        found.select_related("incident__category")
        .prefetch_related("moderations__user")
        .order_by(order)[(page - 1) * SHOWN : page * SHOWN + 1]
    )
    context = {
        "rows": rows[:SHOWN],
        "more": len(rows) > SHOWN,
        "page": page,
        "state": state if known else "",
        "states": [c for c in Comment.State.choices if c[0] in (Comment.State.APPROVED,
                                                                Comment.State.REFUSED)],
        "reasons": Moderation.Reason.choices,
        "error": error,
    }  # fmt: skip
    return render(request, "incidents/voices/comments.html", context, status=status)


@require_POST
@never_cache
@only(MODERATING)
def decide(request: HttpRequest, uid: str) -> HttpResponse:
    """`verdict` approve or refuse, a refusal with its `reason`."""
    user = user_of(request)
    found = get_object_or_404(Comment.objects.visible_to(user), uid=uid)
    given = request.POST
    try:
        comments.decide(found.pk, user, given.get("verdict", ""), given.get("reason", ""))
    except Refused as error:
        return shown(request, str(error.message), error.status)
    messages.success(request, _("It is decided."))
    return redirect("comments")


@require_POST
@never_cache
@only(REOPENING)
def settle(request: HttpRequest, number: str) -> HttpResponse:
    """The closing stands, for a `reason`."""
    user = user_of(request)
    found = get_object_or_404(Incident.objects.visible_to(user), number=number)
    try:
        doubting.settle(found, user, request.POST.get("reason", ""))
    except Refused as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("It stays closed."))
    return redirect("desk-incident", number)
