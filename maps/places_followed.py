"""What happens at a place, for who follows it: by the device alone, or by a feed.

A point is followed as its square of 460 m, so that nobody's home stands in the database.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from districts.models import Level
from incidents import vault
from incidents.errors import NotAllowedNow, Refused
from incidents.models import Complainant, Incident
from incidents.voices import devices
from maps import near
from maps.models import FollowedPlace
from maps.near import STATE_NAMES, State, Wanted
from maps.near_asked import Where

# What is older is no news.
DAYS = 30
MOST_PLACES = 10
MOST_NEWS = 5


@dataclass(frozen=True, slots=True)
class News:
    """`on`: the day it was closed, or else reported; nobody is told the hour."""

    incident: Incident
    state: State
    on: date
    is_new: bool = False

    @property
    def state_name(self) -> str:
        return str(STATE_NAMES[self.state])


def checked(where: Where) -> Where:
    """A county, what is smaller, or a point's square. Raises Refused."""
    if where.square is None and where.division is None:
        raise Refused("division", _("Choose a place first: a county or something smaller."))
    if where.division is not None and where.division.level < Level.COUNTY:
        raise Refused("division", _("This is too wide; choose a county or something smaller."))
    return where


# --- What happened there -------------------------------------------------------------------------


def changed(where: Where, field: str = "") -> Any:
    """What was reported or closed there of late, the last first, with `at`."""
    since = timezone.now() - timedelta(days=DAYS)
    # Whatever is closed of late was reported within a year, or else is no news to neighbours.
    every = near.reports(Wanted(days=365, field=field), where.area)
    of_late = every.filter(Q(created_at__gte=since) | Q(ended_at__gte=since))
    at = Greatest("created_at", Coalesce("ended_at", "created_at"))
    return of_late.annotate(at=at).order_by("-at")


def news(where: Where, most: int, field: str = "") -> list[News]:
    return [told(each) for each in changed(where, field)[:most]]


def told(each: Any, seen_at: datetime | None = None) -> News:
    day = timezone.localtime(each.at).date()
    is_new = seen_at is not None and each.at > seen_at
    return News(each, State.of(each.status), day, is_new)


def news_of_all(places: Sequence[FollowedPlace]) -> dict[int, list[News]]:
    """Of every place the last few, by its id; one statement for all of them."""
    parts = [changed(place_of(each)).annotate(place=Value(each.pk))[:MOST_NEWS] for each in places]
    if not parts:
        return {}
    first, *others = parts
    found: dict[int, list[News]] = {each.pk: [] for each in places}
    seen = {each.pk: each.seen_at for each in places}
    rows = first.union(*others, all=True) if others else first
    for each in sorted(rows, key=lambda row: row.at, reverse=True):
        found[each.place].append(told(each, seen[each.place]))
    return found


def place_of(place: FollowedPlace) -> Where:
    return Where(division=place.division, square=place.square)


# --- Followed by a device ------------------------------------------------------------------------


def own(token: str) -> list[FollowedPlace]:
    """What this device follows, the newest first."""
    every = FollowedPlace.objects.select_related(
        "division__city", "division__county", "division__street", "division__parent"
    )
    return list(every.filter(device=devices.follower(token)).order_by("-id")) if token else []


def of_device(token: str, where: Where) -> FollowedPlace | None:
    if not token:
        return None
    ours = FollowedPlace.objects.filter(device=devices.follower(token))
    return ours.filter(division=where.division, square=where.square).first()


@transaction.atomic
def begin(where: Where, token: str) -> FollowedPlace:
    """Once a place and device. Raises Refused, and NotAllowedNow where it follows many."""
    place, device = checked(where), devices.follower(token)
    FollowedPlace.objects.lock(device)
    if found := of_device(token, place):
        return found
    if FollowedPlace.objects.filter(device=device).count() >= MOST_PLACES:
        raise NotAllowedNow(_("You follow %(n)d places already.") % {"n": MOST_PLACES})
    return FollowedPlace.objects.create(
        device=device, division=place.division, square=place.square, seen_at=timezone.now()
    )


def end(token: str, place_id: int) -> None:
    """A device ends what is its own; what is another's stays."""
    ours = FollowedPlace.objects.filter(device=devices.follower(token), pk=place_id)
    if ours.exists():
        end_one(place_id)


@transaction.atomic
def end_one(place_id: int) -> None:
    """Followed no more: the contact leaves the vault, and nothing else is kept."""
    forget_contact(place_id)
    FollowedPlace.objects.filter(pk=place_id).delete()


@transaction.atomic
def forget_contact(place_id: int) -> None:
    """The device goes on following; what waits to be sent finds no address."""
    place = FollowedPlace.objects.select_for_update().filter(pk=place_id).first()
    if place is None or place.person_id is None:
        return
    person = Complainant.objects.get(pk=place.person_id)
    place.person, place.contact_index = None, ""
    place.asked_at = place.confirmed_at = place.told_at = None
    place.save()
    vault.forget(person)


def saw(token: str) -> None:
    """All of it is old from now on."""
    FollowedPlace.objects.filter(device=devices.follower(token)).update(seen_at=timezone.now())
