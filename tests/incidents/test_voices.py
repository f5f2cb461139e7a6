"""Citizens act on each other's reports: once a device, without an account, on what is public."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from ipaddress import IPv4Address
from secrets import randbelow
from typing import Any
from urllib.parse import quote

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from accounts.roles import Role
from dispatch import engine, merging, replies
from dispatch.lists import QUEUE
from dispatch.replies import NewReply
from incidents import call_backs, checks, reopening
from incidents.models import (
    Comment,
    Complainant,
    Doubt,
    Endorsement,
    Follow,
    Incident,
    Message,
    Moderation,
    Outbox,
    Status,
    Verdict,
)
from incidents.sending import send_due
from incidents.voices import devices, following, links
from tests.conftest import LUXUN_PARK, IncidentMaker, PersonMaker, Town, WorkerMaker, north_of
from tests.incidents.gateway import PUBLIC, SECRET, Gateway, sms_gateway

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
PHONE = "13912345678"


def neighbour() -> Client:
    """Another device, at another address."""
    return Client(REMOTE_ADDR=str(IPv4Address(0x0A000000 + randbelow(2**24))))


@pytest.fixture(autouse=True)
def nothing_by_sample(settings: Settings) -> None:
    settings.CHECK_PERCENT = 0


@pytest.fixture
def gateway(settings: Settings) -> Iterator[Gateway]:
    with sms_gateway() as made:
        settings.SMS_URL, settings.SMS_SECRET = made.url, SECRET
        settings.PUBLIC_URL, settings.QUIET_HOURS = PUBLIC, ""
        yield made


@pytest.fixture
def pothole(incident: IncidentMaker) -> Incident:
    """In the hands of Heping's department."""
    found = incident(LUXUN_PARK, "pothole", text="王老五家门口有坑")
    engine.dispatch(found.pk)
    return again(found)


@pytest.fixture
def phoned(incident: IncidentMaker) -> Incident:
    """The same, by somebody who can be called back."""
    found = incident(LUXUN_PARK, "pothole", contact_phone="13812340000")
    engine.dispatch(found.pk)
    return again(found)


@pytest.fixture
def people(person: PersonMaker, town: Town) -> dict[str, User]:
    return {
        "liaison": person(Role.UNIT_LIAISON, unit=town.heping),
        "agent": person(Role.CALL_BACK_AGENT, "210100"),
        "manager": person(Role.DUTY_MANAGER, "210100"),
        "operator": person(Role.OPERATOR, "210102"),
        "checker": person(Role.QUALITY_CHECKER, "210100"),
    }


def again(found: Incident) -> Incident:
    return Incident.objects.get(pk=found.pk)


def replied(found: Incident, people: dict[str, User], text: str = "已修补。") -> Incident:
    replies.sign(found.pk, people["liaison"])
    replies.log_contact(found.pk, people["liaison"], way="telephone", reached=True, note="已联系")
    replies.reply(found.pk, people["liaison"], NewReply("explained", text))
    return again(found)


def closed(found: Incident, people: dict[str, User]) -> Incident:
    done = replied(found, people)
    for waiting in done.call_backs.filter(result=""):
        call_backs.record(waiting.pk, solved=True, satisfaction="5", agent=people["agent"])
    return again(done)


def page(found: Incident, web: Client, **more: Any) -> str:
    answer = web.get(f"/reports/{found.number}", **more)
    assert answer.status_code == 200
    return str(answer.content.decode())


def act(found: Incident, web: Client, name: str, **given: str) -> Any:
    return web.post(f"/reports/{found.number}/{name}", given)


# --- What is public -----------------------------------------------------------------------------


def test_the_page_tells_the_matter_and_nobody(web: Client, pothole: Incident) -> None:
    shown = page(pothole, web)
    assert pothole.number in shown
    assert "鲁迅社区" in shown
    assert "王老五" not in shown
    assert pothole.reports.get().tracking_code not in shown
    assert "123.4" not in shown


@pytest.mark.parametrize(
    "other",
    [
        {"confidential": True},
        {"kind": "wrongdoing"},
        {"category": "roof-leak"},
        {"place": None},
    ],
)
def test_what_is_private_is_as_one_that_never_was(
    web: Client, incident: IncidentMaker, other: dict[str, Any]
) -> None:
    found = incident(**{"category": "pothole"} | other)
    missing = web.get("/reports/20990101-000001")
    for verb, path in (("GET", ""), ("POST", "/endorse"), ("POST", "/comment")):
        answer = web.generic(verb, f"/reports/{found.number}{path}")
        assert (answer.status_code, missing.status_code) == (404, 404)
    assert found.number not in web.get("/reports").content.decode()
    assert not Endorsement.objects.exists()


def test_a_withdrawn_report_has_no_page_any_more(web: Client, pothole: Incident) -> None:
    Incident.objects.filter(pk=pothole.pk).update(status=Status.WITHDRAWN)
    assert web.get(f"/reports/{pothole.number}").status_code == 404


def test_the_reply_is_public_once_it_is_accepted_and_masked(
    web: Client, pothole: Incident, people: dict[str, User]
) -> None:
    done = replied(pothole, people, "已修补,有事找王师傅13812345678或024-22334455。")
    shown = page(done, web)
    assert "已修补" in shown
    assert "13812345678" not in shown
    assert "024-22334455" in shown


def test_what_is_merged_leads_to_where_it_lives_on(
    web: Client, pothole: Incident, incident: IncidentMaker, person: PersonMaker
) -> None:
    second = incident(north_of(LUXUN_PARK, 20), "pothole")
    act(second, web, "endorse")
    merging.merge(second.pk, pothole.number, person(Role.DISPATCHER, "210100"), "同一处")
    answer = web.get(f"/reports/{second.number}")
    assert answer.headers["Location"] == f"/reports/{pothole.number}"
    assert "另有 1 位居民附议" in page(pothole, web)


def test_the_list_is_by_division(web: Client, pothole: Incident) -> None:
    for query in ("", "?division=210102", "?division=210100"):
        assert pothole.number in web.get(f"/reports{query}").content.decode()
    assert pothole.number not in web.get("/reports?division=210104").content.decode()
    assert "?division=210102" in web.get("/reports?q=和平").content.decode()


def test_a_place_that_is_none_is_refused(web: Client) -> None:
    answer = web.get("/reports?lat=x&lon=y", follow=True)
    assert answer.redirect_chain == [("/near?lat=x&lon=y", 302)]
    assert answer.status_code == 400
    assert web.get("/reports?division=999999").status_code == 404
    assert web.get("/reports?page=nan").status_code == 200


def test_a_page_costs_few_statements(
    web: Client,
    pothole: Incident,
    people: dict[str, User],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    act(pothole, web, "endorse")
    done = closed(pothole, people)
    with django_assert_max_num_queries(3):
        page(done, neighbour())
    with django_assert_max_num_queries(10):
        page(done, web)
    for n in range(3):
        act(done, neighbour(), "thank", word=f"谢谢{n}")
    with django_assert_max_num_queries(3):
        page(done, neighbour())


# --- Endorse ------------------------------------------------------------------------------------


def test_a_device_endorses_once_and_takes_it_back(web: Client, pothole: Incident) -> None:
    for _n in range(3):
        assert act(pothole, web, "endorse").status_code == 302
    assert Endorsement.objects.count() == 1
    assert act(pothole, neighbour(), "endorse").status_code == 302
    assert "另有 2 位居民附议" in page(pothole, web)
    act(pothole, web, "endorse", back="1")
    assert Endorsement.objects.count() == 1


def test_the_cookie_is_kept_from_scripts_and_the_database_holds_a_digest(
    web: Client, pothole: Incident
) -> None:
    web.get(f"/reports/{pothole.number}")
    assert devices.COOKIE not in web.cookies
    act(pothole, web, "endorse")
    cookie = web.cookies[devices.COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    token = cookie.value.split(":")[0]
    assert token not in str(Endorsement.objects.values().get())


def test_a_forged_cookie_is_none(web: Client, pothole: Incident) -> None:
    act(pothole, web, "endorse")
    signed = web.cookies[devices.COOKIE].value
    forger = neighbour()
    forger.cookies[devices.COOKIE] = "anything" + signed
    act(pothole, forger, "endorse", back="1")
    assert Endorsement.objects.count() == 1
    assert forger.cookies[devices.COOKIE].value != "anything" + signed


def test_two_incidents_do_not_tell_that_it_was_one_device(
    web: Client, pothole: Incident, incident: IncidentMaker
) -> None:
    second = incident(LUXUN_PARK, "street-light")
    for each in (pothole, second):
        act(each, web, "endorse")
    assert Endorsement.objects.values("voice").distinct().count() == 2


def test_many_at_once_have_to_wait(web: Client, pothole: Incident) -> None:
    for _n in range(60):
        act(pothole, web, "endorse")
    assert act(pothole, web, "endorse").status_code == 429


def test_who_throws_the_cookie_away_is_not_many_whatever_they_write_about_themselves(
    web: Client, pothole: Incident, incident: IncidentMaker
) -> None:
    for n in range(10):
        web.defaults["HTTP_X_FORWARDED_FOR"] = f"203.0.113.{n}"
        assert act(pothole, web, "endorse").status_code == 302
        web.cookies.clear()
    web.defaults["HTTP_X_FORWARDED_FOR"] = "198.51.100.9"
    assert act(pothole, web, "endorse").status_code == 429
    assert Endorsement.objects.count() == 10
    assert act(incident(LUXUN_PARK, "street-light"), web, "endorse").status_code == 302


def test_behind_our_own_proxy_each_address_is_its_own(
    pothole: Incident, settings: Settings
) -> None:
    settings.TRUSTED_PROXIES = 1
    web = neighbour()
    for n in range(12):
        web.defaults["HTTP_X_FORWARDED_FOR"] = f"198.51.100.1, 203.0.113.{n}"
        assert act(pothole, web, "endorse").status_code == 302
        web.cookies.clear()


def test_after_the_reply_nobody_joins(
    web: Client, pothole: Incident, people: dict[str, User]
) -> None:
    replied(pothole, people)
    assert act(pothole, web, "endorse").status_code == 409
    assert not Endorsement.objects.exists()


def test_staff_read_how_many(
    web: Client, pothole: Incident, people: dict[str, User], logged_in: LogIn
) -> None:
    for each in (web, neighbour()):
        act(pothole, each, "endorse")
    shown = logged_in(people["liaison"]).get(f"/desk/{pothole.number}/").content.decode()
    assert "2 位居民附议" in shown


# --- Follow -------------------------------------------------------------------------------------


def follow(found: Incident, web: Client, contact: str = PHONE) -> Follow:
    assert act(found, web, "follow", contact=contact).status_code == 302
    return Follow.objects.latest("id")


def confirmed(found: Incident, web: Client, contact: str = PHONE) -> Follow:
    made = follow(found, web, contact)
    assert neighbour().post(links.link(made), {"do": "confirm"}).status_code == 302
    made.refresh_from_db()
    return made


def test_a_device_follows_without_a_contact(web: Client, pothole: Incident) -> None:
    act(pothole, web, "follow")
    assert pothole.number in web.get("/following").content.decode()
    assert pothole.number not in neighbour().get("/following").content.decode()
    act(pothole, web, "follow", back="1")
    assert pothole.number not in web.get("/following").content.decode()


def test_a_contact_is_sealed_and_told_nothing_before_it_is_confirmed(
    web: Client, gateway: Gateway, pothole: Incident, people: dict[str, User]
) -> None:
    made = follow(pothole, web)
    assert PHONE not in str(list(Follow.objects.values())) + str(list(Complainant.objects.values()))
    send_due()
    # Without its signature: that of a link made a second later is another.
    told = links.link(made).split(":")[0]
    assert [text for text in gateway.texts if told in text]
    replied(pothole, people)
    send_due()
    assert len(gateway.texts) == 1


def test_opening_the_link_confirms_nothing(
    web: Client, gateway: Gateway, pothole: Incident
) -> None:
    made = follow(pothole, web)
    assert web.get(links.link(made)).status_code == 200
    made.refresh_from_db()
    assert made.confirmed_at is None
    assert web.get("/f/forged").status_code == 404


def test_followers_are_told_of_reply_closing_and_reopening_once(
    web: Client, gateway: Gateway, pothole: Incident, people: dict[str, User]
) -> None:
    confirmed(pothole, web)
    done = closed(pothole, people)
    reopening.reopen(done.pk, people["operator"], reason="又坏了", new_fact=False)
    while send_due():
        pass
    told = Message.objects.exclude(follow=None).order_by("id").values_list("template", "state")
    assert list(told) == [
        ("confirm_follow", "sent"),
        ("followed_replied", "sent"),
        ("followed_closed", "sent"),
        ("followed_reopened", "sent"),
    ]
    tracking = pothole.reports.get().tracking_code
    assert not [text for text in gateway.texts if tracking in text]
    assert len(gateway.texts) == 4


def test_one_contact_is_told_once_however_many_devices(
    web: Client, gateway: Gateway, pothole: Incident
) -> None:
    confirmed(pothole, web)
    act(pothole, neighbour(), "follow", contact="+86 139-1234-5678")
    assert Message.objects.count() == 1
    assert Complainant.objects.count() == 1


def test_a_contact_is_not_asked_for_ever(
    web: Client, gateway: Gateway, incident: IncidentMaker
) -> None:
    for n in range(7):
        follow(incident(LUXUN_PARK, "pothole", text=f"{n}"), web)
    assert Message.objects.filter(template="confirm_follow").count() == 5


def test_following_no_more_forgets_the_contact(
    web: Client, gateway: Gateway, pothole: Incident, people: dict[str, User]
) -> None:
    made = confirmed(pothole, web)
    neighbour().post(links.link(made), {"do": "end"})
    person = Complainant.objects.get()
    assert person.sealed is None
    assert person.erased_at is not None
    replied(pothole, people)
    while send_due():
        pass
    assert not Message.objects.filter(template="followed_replied").exists()
    assert neighbour().get(links.link(made)).status_code == 200


def test_what_waits_when_it_is_left_or_made_confidential_is_not_sent(
    web: Client, gateway: Gateway, pothole: Incident, people: dict[str, User]
) -> None:
    confirmed(pothole, web)
    replied(pothole, people)
    Incident.objects.filter(pk=pothole.pk).update(is_confidential=True)
    send_due()
    assert Message.objects.get(template="followed_replied").state == "unneeded"


def test_a_contact_nobody_confirms_is_forgotten(
    web: Client, gateway: Gateway, pothole: Incident
) -> None:
    made = follow(pothole, web)
    assert following.forget_due(timezone.now()) == 0
    assert following.forget_due(timezone.now() + timedelta(days=3)) == 1
    made.refresh_from_db()
    assert made.person is None
    assert Complainant.objects.get().sealed is None


def test_a_follower_is_no_caller(web: Client, gateway: Gateway, pothole: Incident) -> None:
    follow(pothole, web)
    assert Complainant.objects.get().phone_index == ""


@pytest.mark.parametrize("contact", ["abc", "123", "a@b.cn", "1" * 300])
def test_a_contact_that_cannot_be_written_to_is_refused(
    web: Client, gateway: Gateway, pothole: Incident, contact: str
) -> None:
    answer = act(pothole, web, "follow", contact=contact)
    assert answer.status_code == 400
    assert "e-contact" in answer.content.decode()
    assert not Follow.objects.exists()


# --- Fixed? -------------------------------------------------------------------------------------


def crowd(found: Incident, n: int) -> list[Client]:
    """So many devices that endorse it."""
    made = [neighbour() for _n in range(n)]
    for each in made:
        act(found, each, "endorse")
    return made


def test_each_who_cared_before_says_once_whether_it_is_fixed(
    web: Client, pothole: Incident, people: dict[str, User]
) -> None:
    act(pothole, web, "endorse")
    assert act(pothole, web, "fixed", fixed="no").status_code == 409
    done = closed(pothole, people)
    assert act(done, web, "fixed", fixed="").status_code == 400
    assert act(done, web, "fixed", fixed="no").status_code == 302
    assert act(done, web, "fixed", fixed="yes").status_code == 409
    stranger = neighbour()
    act(done, stranger, "follow")
    assert act(done, stranger, "fixed", fixed="no").status_code == 409
    assert [each.is_fixed for each in Verdict.objects.all()] == [False]


def test_three_who_say_no_put_a_line_on_the_desk_and_reopen_nothing(
    pothole: Incident, people: dict[str, User], logged_in: LogIn
) -> None:
    first, second, third = crowd(pothole, 3)
    done = closed(pothole, people)
    for each in (first, second):
        act(done, each, "fixed", fixed="no")
    assert not Doubt.objects.exists()
    newest = Outbox.objects.latest("id").pk
    act(done, third, "fixed", fixed="no")
    assert Outbox.objects.filter(pk__gt=newest, incident=done).count() == 1
    assert again(done).status == Status.CLOSED
    manager = logged_in(people["manager"])
    desk = manager.get("/desks/queue/?list=doubted").content.decode()
    assert done.number in desk
    assert "有 3 人反映未解决" in manager.get(f"/desk/{done.number}/").content.decode()
    manager.post(f"/doubts/{done.number}/settle", {"reason": ""})
    assert Doubt.objects.get().settled_at is None
    manager.post(f"/doubts/{done.number}/settle", {"reason": "现场已复核"})
    assert Doubt.objects.get().settled_by == people["manager"]
    assert done.number not in manager.get("/desks/queue/?list=doubted").content.decode()
    assert QUEUE.list_named("doubted")


def test_what_was_said_during_the_call_back_counts_when_it_closes(
    phoned: Incident, people: dict[str, User]
) -> None:
    voices = crowd(phoned, 3)
    done = replied(phoned, people)
    for each in voices:
        assert act(done, each, "fixed", fixed="no").status_code == 302
    assert not Doubt.objects.exists()
    waiting = done.call_backs.get(result="")
    call_backs.record(waiting.pk, solved=True, satisfaction="5", agent=people["agent"])
    assert Doubt.objects.get().incident == done


def test_after_the_time_to_reopen_nobody_is_asked(
    web: Client, pothole: Incident, people: dict[str, User]
) -> None:
    act(pothole, web, "endorse")
    done = closed(pothole, people)
    Incident.objects.filter(pk=done.pk).update(ended_at=timezone.now() - timedelta(days=16))
    assert act(done, web, "fixed", fixed="no").status_code == 409


def test_a_new_closing_is_asked_about_anew(
    web: Client, pothole: Incident, people: dict[str, User]
) -> None:
    act(pothole, web, "endorse")
    done = closed(pothole, people)
    act(done, web, "fixed", fixed="no")
    reopening.reopen(done.pk, people["operator"], reason="复发", new_fact=False)
    replies.log_contact(done.pk, people["liaison"], way="telephone", reached=True, note="再次")
    replies.reply(done.pk, people["liaison"], NewReply("explained", "再次修补。"))
    checks.judge(done.pk, people["checker"], "passed", "")
    assert act(done, web, "fixed", fixed="yes").status_code == 302
    assert [(v.round, v.is_fixed) for v in Verdict.objects.all()] == [(0, False), (1, True)]


def test_a_follower_says_by_the_link_and_not_again_by_the_page(
    web: Client, gateway: Gateway, pothole: Incident, people: dict[str, User]
) -> None:
    made = confirmed(pothole, web)
    closed(pothole, people)
    assert neighbour().post(links.link(made), {"do": "not_fixed"}).status_code == 302
    assert act(pothole, web, "fixed", fixed="no").status_code == 409
    assert Verdict.objects.count() == 1


def test_the_checker_and_the_agent_read_what_they_say(
    web: Client, phoned: Incident, people: dict[str, User], logged_in: LogIn
) -> None:
    act(phoned, web, "endorse")
    done = replied(phoned, people)
    act(done, web, "fixed", fixed="no")
    call = done.call_backs.get(result="")
    for who, path in (("checker", f"/desk/{done.number}/"), ("agent", f"/calls/{call.pk}/")):
        assert "已解决 0，未解决 1" in logged_in(people[who]).get(path).content.decode()


# --- Comments and thanks ------------------------------------------------------------------------


def test_a_comment_shows_once_somebody_has_read_it(
    web: Client, pothole: Incident, people: dict[str, User], logged_in: LogIn
) -> None:
    act(pothole, web, "comment", text="夜里看不见,电话13812345678")
    assert "夜里看不见" not in page(pothole, neighbour())
    own = page(pothole, web)
    assert "夜里看不见,电话***" in own
    assert "待审核" in own
    made = Comment.objects.get()
    operator = logged_in(people["operator"])
    assert "夜里看不见" in operator.get("/comments/").content.decode()
    operator.post(f"/comments/{made.uid}/decide", {"verdict": "approve"})
    assert "夜里看不见" in page(pothole, neighbour())
    assert Moderation.objects.get().user == people["operator"]


def test_a_refused_one_never_shows_and_who_decided_is_kept(
    web: Client, pothole: Incident, people: dict[str, User], logged_in: LogIn
) -> None:
    act(pothole, web, "comment", text="便宜修路找我")
    made = Comment.objects.get()
    manager = logged_in(people["manager"])
    address = f"/comments/{made.uid}/decide"
    assert manager.post(address, {"verdict": "refuse"}).status_code == 400
    manager.post(address, {"verdict": "refuse", "reason": "advertising"})
    assert manager.post(address, {"verdict": "refuse", "reason": "insult"}).status_code == 400
    for reader in (web, neighbour()):
        assert "便宜修路" not in page(pothole, reader)
    with pytest.raises(IntegrityError), transaction.atomic():
        Moderation.objects.update(reason="insult")
    with pytest.raises(IntegrityError), transaction.atomic():
        Moderation.objects.all().delete()


def test_comments_of_a_place_are_read_by_its_people(
    web: Client, pothole: Incident, person: PersonMaker, logged_in: LogIn
) -> None:
    act(pothole, web, "comment", text="还没人来")
    dadong = logged_in(person(Role.OPERATOR, "210104"))
    assert "还没人来" not in dadong.get("/comments/").content.decode()
    address = f"/comments/{Comment.objects.get().uid}/decide"
    assert dadong.post(address, {"verdict": "approve"}).status_code == 404


@pytest.mark.parametrize("text", ["", "  ", "长" * 501])
def test_a_comment_says_something_and_not_too_much(
    web: Client, pothole: Incident, text: str
) -> None:
    answer = act(pothole, web, "comment", text=text)
    assert answer.status_code == 400
    assert "e-text" in answer.content.decode()
    assert not Comment.objects.exists()


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "\u202e反过来", "🙂" * 500])
def test_odd_signs_end_in_no_fault(web: Client, pothole: Incident, text: str) -> None:
    body = f"text={quote(text.encode('utf-8', 'surrogatepass'))}"
    answer = web.post(
        f"/reports/{pothole.number}/comment",
        body,
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code in (302, 400)
    for path in ("/reports/%00", "/reports?q=%00", "/reports?division=%00", "/topics/%00"):
        assert web.get(path).status_code in (200, 400, 404)


def test_words_in_a_comment_are_words(
    web: Client, pothole: Incident, people: dict[str, User], logged_in: LogIn
) -> None:
    act(pothole, web, "comment", text="<script>alert(1)</script>")
    assert "<script>alert" not in logged_in(people["manager"]).get("/comments/").content.decode()


def test_a_device_may_not_fill_the_desk(web: Client, pothole: Incident) -> None:
    answers = [act(pothole, web, "comment", text="看看").status_code for _n in range(4)]
    assert answers == [302, 302, 302, 409]


def test_thanks_are_given_once_after_closing_and_shown_to_the_unit(
    web: Client, pothole: Incident, people: dict[str, User], logged_in: LogIn
) -> None:
    assert act(pothole, web, "thank").status_code == 409
    done = closed(pothole, people)
    act(done, web, "thank", word="修得很快")
    act(done, web, "thank")
    act(done, neighbour(), "thank")
    assert "2 人致谢" in logged_in(people["liaison"]).get(f"/desk/{done.number}/").content.decode()
    assert "修得很快" not in page(done, neighbour())


def test_the_worker_reads_thanks_and_a_word_once_it_is_approved(
    incident: IncidentMaker, worker: WorkerMaker, people: dict[str, User], logged_in: LogIn
) -> None:
    wang = worker("Wang", LUXUN_PARK)
    found = incident(LUXUN_PARK)
    engine.dispatch(found.pk)
    wang.orders.update(status="done", ended_at=timezone.now())
    Incident.objects.filter(pk=found.pk).update(status=Status.CLOSED, ended_at=timezone.now())
    act(again(found), neighbour(), "thank", word="师傅辛苦")
    phone = logged_in(wang.user)
    shown = phone.get("/work/").content.decode()
    assert "群众致谢" in shown
    assert "师傅辛苦" not in shown
    made = Comment.objects.get()
    logged_in(people["manager"]).post(f"/comments/{made.uid}/decide", {"verdict": "approve"})
    assert "师傅辛苦" in phone.get("/work/").content.decode()
