"""Contacts: announced by the telephone system, taken by operators, counted."""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ApiKey, User
from accounts.roles import Role
from accounts.scope import Scope
from incidents import contacts, vault
from incidents.contact_figures import Share, figures
from incidents.errors import NotAllowedNow, Refused
from incidents.models import Channel, Complainant, Contact
from tests.conftest import Answer, PersonMaker

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("town")]
NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.get_default_timezone())
PHONE = "13912345678"
Result = Contact.Result


@pytest.fixture
def switch() -> Callable[..., Answer]:
    """`switch("offered", seconds=0)`: the telephone system announces the call c1."""
    _key, secret = ApiKey.issue("switch", 1000, announces_calls=True)

    def announce(event: str, seconds: float = 0, **more: Any) -> Answer:
        at = NOON + timedelta(seconds=seconds)
        given = {"call_id": "c1", "event": event, "at": at.isoformat()} | more
        headers = {"Authorization": f"Api-Key {secret}"}
        return Client().post(
            "/api/contacts", given, content_type="application/json", headers=headers
        )

    return announce


Switch = Callable[..., Answer]


@pytest.fixture
def operator(person: PersonMaker) -> User:
    return person(Role.OPERATOR, "210100")


# --- The telephone system ---------------------------------------------------------------------


def test_a_call_is_announced_step_by_step(switch: Switch, operator: User) -> None:
    switch("offered", caller=PHONE)
    switch("answered", 9, operator=operator.username)
    answer = switch("ended", 70)
    assert answer.status_code == 200
    contact = Contact.objects.get()
    assert (contact.offered_at, contact.began_at) == (NOON, NOON)
    assert contact.answered_at == NOON + timedelta(seconds=9)
    assert contact.operator == operator
    assert contact.division_id == "210100"
    assert (contact.result, answer.json()["result"]) == ("", "")


def test_announced_twice_it_is_one_call_with_its_first_times(switch: Switch) -> None:
    for seconds in (0, 5):
        switch("offered", seconds, caller=PHONE)
    assert Contact.objects.get().offered_at == NOON
    assert Complainant.objects.count() == 1


def test_ended_without_an_answer_means_abandoned(switch: Switch) -> None:
    switch("offered")
    assert switch("ended", 30).json()["result"] == "abandoned"


def test_an_answer_announced_late_is_an_answer_still(switch: Switch) -> None:
    switch("offered")
    switch("ended", 30)
    switch("answered", 10)
    assert Contact.objects.get().result == ""


def test_the_number_stays_in_the_vault(switch: Switch) -> None:
    answer = switch("offered", caller=PHONE)
    contact = Contact.objects.get()
    assert contact.complainant in vault.with_phone(PHONE)
    assert PHONE not in answer.content.decode()
    assert PHONE not in str(Contact.objects.values().get())


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"event": "lost"}, "event"),
        ({"call_id": ""}, "call_id"),
        ({"call_id": "x" * 81}, "call_id"),
        ({"at": "soon"}, "at"),
        ({"at": "2999-01-01T00:00:00Z"}, "at"),
        ({"caller": "me"}, "caller"),
        ({"operator": "nobody"}, "operator"),
        ({"division": "999999"}, "division"),
        ({"direction": "up"}, "direction"),
        ({"phone": PHONE}, "phone"),
    ],
)
def test_a_wrong_field_is_named(switch: Switch, wrong: dict[str, str], field: str) -> None:
    answer = switch("offered", **wrong) if "event" not in wrong else switch(**wrong)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert not Contact.objects.exists()


def test_times_that_contradict_each_other_are_refused(switch: Switch) -> None:
    switch("offered", 10)
    answer = switch("answered", 5)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["at"])
    assert Contact.objects.get().answered_at is None


def test_only_a_key_announces(operator: User) -> None:
    given = {"call_id": "c1", "event": "offered"}
    person = Client()
    person.force_login(operator)
    for client in (Client(), person):
        answer = client.post("/api/contacts", given, content_type="application/json")
        assert answer.status_code in (401, 403)
    assert not Contact.objects.exists()


def announced(key: str, call_id: str) -> int:
    given = {"call_id": call_id, "event": "offered"}
    headers = {"Authorization": f"Api-Key {key}"}
    answer = Client().post("/api/contacts", given, content_type="application/json", headers=headers)
    return int(answer.status_code)


def test_a_key_for_reports_announces_nothing() -> None:
    _key, key = ApiKey.issue("partner", 1000)
    assert announced(key, "c1") == 403
    assert not Contact.objects.exists()


def test_a_switch_announces_at_the_rate_of_its_key() -> None:
    _key, key = ApiKey.issue(f"switch-{secrets.token_hex(4)}", 1, announces_calls=True)
    answers = [announced(key, f"c{n}") for n in range(20)]
    assert answers[0] == 200
    assert 429 in answers


@pytest.mark.django_db(transaction=True)
def test_the_same_call_from_eight_lines_at_once_is_one(switch: Switch) -> None:
    def announce(_n: int) -> int:
        try:
            return int(switch("offered", caller=PHONE).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as lines:
        assert set(lines.map(announce, range(8))) == {200}
    assert Contact.objects.count() == 1


# --- Operators --------------------------------------------------------------------------------


def test_the_open_contact_is_found_again(operator: User) -> None:
    first = contacts.begin(operator, Channel.TELEPHONE, uuid4(), PHONE)
    second = contacts.begin(operator, Channel.WALK_IN, uuid4())
    assert second == first
    assert Contact.objects.count() == 1


def test_a_form_sent_again_after_its_end_begins_nothing(operator: User) -> None:
    uid = uuid4()
    contacts.begin(operator, Channel.TELEPHONE, uid)
    contacts.hung_up(uid, operator)
    assert contacts.begin(operator, Channel.TELEPHONE, uid).result == Result.ABANDONED
    assert Contact.objects.count() == 1


def test_a_known_number_makes_no_second_entry(operator: User) -> None:
    vault.keep(name="王芳", phone=PHONE)
    contact = contacts.begin(operator, Channel.TELEPHONE, uuid4(), PHONE)
    assert contact.complainant is not None
    assert Complainant.objects.count() == 1


def test_two_operators_take_one_ringing_call(
    switch: Switch, operator: User, person: PersonMaker
) -> None:
    switch("offered")
    ringing = Contact.objects.get()
    assert contacts.take(ringing.pk, operator).operator == operator
    with pytest.raises(NotAllowedNow):
        contacts.take(ringing.pk, person(Role.OPERATOR, "210100"))


def test_a_promised_call_is_made_once(operator: User, person: PersonMaker) -> None:
    first = contacts.begin(operator, Channel.TELEPHONE, uuid4(), PHONE)
    later = timezone.now() + timedelta(hours=2)
    contacts.follow_up(first.uid, operator, later, "查一下电费")
    assert list(Contact.objects.to_call_again()) == [first]
    again = contacts.call_again(first.pk, operator)
    assert (again.direction, again.complainant, again.earlier) == ("out", first.complainant, first)
    assert not Contact.objects.to_call_again().exists()
    with pytest.raises(NotAllowedNow):
        contacts.call_again(first.pk, person(Role.OPERATOR, "210100"))


def test_without_a_number_nobody_is_promised_a_call(operator: User) -> None:
    contact = contacts.begin(operator, Channel.TELEPHONE, uuid4())
    with pytest.raises(Refused, match="follow_up_at"):
        contacts.follow_up(contact.uid, operator, timezone.now() + timedelta(hours=1), "")


def test_contacts_are_seen_within_the_own_territory(person: PersonMaker, operator: User) -> None:
    contacts.begin(operator, Channel.TELEPHONE, uuid4())
    seen = Contact.objects.visible_to
    assert seen(person(Role.DUTY_MANAGER, "210100")).count() == 1
    assert seen(person(Role.PROVINCE_SUPERVISOR, "210000")).count() == 1
    assert seen(person(Role.DISTRICT_HEAD, "210104")).count() == 0
    assert seen(person(Role.CITIZEN)).count() == 0


# --- Figures ----------------------------------------------------------------------------------


def call(answered_after: float | None, result: str = "", **more: Any) -> None:
    answered = None if answered_after is None else NOON + timedelta(seconds=answered_after)
    given: dict[str, Any] = {
        "channel": Channel.TELEPHONE,
        "began_at": NOON,
        "offered_at": NOON,
        "answered_at": answered,
        "result": result,
        "division_id": "210100",
    }
    Contact.objects.create(**given | more)


def test_rates_are_counted_with_their_n() -> None:
    call(3, Result.ANSWERED)
    call(15, Result.REPORT)
    call(16, Result.ANSWERED)
    call(None, Result.ABANDONED)
    call(2, Result.TRANSFERRED)
    call(2, Result.ANSWERED, direction="out")
    call(None, Result.ANSWERED, channel=Channel.WALK_IN, offered_at=None)
    call(1, Result.ANSWERED, began_at=NOON + timedelta(days=1))
    call(1, Result.ANSWERED, division_id="210104")
    with CaptureQueriesContext(connection) as captured:
        counted = figures(NOON, NOON + timedelta(hours=1), Scope(prefix="2101"))
    assert len(captured) == 1
    assert counted.connected == Share(4, 6)
    assert counted.direct == Share(4, 5)
    assert counted.direct.rate == 0.8
    heping = figures(NOON, NOON + timedelta(hours=1), Scope(prefix="210102"))
    assert (heping.connected, heping.connected.rate) == (Share(0, 0), None)


def test_fifteen_seconds_are_in_time() -> None:
    assert timedelta(seconds=15) == settings.CONNECTED_WITHIN
