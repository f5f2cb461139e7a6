"""Recordings of calls: a link the telephone system tells, opened with a reason by who may hear."""

import secrets
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import ApiKey, User
from accounts.roles import Role
from incidents.models import Contact, Incident, Kind, RecordingOpening
from tests.conftest import LUXUN_PARK, IncidentMaker, PersonMaker, Town

pytestmark = pytest.mark.django_db
URL = "https://calls.example.cn/r/42?k=abc"


@pytest.fixture(autouse=True)
def hosts(settings: Settings) -> None:
    settings.RECORDING_HOSTS = frozenset({"calls.example.cn"})


@pytest.fixture
def operator(person: PersonMaker) -> User:
    return person(Role.OPERATOR, "210102")


@pytest.fixture
def contact(town: Town, incident: IncidentMaker, operator: User) -> Contact:
    case = incident(LUXUN_PARK, "pothole")
    return Contact.objects.create(
        channel="telephone", operator=operator, division_id="210102", recording=URL,
        result="report", incident=case, report=case.reports.get(),
    )  # fmt: skip


def announced(client: Client, **more: Any) -> Any:
    _key, key = ApiKey.issue(f"switch-{secrets.token_hex(4)}", 1000, announces_calls=True)
    given = {"call_id": "1", "event": "ended", "at": timezone.now().isoformat()} | more
    headers = {"Authorization": f"Api-Key {key}"}
    return client.post("/api/contacts", given, content_type="application/json", headers=headers)


def opened(client: Client, who: User, contact: Contact, reason: str = "核实") -> Any:
    client.force_login(who)
    return client.post(f"/contacts/{contact.uid}/recording", {"reason": reason})


def test_who_held_the_call_says_why_and_gets_the_link(
    client: Client, contact: Contact, operator: User
) -> None:
    client.force_login(operator)
    assert f"/contacts/{contact.uid}/recording" in client.get("/operator/").content.decode()
    asked = client.get(f"/contacts/{contact.uid}/recording").content.decode()
    assert URL not in asked
    refused = opened(client, operator, contact, " ")
    assert refused.status_code == 400
    assert 'id="e-reason"' in refused.content.decode()
    assert not RecordingOpening.objects.exists()
    shown = opened(client, operator, contact).content.decode()
    assert f'href="{URL}" rel="noreferrer' in shown
    assert RecordingOpening.objects.get().reason == "核实"


@pytest.mark.parametrize(
    ("role", "hears", "hears_guarded"),
    [
        (Role.DUTY_MANAGER, True, True),
        (Role.QUALITY_CHECKER, True, False),
        (Role.CALL_BACK_AGENT, True, False),
        (Role.OPERATOR, False, False),
        (Role.DISPATCHER, False, False),
        (Role.PROVINCE_SUPERVISOR, False, False),
        (Role.INSPECTOR, False, False),
    ],
)
def test_others_hear_what_they_must(
    client: Client, contact: Contact, person: PersonMaker, role: Role, *, hears: bool,
    hears_guarded: bool,
) -> None:  # fmt: skip
    who = person(role, "210100")
    assert (opened(client, who, contact).status_code == 200) is hears
    Incident.objects.update(kind=Kind.WRONGDOING)
    assert (opened(client, who, contact).status_code == 200) is hears_guarded
    Incident.objects.update(kind=Kind.HELP, is_confidential=True)
    assert (opened(client, who, contact).status_code == 200) is hears_guarded


def test_the_case_names_it_to_who_may_hear(
    client: Client, contact: Contact, person: PersonMaker
) -> None:
    assert contact.incident
    page = f"/desk/{contact.incident.number}/"
    for role, sees in ((Role.DUTY_MANAGER, True), (Role.DISPATCHER, False)):
        client.force_login(person(role, "210100"))
        assert (f"/contacts/{contact.uid}/" in client.get(page).content.decode()) is sees


def test_each_opening_is_before_the_inspector(
    client: Client, contact: Contact, operator: User, person: PersonMaker
) -> None:
    opened(client, operator, contact, "听一下地址")
    client.force_login(person(Role.INSPECTOR, "210100"))
    shown = client.get("/openings").content.decode()
    assert "听一下地址" in shown


def test_the_telephone_system_tells_where_it_is(client: Client) -> None:
    assert announced(client, recording=URL).status_code == 200
    assert announced(client).status_code == 200
    assert Contact.objects.get().recording == URL


@pytest.mark.parametrize(
    "url",
    [
        "http://calls.example.cn/1",
        "https://evil.example.org/1",
        "https://user:pass@calls.example.cn/1",
        "https://calls.example.cn@evil.example.org/1",
        "https://calls.example.cn:8443/1",
        "https://calls.example.cn:x/1",
        "https://[/1",
        'https://calls.example.cn/"onclick=1',
        "https://calls.example.cn/\n1",
        "https://calls.example.cn\\@evil.example.org/",
        "javascript:alert(1)",
        "https:///1",
    ],
)
def test_a_link_elsewhere_is_refused(client: Client, url: str) -> None:
    answer = announced(client, recording=url)
    assert (answer.status_code, answer.json()["errors"].keys()) == (400, {"recording"})
    assert not Contact.objects.exists()


def test_it_is_told_with_the_end(client: Client) -> None:
    answer = announced(client, recording=URL, event="answered")
    assert answer.json()["errors"].keys() == {"recording"}
