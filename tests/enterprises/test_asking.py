"""A firm asks, its manager talks to it, the firm says whether it was of use."""

import uuid
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from dispatch import engine
from dispatch.models import Rule
from enterprises import asking
from enterprises.models import Firm, FirmRequest, Representative, Topic, Usefulness, Visit
from incidents.models import Category, Incident, Status
from tests.conftest import LUXUN_PARK, PersonMaker, Town, statements
from tests.enterprises.conftest import LogIn, ManagerMaker, Story

pytestmark = pytest.mark.django_db


def test_every_topic_is_a_category_of_the_field(town: Town) -> None:
    of_business = Category.objects.filter(field="business", is_active=True)
    assert set(of_business.values_list("code", flat=True)) == set(Topic.values)


def test_a_request_is_dispatched_by_the_catalogue(town: Town, tell: Callable[..., Story]) -> None:
    Rule.objects.create(field_id="business", division_id="210102", unit=town.office)
    story = tell()
    asked = story.ask()
    incident = asked.report.incident
    engine.dispatch(incident.pk)
    incident.refresh_from_db()
    assert incident.lead_unit == town.office
    assert incident.contact_due_at is not None
    assert asked.manager is not None
    assert asked.manager.user == story.keeper
    shown = story.at_manager.get(f"/manager/requests/{asked}/").content.decode()
    assert town.office.name in shown
    assert "许可证怎么办" in shown


def test_a_firm_lies_where_it_is(town: Town, tell: Callable[..., Story]) -> None:
    story = tell()
    outline_point = Incident.objects.get(reports=story.ask().report)
    assert outline_point.division_id == "210102001001"
    Firm.objects.update(point=f"SRID=4326;POINT({LUXUN_PARK[0]} {LUXUN_PARK[1]})")
    exact = Incident.objects.get(reports=story.ask().report)
    assert exact.position is not None
    assert (exact.position.x, exact.position.y) == LUXUN_PARK


def test_pressed_twice_it_is_filed_once(tell: Callable[..., Story]) -> None:
    story, key = tell(), str(uuid.uuid4())
    assert story.ask(key=key) == story.ask(key=key)
    assert FirmRequest.objects.count() == 1
    other = {"topic": "permits", "text": "别的", "phone": "13812345678", "key": key}
    assert story.at_firm.post("/firm/ask", other).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [{"topic": "gas"}, {"topic": "financing"}, {"text": " "}, {"phone": "abc"}, {"key": "x"}],
)
def test_a_bad_request_is_refused(tell: Callable[..., Story], wrong: dict[str, str]) -> None:
    story = tell()
    given = {"topic": "permits", "text": "x", "phone": "13812345678", "key": str(uuid.uuid4())}
    answer = story.at_firm.post("/firm/ask", given | wrong)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == list(wrong)
    assert not FirmRequest.objects.exists()


def test_the_first_contact_is_written_once(tell: Callable[..., Story]) -> None:
    story = tell()
    asked = story.ask()
    page = f"/manager/requests/{asked}/contact"
    for note in ("上门了解情况", "再次电话"):
        assert story.at_manager.post(page, {"way": "visit", "note": note}).status_code == 302
    asked.refresh_from_db()
    first = Visit.objects.earliest("pk")
    assert asked.contacted_at is not None
    assert abs((asked.contacted_at - first.at).total_seconds()) < 5
    shown = story.at_firm.get(f"/firm/requests/{asked}/").content.decode()
    assert "上门了解情况" in shown
    assert story.at_manager.post(page, {"way": "pigeon", "note": ""}).status_code == 400


def test_nobody_else_sees_it(tell: Callable[..., Story]) -> None:
    mine, other = tell(), tell()
    asked = mine.ask()
    code = mine.firm.code
    for page in (f"/firm/requests/{asked}/", f"/desk/{asked}/"):
        assert other.at_firm.get(page).status_code in (403, 404)
    for page in (f"/manager/requests/{asked}/", f"/manager/firms/{code}/", f"/desk/{asked}/"):
        assert other.at_manager.get(page).status_code in (403, 404)
    assert str(asked) not in other.at_firm.get("/firm/").content.decode()
    found = other.at_manager.get("/manager/", {"q": code}).content.decode()
    assert f"/manager/firms/{code}/" not in found
    note = {"way": "visit", "note": "x"}
    assert other.at_manager.post(f"/manager/firms/{code}/visit", note).status_code == 404
    assert not Visit.objects.exists()


def test_a_request_goes_with_the_firm_to_its_next_manager(
    tell: Callable[..., Story], manager: ManagerMaker, logged_in: LogIn
) -> None:
    story, heir = tell(), manager("210102")
    asked = story.ask()
    Firm.objects.update(manager=heir)
    page = f"/manager/requests/{asked}/"
    assert story.at_manager.get(page).status_code == 404
    assert logged_in(heir.user).get(page).status_code == 200
    asked.refresh_from_db()
    assert asked.manager != heir


def test_usefulness_is_said_when_it_is_over(tell: Callable[..., Story]) -> None:
    story = tell()
    asked = story.ask()
    page, said = f"/firm/requests/{asked}/useful", {"useful": "yes", "level": "5"}
    assert story.at_firm.post(page, said).status_code == 400
    Incident.objects.update(status=Status.CLOSED)
    assert story.at_firm.post(page, said).status_code == 302
    assert story.at_firm.post(page, {"useful": "no", "level": ""}).status_code == 302
    kept = Usefulness.objects.get()
    assert (kept.useful, kept.level) == (False, None)
    assert story.at_firm.post(page, {"useful": "maybe", "level": "9"}).status_code == 400


def test_a_claim_is_judged_by_the_firms_manager(
    tell: Callable[..., Story], person: PersonMaker, logged_in: LogIn
) -> None:
    story, other, claims = tell(), tell(), person(Role.FIRM)
    browser = logged_in(claims)
    given = {"code": story.firm.code.lower(), "note": "法定代表人"}
    assert browser.post("/firm/claim", given).status_code == 302
    assert browser.post("/firm/claim", given).status_code == 400  # one at a time
    assert browser.get("/firm/policies").status_code == 302
    claim = Representative.objects.get(user=claims)
    page = f"/manager/claims/{claim.pk}/approve"
    assert other.at_manager.post(page).status_code == 404
    assert asking.spoken_for(claims) is None
    assert story.at_manager.post(page).status_code == 302
    assert asking.spoken_for(claims) == story.firm
    # Decided once.
    story.at_manager.post(f"/manager/claims/{claim.pk}/refuse")
    assert asking.spoken_for(claims) == story.firm


@pytest.mark.parametrize("code", ["", "1", "91350100M000100Y44", "91350100M000100Y43", "\0"])
def test_a_claim_for_no_firm_is_refused(
    town: Town, person: PersonMaker, logged_in: LogIn, code: str
) -> None:
    answer = logged_in(person(Role.FIRM)).post("/firm/claim", {"code": code, "note": "x"})
    assert answer.status_code == 400


def test_lists_ask_few_statements(tell: Callable[..., Story]) -> None:
    story = tell()
    for _n in range(5):
        story.ask()
    for browser, page in (
        (story.at_firm, "/firm/"),
        (story.at_manager, "/manager/"),
        (story.at_manager, f"/manager/firms/{story.firm.code}/"),
        (story.at_manager, "/manager/claims/"),
        (story.at_manager, "/usefulness/"),
    ):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert browser.get(page).status_code == 200
        assert len(statements(captured)) <= 8, (page, statements(captured))
