"""How satisfied: coded reasons, a call within a day after a low score, the survey by SMS."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from accounts.roles import Role
from dispatch import engine, replies
from dispatch.replies import NewReply
from incidents import call_backs, low_scores, rating, sending, text_survey
from incidents.errors import NotAllowedNow, Refused
from incidents.models import CallBack, Incident, LowScore
from tests.conftest import LUXUN_PARK, IncidentMaker, PersonMaker, Town
from tests.incidents.gateway import PUBLIC, SECRET, sms_gateway

pytestmark = pytest.mark.django_db
PHONE = "13812345678"
LogIn = Callable[[User], Client]
Replied = Callable[..., CallBack]


@pytest.fixture
def agent(person: PersonMaker) -> User:
    return person(Role.CALL_BACK_AGENT, "210100")


@pytest.fixture
def replied(
    incident: IncidentMaker, person: PersonMaker, town: Town, settings: Settings
) -> Replied:
    """A pothole, dispatched, replied to; the citizen's call-back waits."""
    settings.CHECK_PERCENT = 0
    liaison = person(Role.UNIT_LIAISON, unit=town.heping)

    def make(category: str = "pothole") -> CallBack:
        found = incident(LUXUN_PARK, category, contact_phone=PHONE)
        engine.dispatch(found.pk)
        replies.sign(found.pk, liaison)
        replies.log_contact(found.pk, liaison, way="telephone", reached=True, note="已联系")
        replies.reply(found.pk, liaison, NewReply("explained", "已列入修补计划。"))
        return CallBack.objects.get(incident=found)

    return make


def low(call: CallBack, **more: Any) -> LowScore:
    call_backs.record(call.pk, solved=False, satisfaction="1", **more)
    return LowScore.objects.get(call_back=call)


def again(call: CallBack) -> CallBack:
    return CallBack.objects.get(pk=call.pk)


# --- Reasons --------------------------------------------------------------------------------------


def test_an_agent_codes_why_the_citizen_is_not_satisfied(replied: Replied, agent: User) -> None:
    call = replied()
    with pytest.raises(Refused) as refused:
        call_backs.record(call.pk, solved=False, satisfaction="2", agent=agent)
    assert refused.value.field == "reasons"
    assert again(call).result == ""
    call_backs.record(
        call.pk, solved=False, satisfaction="2", agent=agent, reasons=["unclear", "slow"]
    )
    assert again(call).reasons == ["slow", "unclear"]
    assert again(call).way == "call"


def test_who_is_content_has_no_reasons(replied: Replied, agent: User) -> None:
    call = replied()
    call_backs.record(call.pk, solved=True, satisfaction="4", agent=agent, reasons=["slow"])
    assert again(call).reasons == []


def test_a_reason_nobody_knows_is_refused_by_name_and_by_the_database(replied: Replied) -> None:
    call = replied()
    with pytest.raises(Refused) as refused:
        call_backs.record(call.pk, solved=False, satisfaction="1", reasons=["weather"])
    assert refused.value.field == "reasons"
    with pytest.raises(IntegrityError), transaction.atomic():
        CallBack.objects.filter(pk=call.pk).update(reasons=["weather"])


# --- Low scores -----------------------------------------------------------------------------------


def test_a_low_score_by_link_is_called_within_a_day(
    replied: Replied, agent: User, logged_in: LogIn
) -> None:
    call = replied()
    page = Client().post(
        rating.link(call), {"solved": "no", "satisfaction": "1", "reasons": ["slow"]}
    )
    assert page.status_code == 200
    it = LowScore.objects.get(call_back=call)
    assert timedelta(hours=23) < it.due_at - timezone.now() <= timedelta(hours=24)
    desk = logged_in(agent)
    assert f"/calls/low/{it.pk}/" in desk.get("/calls/").content.decode()
    heard = desk.post(f"/calls/low/{it.pk}/heard", {"words": "只来了一次", "reasons": ["not_done"]})
    assert heard.status_code == 302
    it.refresh_from_db()
    assert (it.is_reached, it.heard, it.agent) == (True, "只来了一次", agent)
    # What was said with the score itself is kept beside it.
    assert again(call).reasons == ["not_done", "slow"]
    assert f"/calls/low/{it.pk}/" not in desk.get("/calls/").content.decode()
    assert Incident.objects.get(pk=call.incident_id).events.filter(step="hear").count() == 1


def test_neither_a_good_score_nor_one_told_to_an_agent_is_called_again(
    replied: Replied, agent: User
) -> None:
    call_backs.record(replied().pk, solved=True, satisfaction="3")
    call_backs.record(
        replied("street-light").pk, solved=False, satisfaction="1", agent=agent, reasons=["slow"]
    )
    assert not LowScore.objects.exists()


def test_three_attempts_end_it_as_not_reached(replied: Replied, agent: User) -> None:
    it = low(replied())
    low_scores.not_reached(it.pk, agent)
    with pytest.raises(NotAllowedNow):
        low_scores.not_reached(it.pk, agent)
    for _ in range(2):
        LowScore.objects.update(tried_at=timezone.now() - timedelta(hours=2))
        low_scores.not_reached(it.pk, agent)
    it.refresh_from_db()
    assert (it.is_reached, it.tries) == (False, 3)
    with pytest.raises(NotAllowedNow):
        low_scores.hear(it.pk, agent, said="x", reasons=["slow"])


@pytest.mark.parametrize(
    ("sent", "field"),
    [({"words": "", "reasons": ["slow"]}, "words"), ({"words": "x"}, "reasons")],
)
def test_what_is_missing_is_named(
    replied: Replied, agent: User, logged_in: LogIn, sent: dict[str, Any], field: str
) -> None:
    it = low(replied())
    page = logged_in(agent).post(f"/calls/low/{it.pk}/heard", sent)
    assert page.status_code == 400
    assert field in page.context["error"]
    it.refresh_from_db()
    assert it.done_at is None


# --- By SMS ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("15", ("", True, "5", "")),
        ("000123 21", ("000123", False, "1", "")),
        ("\uff11\uff15", ("", True, "5", "")),
        ("000123#1 4，谢谢", ("000123", True, "4", "谢谢")),
        ("25 等了三天", ("", False, "5", "等了三天")),
    ],
)
def test_two_digits_are_an_answer(text: str, read: tuple[str, bool, str, str]) -> None:
    assert text_survey.read(text) == text_survey.Answer(*read)


@pytest.mark.parametrize("text", ["", "5", "35", "16", "155", "00012315", "谢谢", "2024 15"])
def test_anything_else_is_none(text: str) -> None:
    assert text_survey.read(text) is None


@pytest.fixture
def asked(replied: Replied, settings: Settings) -> Replied:
    """Replied, and the question went out by SMS."""

    def make(category: str = "pothole") -> CallBack:
        with sms_gateway() as gateway:
            settings.SMS_URL, settings.SMS_SECRET, settings.SMS_ANSWERS = gateway.url, SECRET, True
            settings.PUBLIC_URL, settings.QUIET_HOURS = PUBLIC, ""
            call = replied(category)
            sending.send_due()
            assert f"{call.report.number[-6:]}加两位数字" in gateway.texts[-1]
        return call

    return make


def test_an_sms_answers_the_one_open_question(asked: Replied) -> None:
    call = asked()
    assert text_survey.take("138 1234 5678", "15") == call
    found = again(call)
    assert (found.is_solved, found.satisfaction, found.way) == (True, 5, "text")
    # One answer a report.
    assert text_survey.take(PHONE, "21") is None
    assert again(call).satisfaction == 5


def test_a_low_score_by_sms_is_called_too(asked: Replied) -> None:
    call = asked()
    assert text_survey.take(PHONE, "21 又坏了")
    assert again(call).words == "又坏了"
    assert LowScore.objects.filter(call_back=call, done_at=None).exists()


def test_with_two_open_questions_the_number_must_be_there(asked: Replied) -> None:
    first, second = asked(), asked("street-light")
    assert text_survey.take(PHONE, "15") is None
    assert (again(first).result, again(second).result) == ("", "")
    assert text_survey.take(PHONE, f"{second.report.number[-6:]} 14") == second
    assert again(first).result == ""


def test_another_number_answers_nothing(asked: Replied) -> None:
    call = asked()
    assert text_survey.take("13900000000", f"{call.report.number[-6:]} 15") is None
    assert again(call).result == ""


def test_who_was_not_asked_by_sms_does_not_answer_by_it(replied: Replied) -> None:
    call = replied()
    assert text_survey.take(PHONE, "15") is None
    assert again(call).result == ""
