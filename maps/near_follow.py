"""Following a place: plain forms without an account, a page of this device, and an Atom feed."""

from typing import Any

from django.contrib import messages
from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from districts.errors import MalformedPosition
from incidents.errors import NotAllowedNow, Refused
from incidents.templatetags.casework import named
from incidents.throttle import allows
from incidents.voices import devices
from incidents.voices.following import contact_of
from maps import places_followed, places_told
from maps.near_asked import Where, where_of
from maps.open_data import moments
from maps.places_followed import News

FED = 50


@require_safe
@never_cache
def following(request: HttpRequest) -> HttpResponse:
    """The places this device follows, each with what happened there of late."""
    places = places_followed.own(devices.token_of(request))
    found = places_followed.news_of_all(places)
    rows = [(each, places_followed.place_of(each), found[each.pk]) for each in places]
    context = {"rows": rows, "days": places_followed.DAYS}
    return render(request, "maps/places_followed.html", context)


@require_POST
@never_cache
def follow(request: HttpRequest) -> HttpResponse:
    """`division=`, or `lat=` and `lon=`: follow it, by `contact=` as well; `end=` the id of one:
    no more; `seen=1`: all of it is read."""
    if not allows(request, "voices"):
        return refused(request, _("Too many at once; please wait some minutes."), 429)
    token = devices.token_of(request) or devices.new_token()
    try:
        done = acted(request.POST.dict(), token)
    except Refused as error:
        return refused(request, str(error.message), error.status)
    except MalformedPosition as error:
        return refused(request, str(error), 400)
    except NotAllowedNow as error:
        return refused(request, str(error), 409)
    messages.success(request, done)
    answer = redirect("places-followed")
    devices.keep(answer, token)
    return answer


def acted(given: dict[str, str], token: str) -> str:
    if number := given.get("end", ""):
        if not (number.isascii() and number.isdigit() and len(number) < 19):
            raise Refused("end", _("There is no such place."))
        places_followed.end(token, int(number))
        return _("You follow it no more.")
    if given.get("seen"):
        places_followed.saw(token)
        return _("Marked as read.")
    contact = contact_of(given.get("contact", ""))
    place = places_followed.begin(where_of(given), token)
    if not contact:
        return _("You follow this place: what is new there stands here.")
    places_told.ask(place, contact)
    return _("You follow it. Open the link we send you now, and you are told what happens.")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The link in a message: opening it changes nothing; `do=confirm` or `do=end`."""
    place = places_told.of_token(token)
    context: dict[str, Any] = {"where": places_followed.place_of(place), "place": place}
    if request.method == "POST":
        if request.POST.get("do") == "end":
            places_followed.end_one(place.pk)
            context["place"] = None
        elif not places_told.confirm(place):
            context["error"] = _("This link came too late; please follow it again.")
        else:
            return redirect("place-link", token)
    return render(request, "maps/place_link.html", context)


def refused(request: HttpRequest, words: str, status: int) -> HttpResponse:
    context = {"rows": [], "error": words}
    return render(request, "maps/places_followed.html", context, status=status)


class PlaceNews(Feed[News, Where]):
    """`/near/feed.atom?division=` or `?lat=&lon=`: what was reported and closed there."""

    feed_type = Atom1Feed

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Where:
        found: Where = kwargs["where"]
        return found

    def title(self, where: Where) -> str:
        place = named(where.division) if where.division else _("within about 1 km")
        return _("12345 hotline: %(place)s") % {"place": place}

    def link(self, where: Where) -> str:
        return f"{reverse('public-map')}?{where.query}"

    def feed_url(self, where: Where) -> str:
        return f"{reverse('place-feed')}?{where.query}"

    def items(self, where: Where) -> list[News]:
        return places_followed.news(where, FED)

    def item_title(self, item: News) -> str:
        words = {"state": item.state_name, "what": item.incident.category.name}
        return _("%(what)s: %(state)s") % words

    def item_description(self, item: News) -> str:
        place = item.incident.division
        assert place is not None
        above = (place.county, place.street, place)
        return " · ".join(dict.fromkeys(named(each) for each in above if each))

    def item_link(self, item: News) -> str:
        return reverse("public-report", args=[item.incident.number])

    def item_guid(self, item: News) -> str:
        return f"urn:hotline-12345:{item.incident.number}:{item.state}"

    def item_updateddate(self, item: News) -> Any:
        return moments(item.on)[0]


@require_safe
@cache_control(public=True, max_age=300)
@vary_on_headers("Accept-Language", "Cookie")
def feed(request: HttpRequest) -> HttpResponse:
    """The feed of one place; what is wrong with the address is said in words."""
    try:
        where = places_followed.checked(where_of(request.GET.dict()))
    except (MalformedPosition, Refused) as error:
        return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")
    return PlaceNews()(request, where=where)
