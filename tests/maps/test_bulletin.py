"""A month counted by hand: October 2026 in Heping and Dadong."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from threading import Thread
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from openpyxl import load_workbook
from pypdfium2 import PdfDocument
from pytest_django import Settings

from accounts.models import User
from accounts.roles import Role
from incidents.errors import Refused
from incidents.models import CallBack, Check, Contact, Incident, Kind, Report, Status
from maps import bulletin, figures, paper, quality
from maps.edition import Line
from maps.figures import Month
from maps.models import Bulletin
from tests.conftest import (
    DADONG_GATE,
    LUXUN_PARK,
    IncidentMaker,
    PersonMaker,
    Town,
    statements,
)

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
OCTOBER = Month(date(2026, 10, 1))
# 10:00 in Shenyang.
TENTH = datetime(2026, 10, 10, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
CaseMaker = Callable[..., Incident]


@pytest.fixture
def case(incident: IncidentMaker, town: Town) -> CaseMaker:
    """A pothole in Heping, dispatched on the 10th of October, the rest as given."""

    def make(place: tuple[float, float] = LUXUN_PARK, **more: Any) -> Incident:
        found = incident(place, "pothole", kind=more.pop("kind", "help"))
        unit = town.heping if place == LUXUN_PARK else town.dadong
        given = {"dispatched_at": TENTH, "lead_unit": unit, "status": Status.IN_PROGRESS}
        Incident.objects.filter(pk=found.pk).update(**given | more)
        found.refresh_from_db()
        return found

    return make


def call_back(found: Incident, at: datetime, **more: Any) -> CallBack:
    report = Report.objects.get(incident=found)
    given = {"result": CallBack.Result.AGREED, "done_at": at, "due_at": at}
    return CallBack.objects.create(incident=found, report=report, **given | more)


def total() -> Line:
    return Line(bulletin.count(OCTOBER)["total"])


# --- Months ---------------------------------------------------------------------------------------


def test_a_month_begins_at_midnight_of_the_hotlines_clock() -> None:
    assert OCTOBER.begins == datetime(2026, 9, 30, 16, tzinfo=UTC)
    assert OCTOBER.ends == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert (str(OCTOBER), str(OCTOBER.before)) == ("2026-10", "2026-09")
    assert str(Month.named("2026-12").following) == "2027-01"
    assert str(Month.named("2026-01").before) == "2025-12"


@pytest.mark.parametrize("name", ["2026-13", "2026-1", "202610", "2026-W1", "abcd-ef", ""])
def test_what_is_no_month_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Month.named(name)


# --- Figures by hand ------------------------------------------------------------------------------


def test_dispatched_counts_the_first_and_the_last_moment(case: CaseMaker) -> None:
    for at in (OCTOBER.begins, OCTOBER.ends - timedelta(microseconds=1)):
        case(dispatched_at=at)
    for at in (OCTOBER.begins - timedelta(microseconds=1), OCTOBER.ends):
        case(dispatched_at=at)
    assert total().row["dispatched"] == 2


def test_on_time_is_of_what_was_due_not_of_what_was_closed(case: CaseMaker) -> None:
    case(due_at=TENTH, accepted_at=TENTH - HOUR)  # on time
    case(due_at=TENTH, accepted_at=TENTH)  # to the minute
    case(due_at=TENTH, accepted_at=TENTH + HOUR)  # late
    case(due_at=TENTH)  # late, and open
    case(due_at=OCTOBER.ends, accepted_at=TENTH)  # due in November, though closed in October
    line = total()
    assert (line.on_time.hits, line.on_time.of) == (2, 4)
    late = Incident.objects.filter(figures.late(OCTOBER))
    assert late.count() == 2


def test_what_ended_otherwise_or_stands_still_is_not_counted_and_said(case: CaseMaker) -> None:
    case(due_at=TENTH, status=Status.WITHDRAWN)
    case(due_at=TENTH, status=Status.MERGED)
    case(due_at=TENTH, paused_at=TENTH - HOUR)
    case(due_at=TENTH, status=Status.CLOSED, accepted_at=TENTH)
    data = bulletin.count(OCTOBER)
    assert data["excluded"] == {"withdrawn": 1, "merged": 1, "paused": 1}
    assert (data["total"]["due"], data["total"]["on_time"], data["total"]["excluded"]) == (1, 1, 3)


def test_response_is_contact_within_its_own_limit(case: CaseMaker) -> None:
    case(contact_due_at=TENTH, contacted_at=TENTH - HOUR)
    case(contact_due_at=TENTH, contacted_at=TENTH + HOUR)
    case(contact_due_at=TENTH)
    case(contact_due_at=TENTH, status=Status.WITHDRAWN)
    assert (total().response.hits, total().response.of) == (1, 3)
    assert Incident.objects.filter(figures.not_contacted(OCTOBER)).count() == 2


def test_call_backs_solved_satisfied_and_effective(case: CaseMaker) -> None:
    call_back(case(), TENTH, is_solved=True, satisfaction=5)
    call_back(case(), TENTH, is_solved=True, satisfaction=3)
    call_back(case(), TENTH, is_solved=False, satisfaction=1, result=CallBack.Result.DISAGREED)
    call_back(case(), TENTH, result=CallBack.Result.UNREACHABLE)
    call_back(case(), TENTH, is_solved=True, satisfaction=5, result=CallBack.Result.OVERTAKEN)
    call_back(case(), OCTOBER.ends, is_solved=False, satisfaction=1)
    line = total()
    assert (line.solved.hits, line.solved.of) == (2, 3)
    assert (line.satisfied.hits, line.satisfied.of) == (2, 3)
    assert (line.effective.hits, line.effective.of) == (3, 4)


def test_wrongdoing_is_in_no_figure(case: CaseMaker) -> None:
    found = case(kind=Kind.WRONGDOING, due_at=TENTH, contact_due_at=TENTH, paused_at=TENTH)
    call_back(found, TENTH, is_solved=True, satisfaction=5)
    data = bulletin.count(OCTOBER)
    assert not any(data["total"].values())
    assert data["excluded"] == {}


def test_counties_and_departments_add_up(case: CaseMaker, town: Town) -> None:
    case(due_at=TENTH, accepted_at=TENTH)
    case(DADONG_GATE, due_at=TENTH)
    call_back(case(DADONG_GATE), TENTH, is_solved=True, satisfaction=4)
    data = bulletin.count(OCTOBER)
    by_county = {row["code"]: row for row in data["counties"]}
    by_unit = {row["code"]: row for row in data["departments"]}
    assert (by_county["210102"]["dispatched"], by_county["210104"]["dispatched"]) == (1, 2)
    assert by_unit[town.dadong.code]["solved"] == 1
    for name in bulletin.COUNTS:
        if name != "knowledge":
            for rows in (data["counties"], data["departments"]):
                assert sum(row[name] for row in rows) == data["total"][name], name


# --- Editions -------------------------------------------------------------------------------------


def test_a_frozen_month_stays_and_a_correction_is_another_edition(
    case: CaseMaker, person: PersonMaker
) -> None:
    found = case(due_at=TENTH)
    first = bulletin.freeze(OCTOBER)
    Incident.objects.filter(pk=found.pk).update(accepted_at=TENTH)
    assert bulletin.freeze(OCTOBER).data == first.data
    again = bulletin.restate(OCTOBER, person(Role.DUTY_MANAGER, "210100"), "补录答复")
    assert (first.data["total"]["on_time"], again.data["total"]["on_time"]) == (0, 1)
    assert (again.edition, Bulletin.objects.count()) == (2, 2)


@pytest.mark.parametrize(
    "change", ["UPDATE maps_bulletin SET edition = 9", "DELETE FROM maps_bulletin"]
)
def test_the_database_keeps_every_edition(case: CaseMaker, change: str) -> None:
    bulletin.freeze(OCTOBER)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_no_edition_without_a_reason_nor_of_a_running_month(person: PersonMaker) -> None:
    manager = person(Role.DUTY_MANAGER, "210100")
    running = Month(date(2999, 1, 1))
    for month, reason, field in (
        (OCTOBER, " ", "reason"), (OCTOBER, "更正", "month"), (running, "更正", "month"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            bulletin.restate(month, manager, reason)
        assert refused.value.field == field


def test_months_that_are_over_are_frozen_once(case: CaseMaker) -> None:
    found = case()
    Incident.objects.filter(pk=found.pk).update(created_at=datetime(2026, 9, 5, tzinfo=UTC))
    made = bulletin.freeze_due()
    assert made == Bulletin.objects.count() >= 2
    assert bulletin.freeze_due() == 0


@pytest.mark.django_db(transaction=True)
def test_two_restatements_at_once_are_two_editions(case: CaseMaker, person: PersonMaker) -> None:
    bulletin.freeze(OCTOBER)
    manager = person(Role.DUTY_MANAGER, "210100")

    def restate() -> None:
        try:
            bulletin.restate(OCTOBER, manager, "更正")
        finally:
            connection.close()

    both = [Thread(target=restate) for _n in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(Bulletin.objects.values_list("edition", flat=True)) == [1, 2, 3]


# --- Pages ----------------------------------------------------------------------------------------


def test_the_page_and_the_workbook_say_the_same(
    case: CaseMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    case(due_at=TENTH, accepted_at=TENTH)
    case(due_at=TENTH)
    bulletin.freeze(OCTOBER)
    head = logged_in(person(Role.DISTRICT_HEAD, "210102"))
    page = head.get("/bulletins/2026-10/").content.decode()
    assert "沈阳市和平区" in page
    assert "50.0" in page
    sheet = load_workbook(BytesIO(head.get("/bulletins/2026-10/sheet.xlsx").content)).worksheets[0]
    rows = {row[1]: row for row in sheet.iter_rows(min_row=3, values_only=True)}
    assert rows["沈阳市和平区"][2:5] == (2, 2, 50.0)


def test_the_list_of_months_shows_the_newest_edition_of_each(
    case: CaseMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    case(due_at=TENTH)
    bulletin.freeze(OCTOBER)
    manager = person(Role.DUTY_MANAGER, "210100")
    case(due_at=TENTH, accepted_at=TENTH)
    bulletin.restate(OCTOBER, manager, "更正")
    text = logged_in(manager).get("/bulletins/", headers={"Accept-Language": "en"}).content.decode()
    assert text.count('href="/bulletins/2026-10/"') == 1
    assert "edition 2" in text
    assert "1/2" in text


def test_behind_a_figure_lie_the_cases_of_the_readers_own_district(
    case: CaseMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    own, other = case(due_at=TENTH), case(DADONG_GATE, due_at=TENTH)
    page = logged_in(person(Role.DISTRICT_HEAD, "210102")).get("/bulletins/2026-10/behind/late")
    text = page.content.decode()
    assert own.number in text
    assert other.number not in text


def test_a_restatement_without_a_reason_is_told_at_its_field(
    case: CaseMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    bulletin.freeze(OCTOBER)
    manager = logged_in(person(Role.DUTY_MANAGER, "210100"))
    answer = manager.post("/bulletins/2026-10/restate", {"reason": " "})
    assert answer.status_code == 400
    assert 'id="e-reason"' in answer.content.decode()
    assert manager.post("/bulletins/2026-10/restate", {"reason": "更正"}).status_code == 302


@pytest.mark.parametrize(
    "path", ["2026-13/", "2999-01/", "x/", "2026-10/?edition=9", "2026-10/behind/x"]
)
def test_what_is_not_there_is_404(person: PersonMaker, logged_in: LogIn, path: str) -> None:
    client = logged_in(person(Role.DISTRICT_HEAD, "210102"))
    assert client.get(f"/bulletins/{path}").status_code == 404


def test_a_list_behind_a_figure_takes_eight_statements(
    case: CaseMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    for _n in range(3):
        case(due_at=TENTH)
    client = logged_in(person(Role.DISTRICT_HEAD, "210102"))
    with CaptureQueriesContext(connection) as captured:
        client.get("/bulletins/2026-10/behind/late")
    assert len(statements(captured, "django_session", 'FROM "accounts_user"')) <= 8


# --- Reasons, paper, course -----------------------------------------------------------------------


def test_why_citizens_were_not_satisfied_is_counted(case: CaseMaker) -> None:
    for reasons in (["slow"], ["attitude", "slow"], []):
        call_back(case(), TENTH, is_solved=False, satisfaction=1, reasons=reasons)
    call_back(case(), TENTH, is_solved=True, satisfaction=5)
    counted = bulletin.count(OCTOBER)["unhappy"]
    assert {why: n for why, n in counted.items() if n} == {"slow": 2, "attitude": 1, "": 1}


def pages(drawn: bytes) -> list[str]:
    return [page.get_textpage().get_text_range() for page in PdfDocument(drawn)]  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("language", "title", "county"),
    [
        ("zh-hans", "12345热线 2026-10 月报", "沈阳市和平区"),
        ("en", "12345 hotline", "Heping, Shenyang"),
    ],
)
def test_the_paper_says_what_the_page_says(
    case: CaseMaker, person: PersonMaker, logged_in: LogIn, language: str, title: str, county: str
) -> None:
    for n in range(7):
        case(due_at=TENTH, accepted_at=TENTH if n else None)
    bulletin.freeze(OCTOBER)
    reader = logged_in(person(Role.DISTRICT_HEAD, "210102"))
    answer = reader.get("/bulletins/2026-10/paper.pdf", headers={"Accept-Language": language})
    assert answer.headers["Content-Type"] == "application/pdf"
    (text,) = pages(answer.content)
    assert title in text
    assert county in text
    assert "85.7" in text
    assert "6/7" in text


def test_the_head_of_a_long_table_stands_on_every_page(case: CaseMaker) -> None:
    case()
    data = bulletin.count(OCTOBER)
    data["departments"] = [
        {**data["total"], "code": str(n), "name": f"单位{n}号", "name_en": f"Unit {n}"}
        for n in range(90)
    ]
    with override("zh-hans"):
        drawn = pages(paper.pdf(OCTOBER, Bulletin(month=OCTOBER.first, edition=0, data=data)))
    assert len(drawn) >= 3
    assert all("区县或单位" in text for text in drawn[:3])
    assert "单位89号" in "".join(drawn)


def test_without_a_font_the_reader_is_told(
    case: CaseMaker, person: PersonMaker, logged_in: LogIn, settings: Settings
) -> None:
    settings.PDF_FONT = "/nowhere.ttf"
    paper.with_font.cache_clear()
    reader = logged_in(person(Role.DISTRICT_HEAD, "210102"))
    answer = reader.get("/bulletins/2026-10/paper.pdf", follow=True)
    assert answer.redirect_chain == [("/bulletins/2026-10/", 302)]
    assert "字体" in answer.content.decode()


def test_the_course_of_the_months_breaks_where_a_month_has_nothing(
    case: CaseMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    for month in (8, 10):
        at = TENTH.replace(month=month)
        case(due_at=at, accepted_at=at)
    for month in (8, 9, 10):
        bulletin.freeze(Month(date(2026, month, 1)))
    page = logged_in(person(Role.DISTRICT_HEAD, "210102")).get("/bulletins/courses/?figure=on_time")
    heping = next(each for each in page.context["courses"] if "和平" in each.name)
    assert (len(heping.lines), heping.last, len(heping.weak)) == (2, 100, 2)
    assert page.content.decode().count("<svg") == 1 + 1


def test_nobody_is_compared_before_a_month_is_frozen(person: PersonMaker, logged_in: LogIn) -> None:
    reader = logged_in(person(Role.DISTRICT_HEAD, "210102"))
    assert reader.get("/bulletins/courses/?figure=x&of=y").status_code == 200


# --- Of the line, of rework, of time --------------------------------------------------------------


def test_rework_fakes_and_repeats_are_told_with_what_they_are_of(case: CaseMaker) -> None:
    case(accepted_at=TENTH, reworks=1)
    case(accepted_at=TENTH, failed_checks=1, repeats=2)
    found = case(accepted_at=TENTH)
    case(kind=Kind.WRONGDOING, accepted_at=TENTH, reworks=1, repeats=1)
    for verdict in (Check.Verdict.FAKED, Check.Verdict.PASSED):
        Check.objects.create(incident=found, drawn="sample", verdict=verdict, done_at=TENTH)
    assert quality.reworked(OCTOBER) == (2, 3)
    assert quality.faked(OCTOBER) == (1, 2)
    assert quality.repeated(OCTOBER) == (1, 3)


def test_handling_time_is_told_by_percentiles_without_what_stood_still(case: CaseMaker) -> None:
    for n in range(1, 10):
        case(accepted_at=TENTH + n * HOUR)
    case(accepted_at=TENTH + 13 * HOUR, paused_s=3 * 3600)
    n, p50, p90 = quality.handling(OCTOBER)
    assert n == 10
    assert p50 == pytest.approx(5.5 * 3600)
    assert p90 == pytest.approx(9.1 * 3600)
    assert quality.handling(OCTOBER.before) == (0, None, None)


def test_late_by_days_counts_each_depth(case: CaseMaker) -> None:
    for days in (0, 2, 4, 8):
        case(due_at=TENTH, accepted_at=TENTH + timedelta(days=days))
    case(due_at=TENTH)
    assert quality.overdue(OCTOBER) == {"1": 4, "3": 3, "7": 2}


def test_the_line_is_told_as_connected_and_answered(town: Town) -> None:
    for seconds, result in ((5, "answered"), (40, "report"), (None, "abandoned")):
        Contact.objects.create(
            channel="telephone", call_id=f"c{seconds}", began_at=TENTH, offered_at=TENTH,
            answered_at=TENTH + timedelta(seconds=seconds) if seconds else None, result=result,
            **({} if result == "abandoned" else {"ended_at": TENTH + HOUR}),
        )  # fmt: skip
    connected, direct = quality.line(OCTOBER)
    assert connected == (1, 3)
    assert direct == (1, 2)


def test_the_page_and_the_paper_tell_them(
    case: CaseMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    case(due_at=TENTH, accepted_at=TENTH + 6 * HOUR, reworks=1)
    bulletin.freeze(OCTOBER)
    reader = logged_in(person(Role.DISTRICT_HEAD, "210102"))
    english = {"Accept-Language": "en"}
    page = reader.get("/bulletins/2026-10/", headers=english).content.decode()
    (paper_,) = pages(reader.get("/bulletins/2026-10/paper.pdf", headers=english).content)
    for text in (page, paper_):
        assert "Reworked" in text
        assert "P90, hours" in text
        assert "6.0" in text
