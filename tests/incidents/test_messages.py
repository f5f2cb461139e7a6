"""Citizens are told: once, at a decent hour, whatever providers and processes do."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from threading import Barrier, Thread
from time import sleep
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from accounts.roles import Role
from dispatch import applications, engine, merging, replies
from dispatch.replies import NewReply
from incidents import call_backs, ends, sending, sms_stopping
from incidents.gateways import send, signature
from incidents.message_desk import sample
from incidents.messages import of_reply
from incidents.models import CallBack, Incident, Kind, Message, Report
from incidents.quiet import QuietHours, read
from incidents.recipients import address_of
from incidents.wording import CONFIDENTIAL, worded
from tests.conftest import LUXUN_PARK, IncidentMaker, PersonMaker, Town, statements
from tests.incidents.conftest import body, post
from tests.incidents.gateway import (
    PUBLIC,
    SECRET,
    Gateway,
    Post,
    example_verifier,
    mail_server,
    sms_gateway,
)

pytestmark = pytest.mark.django_db
PHONE = "13812345678"
LogIn = Callable[[User], Client]
CHINA = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def gateway(settings: Settings) -> Iterator[Gateway]:
    """SMS is on, and no hour is quiet."""
    with sms_gateway() as made:
        settings.SMS_URL, settings.SMS_SECRET = made.url, SECRET
        settings.PUBLIC_URL, settings.QUIET_HOURS = PUBLIC, ""
        yield made


@pytest.fixture
def mail(settings: Settings) -> Iterator[Post]:
    """E-mail is on, SMS is not."""
    with mail_server() as (made, port):
        settings.EMAIL_ON = True
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.DEFAULT_FROM_EMAIL = "12345@example.cn"
        settings.PUBLIC_URL, settings.QUIET_HOURS = PUBLIC, ""
        yield made


@pytest.fixture
def phoned(gateway: Gateway, incident: IncidentMaker) -> Incident:
    return incident(LUXUN_PARK, "pothole", contact_phone=PHONE)


def only() -> Message:
    return Message.objects.get()


def again_now() -> None:
    """The pause is over."""
    Message.objects.update(not_before=timezone.now(), leased_until=None)


def night(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 24, hour, minute, tzinfo=CHINA)


def test_a_receipt_has_number_and_link(gateway: Gateway, phoned: Incident) -> None:
    assert sending.send_due() == 1
    code = phoned.reports.get().tracking_code
    (text,) = gateway.texts
    assert phoned.number in text
    assert f"{PUBLIC}/t/{code}" in text
    assert gateway.asked[0]["to"] == PHONE
    assert only().state == "sent"
    assert only().provider_id == "g-1"


def test_without_a_contact_or_a_channel_nothing_is_written(
    gateway: Gateway, incident: IncidentMaker, settings: Settings
) -> None:
    incident(LUXUN_PARK)
    settings.SMS_URL = ""
    incident(LUXUN_PARK, contact_phone=PHONE)
    assert not Message.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_receipt_costs_one_statement_and_a_report_without_contact_none(
    town: Town, web: Client, gateway: Gateway
) -> None:
    post(web, body())
    with CaptureQueriesContext(connection) as plain:
        post(web, body())
    with CaptureQueriesContext(connection) as told:
        post(web, body(contact_phone=PHONE), key="k")
    assert len(statements(plain, "django_session")) <= 3
    assert len(statements(told, "django_session")) <= 7
    assert Message.objects.count() == 1


def test_no_message_holds_who_it_is_for(gateway: Gateway, phoned: Incident) -> None:
    row = Message.objects.values().get()
    assert PHONE not in str(row)


def test_who_wants_no_sms_gets_none(gateway: Gateway, phoned: Incident) -> None:
    sms_stopping.heed(PHONE, "TD")
    sending.send_due()
    assert only().state == Message.State.UNNEEDED
    assert gateway.asked == []


def test_the_provider_fails_and_comes_back(gateway: Gateway, phoned: Incident) -> None:
    gateway.statuses = [503, 500]
    sending.send_due()
    assert (only().state, only().tries) == ("failed", 1)
    assert only().not_before > timezone.now() + timedelta(seconds=50)
    assert sending.send_due() == 0
    for _n in range(2):
        again_now()
        sending.send_due()
    assert (only().state, only().tries) == ("sent", 3)
    assert len({each["key"] for each in gateway.asked}) == 1
    assert len(gateway.texts) == 1


def test_after_a_day_it_is_given_up(gateway: Gateway, phoned: Incident, settings: Settings) -> None:
    assert sum(settings.MESSAGE_PAUSES, timedelta()) >= timedelta(hours=23)
    gateway.statuses = [503] * 20
    for _n in range(len(settings.MESSAGE_PAUSES) + 3):
        again_now()
        sending.send_due()
    assert only().state == "given_up"
    assert len(gateway.asked) == len(settings.MESSAGE_PAUSES) + 1


def test_a_gateway_that_is_not_there_stops_no_case(
    gateway: Gateway, settings: Settings, incident: IncidentMaker
) -> None:
    settings.SMS_URL = "http://127.0.0.1:9/"
    found = incident(LUXUN_PARK, "pothole", contact_phone=PHONE)
    engine.dispatch(found.pk)
    sending.send_due()
    found.refresh_from_db()
    assert found.status == "dispatched"
    assert only().state == "failed"


def test_one_bad_number_does_not_stop_the_batch(gateway: Gateway, incident: IncidentMaker) -> None:
    for _n in range(3):
        incident(LUXUN_PARK, contact_phone=PHONE)
    gateway.statuses = [422]
    assert sending.send_due() == 3
    assert sorted(Message.objects.values_list("state", flat=True)) == ["given_up", "sent", "sent"]


def test_who_dies_before_writing_sends_the_same_key_again(
    gateway: Gateway, phoned: Incident
) -> None:
    (message,) = sending.claim()
    assert message.complainant is not None
    # Handed over; and here the worker dies.
    send(message, address_of(message.complainant, message.channel), worded(message))
    assert sending.send_due() == 0
    Message.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert sending.send_due() == 1
    assert [each["key"] for each in gateway.asked] == [str(message.uid)] * 2
    assert len(gateway.texts) == 1
    assert only().state == "sent"


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_send_each_message_once(
    town: Town, gateway: Gateway, incident: IncidentMaker
) -> None:
    for _n in range(8):
        incident(LUXUN_PARK, contact_phone=PHONE)
    gateway.slow_s = 0.05
    ready = Barrier(2)

    def run() -> None:
        ready.wait()
        # Looks again and again while the other is in the midst of its batch.
        for _n in range(6):
            sending.send_due()
            sleep(0.05)
        connections.close_all()

    threads = [Thread(target=run) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(gateway.asked) == len(gateway.texts) == 8
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}


def test_a_strangers_signature_is_refused(gateway: Gateway, phoned: Incident) -> None:
    is_ours = example_verifier()
    now = str(int(timezone.now().timestamp()))
    headers = {"Hotline-Timestamp": now, "Hotline-Signature": signature(SECRET, now, b"{}")}
    assert is_ours(SECRET, headers, b"{}")
    assert not is_ours("another secret", headers, b"{}")
    assert not is_ours(SECRET, headers, b'{"to": "110"}')
    old = str(int(now) - 3600)
    late = {"Hotline-Timestamp": old, "Hotline-Signature": signature(SECRET, old, b"{}")}
    assert not is_ours(SECRET, late, b"{}")
    gateway.secret = "another secret of another house, also long"
    sending.send_due()
    assert (gateway.strangers, gateway.texts, only().state) == (1, [], "failed")


@pytest.mark.parametrize(
    ("now", "over"),
    [
        (night(20, 59), night(20, 59)),
        (night(21), night(8) + timedelta(days=1)),
        (night(23, 30), night(8) + timedelta(days=1)),
        (night(2), night(8)),
        (night(7, 59), night(8)),
        (night(8), night(8)),
    ],
)
def test_quiet_hours_run_over_midnight(now: datetime, over: datetime) -> None:
    hours = read("21:00-08:00")
    assert hours is not None
    assert hours.over(now) == over


def around_now(settings: Settings) -> None:
    """Quiet hours that began an hour ago."""
    local = timezone.localtime()
    begins, ends = local - timedelta(hours=1), local + timedelta(hours=1)
    settings.QUIET_HOURS = f"{begins:%H:%M}-{ends:%H:%M}"


def test_at_night_only_receipts_and_emergencies_are_sent(
    gateway: Gateway, phoned: Incident, settings: Settings, person: PersonMaker, town: Town
) -> None:
    around_now(settings)
    refuse(phoned, person)
    sending.send_due()
    assert list(Message.objects.order_by("pk").values_list("template", "state")) == [
        ("received", "sent"),
        ("not_accepted", "waiting"),
    ]
    waiting = Message.objects.get(state="waiting")
    assert waiting.not_before > timezone.now() + timedelta(minutes=50)
    # Woken too early all the same, it is put back and no try is counted.
    again_now()
    sending.send_due()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.tries) == ("waiting", 0)
    assert waiting.not_before > timezone.now() + timedelta(minutes=50)
    Incident.objects.update(is_urgent=True)
    again_now()
    sending.send_due()
    waiting.refresh_from_db()
    assert waiting.state == "sent"


def test_a_receipt_that_could_not_leave_waits_for_the_morning(
    gateway: Gateway, phoned: Incident, settings: Settings
) -> None:
    around_now(settings)
    Message.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    sending.send_due()
    assert (only().state, gateway.texts) == ("waiting", [])


def refuse(found: Incident, person: PersonMaker) -> None:
    manager = person(Role.DUTY_MANAGER, "210100")
    ends.refuse(found.pk, manager, reason="已由法院受理", right_channel="市中级人民法院")


def test_a_refusal_names_the_right_channel(
    gateway: Gateway, phoned: Incident, person: PersonMaker
) -> None:
    refuse(phoned, person)
    sending.send_due()
    assert "已由法院受理" in gateway.texts[1]
    assert "市中级人民法院" in gateway.texts[1]


def confided(incident: IncidentMaker) -> Incident:
    return incident(LUXUN_PARK, "pothole", kind=Kind.WRONGDOING, contact_phone=PHONE)


def test_of_a_confidential_report_only_number_and_link_are_told(
    gateway: Gateway, incident: IncidentMaker, person: PersonMaker
) -> None:
    found = confided(incident)
    refuse(found, person)
    sending.send_due()
    code = found.reports.get().tracking_code
    assert set(gateway.texts) == {
        f"【12345】您的诉求{found.number}有新进展，请查看：{PUBLIC}/t/{code}"
    }
    assert list(Message.objects.values_list("values", flat=True)) == [{}, {}]


def test_what_becomes_confidential_before_it_left_says_nothing_either(
    gateway: Gateway, phoned: Incident, person: PersonMaker
) -> None:
    refuse(phoned, person)
    Incident.objects.update(is_confidential=True)
    sending.send_due()
    assert not any("法院" in text for text in gateway.texts)


def test_a_case_from_extension_to_closing_is_told_step_by_step(
    gateway: Gateway, phoned: Incident, person: PersonMaker, town: Town, settings: Settings
) -> None:
    settings.CHECK_PERCENT = 0
    liaison, head = (
        person(Role.UNIT_LIAISON, unit=town.heping),
        person(Role.DISTRICT_HEAD, "210102"),
    )
    engine.dispatch(phoned.pk)
    replies.sign(phoned.pk, liaison)
    applications.ask_extension(phoned.pk, liaison, reason="等待材料", days=5)
    applications.judge(phoned.pk, head, approve=True, reason="同意")
    until = timezone.now() + timedelta(days=3)
    applications.ask_pause(phoned.pk, liaison, pause_reason="season", reason="冰冻", until=until)
    applications.judge(phoned.pk, head, approve=True, reason="同意")
    applications.resume(phoned.pk, liaison)
    replies.log_contact(phoned.pk, liaison, way="telephone", reached=True, note="已联系")
    replies.reply(phoned.pk, liaison, NewReply("explained", "已列入修补计划。"))
    waiting = phoned.call_backs.get()
    # The same task once more tells nothing twice.
    assert of_reply(Incident.objects.get(pk=phoned.pk), [waiting])
    sending.send_due()
    call_backs.record(waiting.pk, solved=True, satisfaction="5")
    sending.send_due()
    assert list(Message.objects.order_by("pk").values_list("template", "state")) == [
        (template, "sent")
        for template in ("received", "more_time", "paused", "resumed", "replied", "closed")
    ]
    # Told again when it happens again: the event itself is part of what is unique.
    event = phoned.events.get(step="approve_pause")
    assert Message.objects.get(template="paused").occasion == f"event:{event.pk}"
    assert "季节或天气" in gateway.texts[2]
    assert "已列入修补计划" in gateway.texts[4]
    link = gateway.texts[4].split(PUBLIC)[1]
    assert Client().get(link).status_code == 200


def test_who_answered_already_is_not_asked(
    gateway: Gateway, phoned: Incident, person: PersonMaker, town: Town, settings: Settings
) -> None:
    settings.CHECK_PERCENT = 0
    liaison = person(Role.UNIT_LIAISON, unit=town.heping)
    engine.dispatch(phoned.pk)
    replies.sign(phoned.pk, liaison)
    replies.log_contact(phoned.pk, liaison, way="telephone", reached=True, note="已联系")
    replies.reply(phoned.pk, liaison, NewReply("explained", "已列入修补计划。"))
    call_backs.record(CallBack.objects.get().pk, solved=True, satisfaction="5")
    sending.send_due()
    assert Message.objects.get(template="replied").state == "unneeded"


def test_those_whose_reports_are_merged_are_told_and_the_others_not(
    gateway: Gateway, incident: IncidentMaker, person: PersonMaker
) -> None:
    first, second = (incident(LUXUN_PARK, "pothole", contact_phone=f"1391234567{n}") for n in "12")
    merging.merge(second.pk, first.number, person(Role.DISPATCHER, "210100"), "同一坑")
    told = Message.objects.get(template="merged", report__number=second.number)
    assert told.values == {"into": first.number}


def test_an_e_mail_goes_to_who_left_no_number(mail: Post, town: Town, web: Client) -> None:
    post(web, body(contact_name="王芳", contact_email="fang@example.cn"))
    assert sending.send_due() == 1
    (letter,) = mail.letters
    report = Report.objects.get()
    assert letter["To"] == "fang@example.cn"
    assert report.number in letter["Subject"]
    assert f"{PUBLIC}/t/{report.tracking_code}" in letter.get_content()
    assert letter["Message-ID"] == f"<{only().uid}@example.cn>"


def test_an_unknown_mailbox_is_given_up_and_the_next_letter_goes(
    mail: Post, town: Town, web: Client
) -> None:
    mail.refuses.add("gone@example.cn")
    post(web, body(contact_email="gone@example.cn"))
    post(web, body(contact_email="fang@example.cn"))
    sending.send_due()
    assert list(Message.objects.order_by("pk").values_list("state", flat=True)) == [
        "given_up",
        "sent",
    ]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("channel", Message.Channel.values)
@pytest.mark.parametrize("template", [*Message.Template.values, CONFIDENTIAL])
def test_every_template_says_its_number_and_is_short_enough(
    template: str, channel: str, language: str, settings: Settings
) -> None:
    settings.PUBLIC_URL = PUBLIC
    words = sample(template, language, channel)
    about = "和平区" if language == "zh-hans" else "Heping District"
    of_a_place = template in Message.OF_PLACES
    assert (about if of_a_place else "20261124-000042") in words.text + words.subject
    assert PUBLIC in words.text
    assert bool(words.subject) == (channel == "email")
    if channel == "sms":
        # A signed link alone has 84 characters.
        most = 260 if language == "en" else 160 if template == "replied" else 140
        assert len(words.text) <= most


def test_the_duty_manager_sees_what_failed_and_tries_again(
    gateway: Gateway, phoned: Incident, person: PersonMaker, logged_in: LogIn
) -> None:
    gateway.statuses = [422]
    sending.send_due()
    desk = logged_in(person(Role.DUTY_MANAGER, "210100"))
    page = desk.get("/messages/?state=given_up").content.decode()
    assert phoned.number in page
    assert PHONE not in page
    desk.post(f"/messages/{only().uid}/again")
    sending.send_due()
    assert only().state == "sent"
    # What was sent is not sent again by a late press of the button.
    desk.post(f"/messages/{only().uid}/again")
    assert sending.send_due() == 0


def test_messages_of_another_territory_are_out_of_sight(
    gateway: Gateway, phoned: Incident, person: PersonMaker, logged_in: LogIn
) -> None:
    gateway.statuses = [422]
    sending.send_due()
    stranger = logged_in(person(Role.DUTY_MANAGER, "210104"))
    assert phoned.number not in stranger.get("/messages/").content.decode()
    assert stranger.post(f"/messages/{only().uid}/again").status_code == 404
    head = logged_in(person(Role.DISTRICT_HEAD, "210102"))
    assert head.get("/messages/").status_code == 403
    assert head.get("/messages/preview").status_code == 403


def test_a_page_of_fifty_takes_at_most_eight_statements(
    gateway: Gateway, incident: IncidentMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    for _n in range(3):
        incident(LUXUN_PARK, contact_phone=PHONE)
    desk = logged_in(person(Role.DUTY_MANAGER, "210100"))
    with CaptureQueriesContext(connection) as captured:
        answer = desk.get("/messages/")
    assert answer.status_code == 200
    assert len(statements(captured, "django_session")) <= 8


@pytest.mark.parametrize("role", [Role.DUTY_MANAGER, Role.ADMINISTRATOR])
def test_every_template_is_previewed(role: Role, person: PersonMaker, logged_in: LogIn) -> None:
    page = logged_in(person(role)).get("/messages/preview")
    assert page.status_code == 200
    assert page.content.decode().count("<article") == 4 * (len(Message.Template) + 1)


def test_the_case_shows_what_the_citizen_was_told(
    gateway: Gateway, phoned: Incident, person: PersonMaker, logged_in: LogIn
) -> None:
    sending.send_due()
    desk = logged_in(person(Role.DISPATCHER, "210100"))
    page = desk.get(f"/desk/{phoned.number}/", headers={"Accept-Language": "en"})
    assert "What the citizen was told" in page.content.decode()


def test_a_quiet_day_is_read_as_it_is_written() -> None:
    assert read("") is None
    hours = read("13:00-14:00")
    assert isinstance(hours, QuietHours)
    assert not hours.cover(night(14))
