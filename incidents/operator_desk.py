"""The operator's screen: what waits, and the contact in hand."""

import re
import uuid
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.desk import only, user_of
from accounts.models import User
from accounts.roles import ANSWERING
from districts.models import Division, Level
from incidents import alarms, caller, contacts, knowledge_search
from incidents.errors import IncidentError
from incidents.models import AlarmWord, Category, Channel, Contact, Kind
from incidents.serializers import PHONE
from incidents.suggest import suggest

CHANNELS = (Channel.TELEPHONE, Channel.WALK_IN, Channel.MAIL, Channel.MESSAGE)
PHONE_SHAPE = re.compile(PHONE)
LIST = 50
LATELY = 10
LONGEST = 5000


@require_GET
@never_cache
@only(ANSWERING)
def desk(request: HttpRequest) -> HttpResponse:
    """The contact in hand, found again after a reload; else what waits and how to begin."""
    operator = user_of(request)
    if held := Contact.objects.open_of(operator).first():
        return redirect("contact", held.uid)
    return render(request, "incidents/operator.html", waiting(operator))


def waiting(operator: User, **more: Any) -> dict[str, Any]:
    """The lists of the idle screen, one statement each."""
    seen = Contact.objects.visible_to(operator)
    context = {
        "uid": uuid.uuid4(),
        "channels": CHANNELS,
        "ringing": ringing(operator)[:LIST],
        "again": seen.to_call_again().select_related("complainant")[:LIST],
        "lately": Contact.objects.filter(operator=operator)
        .exclude(result="")
        .annotate(is_heard=Exists(Contact.objects.heard_by(operator).filter(pk=OuterRef("pk"))))
        .select_related("report", "knowledge_item")[:LATELY],
        "now": timezone.now(),
    }
    return context | more


def ringing(operator: User) -> Any:
    """Calls offered to everybody a moment ago, which nobody has taken."""
    since = timezone.now() - contacts.RINGS_FOR
    return (
        Contact.objects.visible_to(operator)
        .filter(operator=None, result="", ended_at=None, began_at__gte=since)
        .select_related("complainant")
        .order_by("began_at", "id")
    )


@require_POST
@only(ANSWERING)
def begin(request: HttpRequest) -> HttpResponse:
    """A call, a visitor, a letter: from here on it is a contact, whatever comes of it."""
    given, errors = request.POST, {}
    channel = next((each for each in CHANNELS if each == given.get("channel")), None)
    if channel is None:
        errors["channel"] = _("Choose how they reach us.")
    if (phone := given.get("phone", "").strip()) and not PHONE_SHAPE.match(phone):
        errors["phone"] = _("Write a telephone number: digits, spaces, + and -.")
    if (uid := as_uid(given.get("uid", ""))) is None:
        errors["uid"] = _("This form is damaged; reload the page.")
    if channel is None or uid is None or errors:
        context = waiting(user_of(request), errors=errors, given=given)
        return render(request, "incidents/operator.html", context, status=400)
    return redirect("contact", contacts.begin(user_of(request), channel, uid, phone).uid)


def as_uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@require_GET
@never_cache
@only(ANSWERING)
def now(request: HttpRequest) -> JsonResponse:
    """Asked by the idle screen: has the telephone system put a call through, does one ring?"""
    operator = user_of(request)
    held = Contact.objects.open_of(operator).first()
    return JsonResponse(
        {
            "contact": reverse("contact", args=[held.uid]) if held else None,
            "ringing": ringing(operator).count(),
        }
    )


@require_POST
@only(ANSWERING)
def take(request: HttpRequest, uid: UUID) -> HttpResponse:
    """A ringing call, or one that was promised to be called again."""
    operator = user_of(request)
    found = get_object_or_404(Contact.objects.visible_to(operator), uid=uid)
    promised = found.result == Contact.Result.FOLLOW_UP
    try:
        mine = (contacts.call_again if promised else contacts.take)(found.pk, operator)
    except IncidentError as error:
        messages.error(request, str(error))
        return redirect("operator")
    return redirect("contact", mine.uid)


@require_GET
@never_cache
@only(ANSWERING)
def contact(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The screen of a call in progress."""
    found = own(request, uid)
    if found.result:
        return redirect("operator")
    return screen(request, found)


def own(request: HttpRequest, uid: UUID) -> Contact:
    """This operator's contact; anybody else's is not there."""
    mine = Contact.objects.filter(operator=user_of(request)).select_related(
        "complainant", "earlier"
    )
    return get_object_or_404(mine, uid=uid)


def screen(
    request: HttpRequest,
    found: Contact,
    errors: dict[str, list[str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The call's page, with what was written and what is wrong with it."""
    operator = user_of(request)
    context = {
        "contact": found,
        "history": caller.history(found, operator),
        "others": Contact.objects.open_of(operator).exclude(pk=found.pk)[:LIST],
        "categories": Category.objects.in_use(),
        "kinds": Kind.choices,
        "cities": other_cities(operator),
        "alarm_words": [{"word": each.word, "call": each.call} for each in alarms.words()],
        "calls": AlarmWord.Call.choices,
        "given": request.POST,
        "errors": errors or {},
    }
    return render(request, "incidents/contact.html", context, status=status)


def other_cities(operator: User) -> Any:
    """Where a matter may belong instead: the province's cities but the operator's own."""
    own_city = operator.division.city_id or operator.division.code if operator.division else None
    return Division.objects.filter(level=Level.CITY, is_active=True).exclude(code=own_city)


@require_POST
@only(ANSWERING)
def listen(request: HttpRequest, uid: UUID) -> JsonResponse:
    """What the words mean: answers and categories, as fragments. POST: they belong in no log."""
    text = request.POST.get("text", "")[:LONGEST]
    found = own(request, uid)
    answers = {"answers": knowledge_search.search(text), "text": text, "contact": found}
    categories = {"suggestions": suggest(text)}
    return JsonResponse(
        {
            "answers": part("answers", answers, request),
            "categories": part("categories", categories, request),
        }
    )


def part(name: str, context: dict[str, Any], request: HttpRequest) -> str:
    return render_to_string(f"incidents/contact_{name}.html", context, request)
