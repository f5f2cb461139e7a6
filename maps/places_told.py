"""Who follows a place with a contact that is theirs is told by message, once a day at most.

The contact lies in the vault, not to be found there by its number; it is forgotten when the place
is followed no more, or when nobody confirmed it in time. As with reports: docs/co-governance.md.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from incidents import tally, wake
from incidents.messages import SEND, after_quiet, keep
from incidents.models import Message
from incidents.recipients import channel_to
from incidents.templatetags.casework import named
from incidents.voices import devices
from incidents.voices.following import CONFIRM_WITHIN, DAY_S, MOST_ASKED, kept
from maps import places_followed
from maps.models import FollowedPlace
from maps.near import State

EVERY = timedelta(days=1)
BATCH = 200
# More than so many is said to be so many.
MOST_COUNTED = 99
SALT = "maps.places"
T = Message.Template


# --- Ask, confirm --------------------------------------------------------------------------------


def ask(place: FollowedPlace, contact: str) -> None:
    """Keep the contact (`following.contact_of` has made it plain) and ask whether it is theirs.

    Nothing happens where it follows this place already or is asked often; the answer to whoever
    asked is the same.
    """
    index = devices.contact_at(contact, str(place))
    if place.person_id is not None or FollowedPlace.objects.filter(contact_index=index).exists():
        return
    if not tally.count(f"follow:{devices.contact_name(contact)[:40]}", MOST_ASKED, DAY_S):
        return
    try:
        with transaction.atomic():
            place.contact_index, place.asked_at = index, timezone.now()
            place.person = kept(contact)
            place.save(update_fields=["contact_index", "asked_at", "person"])
            write(place, T.CONFIRM_PLACE, {}, f"{place.pk}:{place.asked_at:%Y%m%d%H%M%S}")
    except IntegrityError:
        return  # another device was faster with the same contact
    wake.start(SEND)


def confirm(place: FollowedPlace) -> bool:
    """It is theirs; False where it is too late."""
    now = timezone.now()
    if place.confirmed_at is not None:
        return True
    fresh = FollowedPlace.objects.filter(pk=place.pk, asked_at__gte=now - CONFIRM_WITHIN)
    return bool(fresh.update(confirmed_at=now, told_at=now))


def link(place: FollowedPlace) -> str:
    return reverse("place-link", args=[signing.dumps(place.uid.hex, salt=SALT)])


def of_token(token: str) -> FollowedPlace:
    """Raises Http404 for a forged link, and for what is followed no more."""
    try:
        uid = UUID(hex=signing.loads(token, salt=SALT))
    except (signing.BadSignature, ValueError, TypeError):
        raise Http404 from None
    return get_object_or_404(FollowedPlace.objects.select_related("division", "person"), uid=uid)


# --- Told ----------------------------------------------------------------------------------------


def tell_due(now: datetime) -> int:
    """Write to those who were told nothing for a day and have news; returns to how many."""
    due = FollowedPlace.objects.filter(confirmed_at__isnull=False, told_at__lte=now - EVERY)
    numbers = list(due.order_by("told_at").values_list("pk", flat=True)[:BATCH])
    told = sum(tell(number, now) for number in numbers)
    if told:
        wake.start(SEND)
    return told


@transaction.atomic
def tell(place_id: int, now: datetime) -> bool:
    """Whether there was anything to say; another process at the same place: False."""
    free = FollowedPlace.objects.select_for_update(of=("self",), skip_locked=True)
    place = free.select_related("division", "person").filter(pk=place_id).first()
    if place is None or place.told_at is None or place.told_at > now - EVERY:
        return False
    where = places_followed.place_of(place)
    recent = places_followed.changed(where).filter(at__gt=place.told_at)
    states = [State.of(each) for each in recent.values_list("status", flat=True)[:MOST_COUNTED]]
    FollowedPlace.objects.filter(pk=place.pk).update(told_at=now)
    if not states:
        return False
    closed = states.count(State.CLOSED)
    values = {"reported": len(states) - closed, "closed": closed}
    return write(place, T.PLACE_NEWS, values, f"{place.pk}:{now:%Y%m%d}")


def write(
    place: FollowedPlace, template: Message.Template, values: dict[str, int], occasion: str
) -> bool:
    """One message about no report; False where the contact cannot be reached."""
    person = place.person
    channel = channel_to(person) if person else ""
    if not channel:
        return False
    assert person is not None
    now = timezone.now()
    with translation.override(person.language):
        name = named(place.division) if place.division else _("within about 1 km")
    where = places_followed.place_of(place).query
    about = {"place": name, "page": f"{reverse('public-map')}?{where}", "link": link(place)}
    row = Message(
        complainant=person,
        template=template,
        occasion=occasion,
        values={**values, **about},
        channel=channel,
        language=person.language,
        not_before=now if template == T.CONFIRM_PLACE else after_quiet(now),
    )
    return keep([row])


def forget_due(now: datetime) -> int:
    """Forget contacts nobody confirmed in time; the device goes on. Returns how many."""
    late = Q(confirmed_at=None, asked_at__lt=now - CONFIRM_WITHIN, person__isnull=False)
    found = list(FollowedPlace.objects.filter(late).order_by("pk")[:BATCH])
    for place in found:
        places_followed.forget_contact(place.pk)
    return len(found)
