"""The citizen's own word by a link: signed, for one call-back, good for some days, no log-in."""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from incidents import call_backs
from incidents.errors import NotAllowedNow, Refused
from incidents.models import CallBack, Reason, Satisfaction

SALT = "incidents.rating"


def link(call_back: CallBack) -> str:
    """The path of the page where this citizen says whether it is solved."""
    return reverse("rating", args=[signing.dumps(call_back.pk, salt=SALT)])


def of_token(token: str) -> int:
    """The call-back of a link; raises Http404 for a forged one, Expired for an old one."""
    try:
        found: int = signing.loads(token, salt=SALT, max_age=lasting())
    except signing.SignatureExpired:
        raise Expired from None
    except signing.BadSignature:
        raise Http404 from None
    return found


class Expired(Exception):
    """The link was good once; the telephone still is."""


def lasting() -> timedelta:
    return timedelta(days=settings.RATING_LINK_DAYS)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def rate(request: HttpRequest, token: str) -> HttpResponse:
    """Opening the page records nothing: mail programs open links by themselves."""
    try:
        call_back_id = of_token(token)
    except Expired:
        return render(request, "incidents/rated.html", {"expired": True}, status=410)
    it = get_object_or_404(
        CallBack.objects.select_related("incident__category", "report"), pk=call_back_id
    )
    error: dict[str, str] = {}
    if request.method == "POST":
        try:
            record(request, it)
            return render(request, "incidents/rated.html", {"call": it})
        except Refused as refused:
            error = {refused.field: str(refused.message)}
        except NotAllowedNow:
            return render(
                request, "incidents/rated.html", {"call": it, "earlier": True}, status=409
            )
    elif it.result != CallBack.Result.WAITING:
        return render(request, "incidents/rated.html", {"call": it, "earlier": True})
    context = {
        "call": it,
        "incident": it.incident,
        "levels": reversed(Satisfaction.choices),
        "reasons": Reason.choices,
        "why": request.POST.getlist("reasons"),
        "chosen": request.POST.get("satisfaction") or request.GET.get("level", ""),
        "error": error,
        "words": request.POST,
    }
    return render(request, "incidents/rating.html", context, status=400 if error else 200)


def record(request: HttpRequest, it: CallBack) -> None:
    solved = request.POST.get("solved", "")
    if solved not in ("yes", "no"):
        raise Refused("solved", _("Please choose one."))
    call_backs.record(
        it.pk,
        solved=solved == "yes",
        satisfaction=request.POST.get("satisfaction", ""),
        words_said=request.POST.get("words", ""),
        reasons=request.POST.getlist("reasons"),
    )
