"""What a citizen does on an incident's public page: plain forms, no account, so many an hour.

Each answers with the page again, or leads back to it; the device gets its cookie with the answer.
"""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.client import client_address, client_name
from incidents import tally
from incidents.errors import NotAllowedNow, Refused
from incidents.models import Incident
from incidents.said import one_of
from incidents.throttle import allows
from incidents.voices import comments, devices, endorsing, following, pages, verdicts

MOST_NEW, DAY_S = 10, 24 * 3600
# Does it for a device, and says in a sentence what was done.
Act = Callable[[HttpRequest, Incident, str], str]


def acted(request: HttpRequest, number: str, act: Act) -> HttpResponse:
    """One act; what is wrong is said beside its field, and nothing typed is lost."""
    incident = pages.public_or_404(number)
    token = devices.token_of(request)
    if not allows(request, "voices") or not (token or may_be_new(request, incident)):
        messages.error(request, _("Too many at once; please wait some minutes."))
        return pages.shown(request, incident, status=429)
    token = token or devices.new_token()
    try:
        done = act(request, incident, token)
    except Refused as error:
        return pages.shown(request, incident, {error.field: [error.message]}, error.status)
    except NotAllowedNow as error:
        incident = pages.public_or_404(number)
        return pages.shown(request, incident, {"all": [str(error)]}, 409)
    messages.success(request, done)
    answer = redirect("public-report", number)
    devices.keep(answer, token)
    return answer


def may_be_new(request: HttpRequest, incident: Incident) -> bool:
    """Whether another new device may speak from this address here today: a house full of people
    may, and whoever throws the cookie away each time may not for long. Nothing keeps the address.
    """
    client = client_name(client_address(request))
    return tally.count(f"voices:{devices.address(client, incident)[:40]}", MOST_NEW, DAY_S)


@require_POST
@never_cache
def endorse(request: HttpRequest, number: str) -> HttpResponse:
    """Me too; with `back=1`, not any more."""
    return acted(request, number, endorsed)


def endorsed(request: HttpRequest, incident: Incident, token: str) -> str:
    voice = devices.voice(token, incident)
    if request.POST.get("back"):
        endorsing.take_back(incident, voice)
        return _("Taken back.")
    endorsing.endorse(incident, voice)
    return _("You are counted. Thank you.")


@require_POST
@never_cache
def follow(request: HttpRequest, number: str) -> HttpResponse:
    """By the device, or with a `contact`; with `back=1`, not any more."""
    return acted(request, number, followed)


def followed(request: HttpRequest, incident: Incident, token: str) -> str:
    if request.POST.get("back"):
        for each in following.own(token).filter(incident=incident):
            following.end(each)
        return _("You follow it no more.")
    if following.begin(incident, token, request.POST.get("contact", "")):
        return _("You follow it. Open the link we send you now, and you are told what happens.")
    return _("You follow it: find it again under What I follow.")


@require_POST
@never_cache
def fixed(request: HttpRequest, number: str) -> HttpResponse:
    """Is it fixed? `fixed=yes` or `no`."""
    return acted(request, number, judged)


def judged(request: HttpRequest, incident: Incident, token: str) -> str:
    answer = one_of("fixed", request.POST.get("fixed", ""), ("yes", "no"))
    verdicts.record(incident.pk, devices.voice(token, incident), is_fixed=answer == "yes")
    return _("Your answer is recorded.")


@require_POST
@never_cache
def comment(request: HttpRequest, number: str) -> HttpResponse:
    """`text`, at most 500 characters, shown once somebody has read it."""
    return acted(request, number, commented)


def commented(request: HttpRequest, incident: Incident, token: str) -> str:
    voice = devices.voice(token, incident)
    comments.comment(incident, voice, request.POST.get("text", ""))
    return _("Thank you. It is shown once somebody has read it.")


@require_POST
@never_cache
def thank(request: HttpRequest, number: str) -> HttpResponse:
    """Thanks, with a `word` or without."""
    return acted(request, number, thanked)


def thanked(request: HttpRequest, incident: Incident, token: str) -> str:
    comments.thank(incident, devices.voice(token, incident), request.POST.get("word", ""))
    return _("Your thanks go to those who did it.")
