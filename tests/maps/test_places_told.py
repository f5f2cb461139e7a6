"""Who follows a place with a contact: asked, told once a day, and forgotten at a word."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from incidents.models import Complainant, Message
from incidents.sending import send_due
from maps import places_told, rollups
from maps.models import FollowedPlace
from tests.conftest import DADONG_GATE, LUXUN_PARK, IncidentMaker, Town
from tests.incidents.gateway import Gateway
from tests.incidents.test_messages import gateway as gateway

pytestmark = pytest.mark.django_db
PHONE = "13912345678"
HERE = {"lon": str(LUXUN_PARK[0]), "lat": str(LUXUN_PARK[1])}
LATER = timedelta(days=1, minutes=1)


def neighbour() -> Client:
    return Client(REMOTE_ADDR="10.7.7.7")


def follow(web: Client, contact: str = PHONE, **where: str) -> FollowedPlace:
    assert web.post("/near/follow", {**(where or HERE), "contact": contact}).status_code == 302
    return FollowedPlace.objects.latest("id")


def confirmed(web: Client, **where: str) -> FollowedPlace:
    made = follow(web, **where)
    assert neighbour().post(places_told.link(made), {"do": "confirm"}).status_code == 302
    made.refresh_from_db()
    return made


def all_sent() -> None:
    while send_due():
        pass


def catch_up() -> None:
    while rollups.catch_up():
        pass


def test_a_contact_is_sealed_and_nothing_is_told_before_it_is_confirmed(
    web: Client, gateway: Gateway, incident: IncidentMaker
) -> None:
    made = follow(web)
    kept = [*FollowedPlace.objects.values(), *Complainant.objects.values()]
    assert PHONE not in str(kept)
    incident(LUXUN_PARK, "pothole")
    catch_up()
    assert places_told.tell_due(timezone.now() + LATER) == 0
    all_sent()
    (text,) = gateway.texts
    # The link of the message itself: another made a second later is another.
    link = re.search(r"/near/f/[\w:-]+", text)
    assert link
    assert web.get(link[0]).status_code == 200
    made.refresh_from_db()
    assert made.confirmed_at is None


def test_it_is_told_once_a_day_of_what_is_for_everybody(
    web: Client, gateway: Gateway, incident: IncidentMaker
) -> None:
    made = confirmed(web)
    incident(LUXUN_PARK, "pothole")
    incident(LUXUN_PARK, "pothole", confidential=True)
    incident(DADONG_GATE, "pothole")
    catch_up()
    now = timezone.now()
    assert places_told.tell_due(now) == 0
    assert places_told.tell_due(now + LATER) == 1
    assert places_told.tell_due(now + LATER) == 0
    told = Message.objects.get(template="place_news")
    assert (told.values["reported"], told.values["closed"]) == (1, 0)
    assert told.report is None
    Message.objects.update(not_before=now)
    all_sent()
    assert [text for text in gateway.texts if "新增诉求1件" in text and PHONE not in text]
    # Another day without news.
    assert places_told.tell_due(now + 2 * LATER) == 0
    made.refresh_from_db()
    assert made.told_at == now + 2 * LATER


def test_following_no_more_forgets_the_contact_and_what_waits(
    web: Client, gateway: Gateway, incident: IncidentMaker
) -> None:
    made = confirmed(web, division="210102")
    incident(LUXUN_PARK, "pothole")
    catch_up()
    assert places_told.tell_due(timezone.now() + LATER) == 1
    assert "已删除" in neighbour().post(places_told.link(made), {"do": "end"}).content.decode()
    person = Complainant.objects.get()
    assert (person.sealed, person.erased_at is None) == (None, False)
    Message.objects.update(not_before=timezone.now())
    all_sent()
    assert Message.objects.get(template="place_news").state == "unneeded"
    assert not FollowedPlace.objects.exists()
    assert neighbour().get(places_told.link(made)).status_code == 404


def test_the_device_that_ends_it_forgets_the_contact_as_well(
    web: Client, gateway: Gateway, town: Town
) -> None:
    made = confirmed(web)
    web.post("/near/follow", {"end": str(made.pk)})
    assert Complainant.objects.get().sealed is None


def test_one_contact_follows_a_place_once_and_is_not_asked_for_ever(
    web: Client, gateway: Gateway, town: Town
) -> None:
    confirmed(web)
    follow(neighbour())
    assert Complainant.objects.count() == 1
    for n in range(7):
        follow(web, lon=str(123.2 + n / 50), lat="41.81")
    assert Message.objects.filter(template="confirm_place").count() == 5


def test_what_nobody_confirms_is_forgotten_and_the_device_goes_on(
    web: Client, gateway: Gateway, town: Town
) -> None:
    made = follow(web)
    FollowedPlace.objects.update(asked_at=timezone.now() - timedelta(days=3))
    answer = neighbour().post(places_told.link(made), {"do": "confirm"})
    assert 'role="alert"' in answer.content.decode()
    assert places_told.forget_due(timezone.now()) == 1
    assert FollowedPlace.objects.get().person is None
    assert Complainant.objects.get().sealed is None


def test_what_is_no_contact_is_refused(web: Client, gateway: Gateway, town: Town) -> None:
    for wrong in ("x", "@", "1" * 300):
        assert web.post("/near/follow", {**HERE, "contact": wrong}).status_code == 400
    assert not FollowedPlace.objects.exists()
    assert web.get("/near/f/forged").status_code == 404
