"""The desks as their people use them: lists, several at once, undone; buttons refused and kept."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from dispatch import applications, engine, replies
from dispatch.lists import DESKS, SHOWN
from incidents.models import Incident, Kind
from tests.conftest import LUXUN_PARK, IncidentMaker, PersonMaker, Town, WorkerMaker, statements

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
APART = ("django_session", '"accounts_user"."password"')


@pytest.fixture(autouse=True)
def nothing_by_sample(settings: Any) -> None:
    settings.CHECK_PERCENT = 0


@pytest.fixture
def many(incident: IncidentMaker) -> list[Incident]:
    """Sixty potholes in Heping's hands."""
    found = [incident(LUXUN_PARK, "pothole", text=f"坑{n}") for n in range(SHOWN + 10)]
    for each in found:
        engine.dispatch(each.pk)
    return [Incident.objects.get(pk=each.pk) for each in found]


def who(desk: str, person: PersonMaker, town: Town) -> User:
    role = min(DESKS[desk].roles)
    unit = town.heping if role == Role.UNIT_LIAISON else None
    return person(role, None if unit else "210100", unit)


@pytest.mark.parametrize("desk", DESKS)
def test_a_desk_of_fifty_takes_eight_statements(
    desk: str, many: list[Incident], person: PersonMaker, logged_in: LogIn, town: Town
) -> None:
    Incident.objects.update(
        due_at=timezone.now() - timedelta(hours=1), is_urgent=True, alarm="119", supervised=1
    )
    browser = logged_in(who(desk, person, town))
    for each in DESKS[desk].lists:
        with CaptureQueriesContext(connection) as captured:
            answer = browser.get(f"/desks/{desk}/?list={each.name}")
        assert answer.status_code == 200
        own = statements(captured)
        assert len(own) <= 8, "\n".join(own)


@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.DUTY_MANAGER, Role.DISTRICT_HEAD])
def test_a_case_with_all_its_lists_takes_ten_statements(
    role: Role,
    incident: IncidentMaker,
    worker: WorkerMaker,
    person: PersonMaker,
    logged_in: LogIn,
    town: Town,
) -> None:
    for n in range(4):
        worker(f"Worker{n}", LUXUN_PARK)
    found = incident(LUXUN_PARK, "pothole", contact_phone="13812345678", text="公园门口有坑")
    incident(LUXUN_PARK, "pothole", text="公园门口有坑")
    engine.dispatch(found.pk)
    liaison = person(Role.UNIT_LIAISON, unit=town.heping)
    applications.ask_return(found.pk, liaison, reason="不属", basis="清单")
    browser = logged_in(person(role, "210100"))
    with CaptureQueriesContext(connection) as captured:
        answer = browser.get(f"/desk/{found.number}/")
    assert "清单" in answer.content.decode()
    own = statements(captured, *APART)
    assert len(own) <= 10, "\n".join(own)


def test_a_list_shows_fifty_and_the_next_page_the_rest(
    many: list[Incident], person: PersonMaker, logged_in: LogIn
) -> None:
    browser = logged_in(person(Role.DISPATCHER, "210100"))
    first = browser.get("/desks/queue/?list=open&rows=1").content.decode()
    second = browser.get("/desks/queue/?list=open&rows=1&page=2").content.decode()
    on_first = {each.number for each in many if each.number in first}
    on_second = {each.number for each in many if each.number in second}
    assert (len(on_first), len(on_second)) == (SHOWN, 10)
    assert not on_first & on_second


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999", "2e3", "١"])
def test_a_strange_page_is_a_page(page: str, person: PersonMaker, logged_in: LogIn) -> None:
    browser = logged_in(person(Role.DISPATCHER, "210100"))
    assert browser.get("/desks/queue/", {"page": page, "list": "nothing"}).status_code == 200


def test_other_roles_have_no_such_desk(person: PersonMaker, logged_in: LogIn, town: Town) -> None:
    for name, desk in DESKS.items():
        for role in set(Role) - desk.roles:
            unit = town.heping if role in (Role.UNIT_LIAISON, Role.COMMUNITY_WORKER) else None
            answer = logged_in(person(role, "210100", unit)).get(f"/desks/{name}/")
            assert answer.status_code == 403, (name, role)


def test_several_are_given_to_a_unit_and_taken_back(
    many: list[Incident], person: PersonMaker, logged_in: LogIn, town: Town
) -> None:
    browser = logged_in(person(Role.DISPATCHER, "210100"))
    three = [each.number for each in many[:3]]
    given = {"number": three, "unit": town.dadong.code, "reason": "属大东区", "list": "open"}
    assert browser.post("/desks/queue/all/dispatch", given).status_code == 302
    moved = Incident.objects.filter(number__in=three)
    assert {each.lead_unit for each in moved} == {town.dadong}
    # One of them is signed for already: that one stays.
    replies.sign(many[0].pk, person(Role.UNIT_LIAISON, unit=town.dadong))
    browser.post("/desks/queue/undo")
    stands = dict(Incident.objects.filter(number__in=three).values_list("number", "status"))
    assert [stands[number] for number in three] == ["in_progress", "triage", "triage"]
    assert set(moved.filter(status="triage").values_list("dispatches", flat=True)) == {1}


def test_nothing_ticked_is_said(person: PersonMaker, logged_in: LogIn) -> None:
    browser = logged_in(person(Role.DISPATCHER, "210100"))
    answer = browser.post("/desks/queue/all/remind", {"reason": "快"}, follow=True)
    assert "勾选" in answer.content.decode()


def test_several_of_another_district_are_not_touched(
    many: list[Incident], person: PersonMaker, logged_in: LogIn
) -> None:
    browser = logged_in(person(Role.DISTRICT_HEAD, "210104"))
    browser.post("/desks/late/all/supervise", {"number": many[0].number, "reason": "督办"})
    many[0].refresh_from_db()
    assert many[0].supervised == 0


def test_a_refused_button_keeps_what_was_typed(
    incident: IncidentMaker, person: PersonMaker, logged_in: LogIn, town: Town
) -> None:
    found = incident(LUXUN_PARK, "pothole")
    engine.dispatch(found.pk)
    browser = logged_in(person(Role.UNIT_LIAISON, unit=town.heping))
    address = f"/desk/{found.number}/act/return"
    answer = browser.post(address, {"reason": "不属本单位职责", "basis": ""})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "不属本单位职责</textarea>" in page
    assert 'id="return-basis-e"' in page
    found.refresh_from_db()
    assert found.asked == ""


def test_a_button_that_came_too_late_says_so(
    incident: IncidentMaker, person: PersonMaker, logged_in: LogIn, town: Town
) -> None:
    found = incident(LUXUN_PARK, "pothole")
    engine.dispatch(found.pk)
    liaison = person(Role.UNIT_LIAISON, unit=town.heping)
    replies.sign(found.pk, liaison)
    answer = logged_in(liaison).post(
        f"/desk/{found.number}/act/return", {"reason": "不属", "basis": "清单"}
    )
    assert answer.status_code == 409
    assert "已签收" in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "given", "field"),
    [
        ("dispatch", {"unit": "no-such", "reason": "派"}, "dispatch-unit"),
        ("dispatch", {"unit": "210104-city", "reason": " "}, "dispatch-reason"),
        ("classify", {"category": "nothing", "kind": "help", "reason": "改"}, "classify-category"),
        ("classify", {"category": "pothole", "kind": "x", "reason": "改"}, "classify-kind"),
        ("merge", {"into": "20260101-000001", "reason": "同"}, "merge-into"),
        ("alarm", {"number": "911"}, "alarm-number"),
    ],
)
def test_a_wrong_field_is_named(
    incident: IncidentMaker,
    person: PersonMaker,
    logged_in: LogIn,
    name: str,
    given: dict[str, str],
    field: str,
) -> None:
    found = incident(LUXUN_PARK, "pothole")
    browser = logged_in(person(Role.DISPATCHER, "210100"))
    answer = browser.post(f"/desk/{found.number}/act/{name}", given)
    assert answer.status_code == 400
    assert f'id="{field}-e"' in answer.content.decode()


def test_a_button_for_another_role_changes_nothing(
    incident: IncidentMaker, person: PersonMaker, logged_in: LogIn, town: Town
) -> None:
    found = incident(LUXUN_PARK, "pothole")
    engine.dispatch(found.pk)
    given = {"unit": "210104-city", "reason": "派"}
    for role in (Role.OPERATOR, Role.CALL_BACK_AGENT, Role.INSPECTOR):
        answer = logged_in(person(role, "210100")).post(f"/desk/{found.number}/act/dispatch", given)
        assert answer.status_code == 403, role
        empty = logged_in(person(role, "210100")).post(f"/desk/{found.number}/act/dispatch")
        assert empty.status_code == 403, "told what is missing, as if it could be sent"
    found.refresh_from_db()
    assert found.lead_unit == town.heping


def test_the_catalogues_proposal_stands_where_a_person_decides(
    incident: IncidentMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    browser = logged_in(person(Role.DISPATCHER, "210100"))
    page = browser.get(f"/desk/{incident(LUXUN_PARK, 'pothole').number}/").content.decode()
    assert "210102-city" in page.split("proposal")[1]
    wrong = incident(LUXUN_PARK, "pothole", kind=Kind.WRONGDOING)
    assert "proposal" not in browser.get(f"/desk/{wrong.number}/").content.decode()


def test_a_citys_limit_of_a_kind_wins_over_nothing_but_not_over_the_categorys(
    incident: IncidentMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    """Guard rails have no limit of their own: the kind decides until somebody says it is urgent."""
    found = incident(LUXUN_PARK, "guard-rail", kind="help")
    engine.dispatch(found.pk)
    found.refresh_from_db()
    assert (found.limit, found.limit_unit) == (10, "wd")
    began = found.dispatched_at
    browser = logged_in(person(Role.DISPATCHER, "210100"))
    given = {"category": "guard-rail", "kind": "help", "urgency": "essential", "reason": "断水"}
    browser.post(f"/desk/{found.number}/act/classify", given)
    found.refresh_from_db()
    assert (found.limit, found.limit_unit) == (24, "h")
    assert began is not None
    assert found.due_at == began + timedelta(hours=24)
