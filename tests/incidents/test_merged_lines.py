"""A line is merged into ours, and its cases come along."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import Workbook

from accounts.roles import Role
from dispatch import due
from districts.datums import Datum, from_wgs84
from incidents import rotation
from incidents.errors import GuardRefused, Refused
from incidents.merged_lines import beginning, keeping, passing
from incidents.merged_lines.headings import guess
from incidents.models import (
    CallBack,
    CaseFile,
    CaseMapping,
    Complainant,
    FaultyRow,
    Incident,
    MergedLine,
    Message,
    Outbox,
    Status,
    TakenCase,
    Waiting,
)
from incidents.reopening import reopen
from incidents.verification import findings
from maps import bulletin
from maps.figures import Month
from tests.conftest import BEIJING, LUXUN_PARK, PersonMaker, Town, statements

pytestmark = pytest.mark.django_db
HEAD = (
    "工单编号,诉求内容,诉求类型,诉求分类,地址,经度,纬度,"
    "受理时间,办结时间,办理结果,工单状态,联系人,联系电话"
)
X, Y = LUXUN_PARK
CLOSED = (
    f"T-1,垃圾成堆,投诉,垃圾01,鲁迅公园,{X},{Y},"
    "2024-03-01 08:00,2024-03-04 17:30,已解决,已办结,王小明,13812345678"
)
OPEN = f"T-2,路灯不亮,求助,路灯02,,{X},{Y},2024-03-02 09:00,,,处理中,李红,13900001111"
Importer = Callable[..., CaseFile]


@pytest.fixture
def mapping(town: Town) -> CaseMapping:
    """Another city's codes and column names."""
    return CaseMapping.objects.create(
        name="96123",
        line=MergedLine.objects.create(name="沈阳96123"),
        columns=guess(HEAD.split(",")),
        values={"category": {"垃圾01": "exposed-garbage", "路灯02": "street-light"}},
    )


@pytest.fixture
def imported(mapping: CaseMapping, tmp_path: Path) -> Importer:
    """`imported(CLOSED, OPEN)`: by the command, as a file of these lines."""

    def run(*lines: str, encoding: str = "utf-8", head: str = HEAD) -> CaseFile:
        file = tmp_path / "cases.csv"
        file.write_text("\n".join([head, *lines]) + "\n", encoding=encoding)
        call_command("import_cases", str(file), mapping="96123")
        return CaseFile.objects.latest("pk")

    return run


def taken(number: str = "T-1") -> TakenCase:
    return TakenCase.objects.select_related("incident").get(number=number)


def case(number: str, **changed: str) -> str:
    """The closed case with other values: `case("T-7", 诉求类型="举报")`."""
    values = dict(zip(HEAD.split(","), CLOSED.split(","), strict=True)) | {"工单编号": number}
    return ",".join((values | changed).values())


# --- History kept ---------------------------------------------------------------------------------


def test_a_closed_case_keeps_its_own_dates_number_and_outcome(imported: Importer) -> None:
    imported(CLOSED, encoding="gb18030")
    ours = taken().incident
    assert (ours.status, ours.outcome) == (Status.ARCHIVED, "solved")
    assert taken().reported_at == ours.created_at == datetime(2024, 3, 1, 0, 0, tzinfo=UTC)
    assert taken().closed_at == ours.ended_at == datetime(2024, 3, 4, 9, 30, tzinfo=UTC)
    assert ours.division_id == "210102001001"
    (event,) = ours.events.all()
    assert event.step == "import"
    assert event.data["number"] == "T-1"
    assert list(findings()) == []


def test_a_stamp_that_the_file_does_not_give_is_empty(imported: Importer) -> None:
    imported(case("T-1", 办结时间="", 受理时间=""))
    ours = taken()
    assert (ours.reported_at, ours.replied_at, ours.closed_at) == (None, None, None)
    assert (ours.incident.ended_at, ours.incident.due_at) == (None, None)


def test_nobody_hears_of_a_closed_case_and_no_clock_runs(imported: Importer) -> None:
    imported(CLOSED)
    ours = taken().incident
    assert (ours.dispatch_after, ours.due_at, ours.next_rung_at) == (None, None, None)
    assert not Message.objects.exists()
    assert not CallBack.objects.exists()
    assert not Outbox.objects.exists()


def test_a_closed_case_is_in_no_figure(imported: Importer) -> None:
    month = Month.of(timezone.now())
    before = bulletin.count(month)
    imported(case("T-1", 受理时间=f"{month.first} 00:00", 办结时间=f"{month.first} 00:01"))
    assert bulletin.count(month) == before
    imported(case("T-2", 受理时间="2024-03-01"))
    # No month of before our time is frozen for it.
    assert bulletin.freeze_due() == 0


def test_who_asked_is_sealed_apart(imported: Importer) -> None:
    imported(CLOSED)
    who = Complainant.objects.get()
    assert (who.masked_name, who.masked_phone) == ("王**", "138****5678")
    assert who.reports.get().incident == taken().incident
    row = repr(list(TakenCase.objects.values())) + repr(list(CaseFile.objects.values()))
    assert "13812345678" not in row


def test_what_ended_there_is_not_reopened_here(imported: Importer, person: PersonMaker) -> None:
    imported(CLOSED)
    with pytest.raises(GuardRefused, match=r"."):
        reopen(taken().incident_id, person(Role.OPERATOR, "210100"), reason="又来", new_fact=True)


# --- Open cases -----------------------------------------------------------------------------------


def test_an_open_case_is_dispatched_like_any_other(imported: Importer) -> None:
    imported(OPEN)
    began = timezone.now()
    assert due.dispatch_due() == 1
    ours = taken("T-2").incident
    assert ours.lead_unit is not None
    assert ours.dispatched_at is not None
    # Our clock, from the date we took it on.
    assert ours.dispatched_at >= began
    assert [event.step for event in ours.events.all()][:2] == ["import", "dispatch"]


def test_one_without_a_place_waits_for_one(imported: Importer) -> None:
    imported(OPEN.replace(f"{X},{Y}", ","))
    assert taken("T-2").incident.waiting == Waiting.NO_PLACE


def test_one_outside_the_province_waits_with_that_reason(imported: Importer) -> None:
    file = imported(OPEN.replace(f"{X},{Y}", f"{BEIJING[0]},{BEIJING[1]}"))
    assert taken("T-2").incident.waiting == Waiting.OUTSIDE
    assert file.stored["outside"] == 1


def test_danger_that_waits_for_a_place_is_alarmed(imported: Importer) -> None:
    imported(OPEN.replace(f"{X},{Y}", ",").replace("路灯不亮", "着火了，有人被困"))
    assert taken("T-2").incident.alarm == "119"


def test_many_open_cases_do_not_stand_before_a_new_report(imported: Importer) -> None:
    imported(*(OPEN.replace("T-2", f"T-{n}") for n in range(100)))
    soon = timezone.now()
    due = Incident.objects.filter(dispatch_after__lte=soon).count()
    assert 0 < due < 100


# --- Wrongdoing -----------------------------------------------------------------------------------


def test_wrongdoing_is_kept_from_those_who_may_not_see(
    imported: Importer, person: PersonMaker
) -> None:
    imported(case("T-1", 诉求类型="举报", 工单状态="处理中", 办结时间="", 办理结果=""))
    ours = taken().incident
    assert ours.is_confidential
    for role, sees in ((Role.OPERATOR, False), (Role.DUTY_MANAGER, True)):
        seen = Incident.objects.visible_to(person(role, "210100"))
        assert seen.filter(pk=ours.pk).exists() == sees
    due.dispatch_due()
    ours.refresh_from_db()
    assert ours.waiting == Waiting.WRONGDOING


# --- Faulty rows ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "field", "what"),
    [
        (case(""), "number", "missing"),
        (case("T-1", 诉求内容=""), "text", "missing"),
        (case("T-1", 诉求分类="没有"), "category", "unknown"),
        (case("T-1", 诉求类型="没有"), "kind", "unknown"),
        (case("T-1", 办理结果="没有"), "outcome", "unknown"),
        (case("T-1", 工单状态="没有"), "status", "unknown"),
        (case("T-1", 受理时间="昨天"), "reported_at", "date"),
        (case("T-1", 受理时间="2099-01-01"), "reported_at", "future"),
        (case("T-1", 办结时间="2024-02-01"), "closed_at", "order"),
        (case("T-1", 经度="east"), "longitude", "number"),
        (case("T-1", 纬度="91"), "latitude", "number"),
        (case("T-1", 经度=""), "longitude", "number"),
        (case("T-1", 地址="路" * 201), "address", "too_long"),
        (case("T-1", 诉求内容="垃\0圾"), "text", "no_text"),
        (case("T-1", 诉求类型="投\0诉"), "kind", "no_text"),
        (f"{CLOSED},x", "file", "cells"),
    ],
)
def test_a_faulty_row_is_told_by_field_kept_and_stops_no_other(
    imported: Importer, line: str, field: str, what: str
) -> None:
    file = imported(line, OPEN)
    assert [number.number for number in TakenCase.objects.all()] == ["T-2"]
    kept = file.faulty.get()
    assert kept.row == 1
    assert [field, what] in [fault[:2] for fault in kept.faults]
    assert "垃圾成堆".encode() not in bytes(kept.sealed)


@pytest.mark.parametrize(
    ("given", "form"),
    [
        ("2024-03-01 08:00", ""),
        ("2024/3/1 8:00", ""),
        ("2024年03月01日 08:00", ""),
        ("20240301080000", ""),
        ("2024-03-01T00:00:00Z", ""),
        ("01.03.2024 08:00", "%d.%m.%Y %H:%M"),
    ],
)
def test_dates_in_every_usual_form_are_one_moment(
    imported: Importer, mapping: CaseMapping, given: str, form: str
) -> None:
    mapping.date_format = form
    mapping.save()
    imported(case("T-1", 受理时间=given, 办结时间=""))
    assert taken().reported_at == datetime(2024, 3, 1, 0, 0, tzinfo=UTC)


def test_a_batch_takes_as_many_statements_whatever_is_in_it(
    mapping: CaseMapping,
) -> None:
    def stored(number: int) -> int:
        lines = [OPEN.replace("T-2", f"T-{number}-{n}") for n in range(number)]
        file = keeping.keep(BytesIO("\n".join([HEAD, *lines]).encode()), "cases.csv")
        passing.work_on(beginning.check(file.pk, mapping))
        file = beginning.store(file.pk)
        with CaptureQueriesContext(connection) as asked:
            passing.work_on(file)
        return len(statements(asked))

    stored(1)  # what a process reads once in a while
    assert stored(2) == stored(200)


def test_a_changed_mapping_reads_what_is_left(imported: Importer, mapping: CaseMapping) -> None:
    file = imported(case("T-1", 诉求分类="路面09"), OPEN)
    assert file.checked["codes"] == {"category": {"路面09": 1}}
    mapping.values["category"]["路面09"] = "pothole"
    mapping.version += 1
    mapping.save()
    passing.work_on(beginning.check(file.pk, mapping))
    passing.work_on(beginning.store(file.pk))
    assert taken().incident.category_id == "pothole"
    assert not FaultyRow.objects.exists()


def test_all_or_none_imports_nothing_while_a_row_is_faulty(
    imported: Importer, mapping: CaseMapping, tmp_path: Path
) -> None:
    file = keeping.keep(BytesIO(f"{HEAD}\n{OPEN}\n{case('')}\n".encode()), "cases.csv")
    passing.work_on(beginning.check(file.pk, mapping, all_or_none=True))
    with pytest.raises(Refused):
        beginning.store(file.pk)
    assert not TakenCase.objects.exists()


def test_a_mapping_that_does_not_fit_is_told(imported: Importer) -> None:
    with pytest.raises(CommandError, match="工单编号"):
        imported("1,x", head="number,text")


def test_a_file_that_breaks_off_stores_nothing(imported: Importer) -> None:
    with pytest.raises(CommandError, match="row 2"):
        imported(OPEN, '"T-3,')
    assert not TakenCase.objects.exists()


# --- Twice ----------------------------------------------------------------------------------------


def test_the_same_file_again_changes_nothing(imported: Importer) -> None:
    imported(CLOSED, OPEN)
    again = imported(CLOSED, OPEN)
    assert (again.stored["new"], again.stored["same"]) == (0, 2)
    assert Incident.objects.count() == Complainant.objects.count() == 2


def test_news_of_an_open_case_is_an_event_and_no_more(imported: Importer) -> None:
    imported(OPEN)
    imported(OPEN.replace(",,,处理中", ",2024-03-09,已解决,已办结"))
    ours = taken("T-2")
    assert ours.incident.status == Status.REGISTERED
    assert ours.closed_at is not None
    assert [event.step for event in ours.incident.events.all()] == ["import", "import"]
    assert list(findings()) == []


def test_news_of_a_case_that_ended_here_is_a_conflict(imported: Importer) -> None:
    imported(CLOSED)
    file = imported(CLOSED.replace("已解决", "已解释"))
    assert taken().outcome == "solved"
    assert file.stored["conflicts"] == 1
    assert file.faulty.get().faults == [["number", "ended", ""]]


def test_a_later_row_of_the_same_case_is_news_of_it(imported: Importer) -> None:
    file = imported(OPEN, OPEN.replace("处理中", "待回访"))
    assert (file.stored["new"], file.stored["news"]) == (1, 1)


# --- Kept while it is needed ----------------------------------------------------------------------


def test_an_imported_file_is_deleted_with_its_key(imported: Importer, media_root: Path) -> None:
    file = imported(CLOSED)
    assert (file.sealed, file.state) == (None, CaseFile.State.IMPORTED)
    assert [path for path in media_root.rglob("*") if path.is_file()] == []


def test_keys_of_the_vault_turn_under_files_and_rows(
    imported: Importer, mapping: CaseMapping
) -> None:
    imported(case("T-1", 诉求分类="没有"))
    keeping.keep(BytesIO(f"{HEAD}\n{OPEN}\n".encode()), "waits.csv")
    assert sum(rotation.rotate(again=True)) == 2
    waits = CaseFile.objects.get(name="waits.csv")
    with keeping.opened(waits) as file:
        assert OPEN.encode() in file.read()


# --- Other forms ----------------------------------------------------------------------------------


def brought(mapping: CaseMapping, content: bytes, name: str) -> CaseFile:
    file = keeping.keep(BytesIO(content), name)
    passing.work_on(beginning.check(file.pk, mapping))
    passing.work_on(beginning.store(file.pk))
    file.refresh_from_db()
    return file


def test_a_workbook_and_json_say_the_same(mapping: CaseMapping) -> None:
    book, names = Workbook(), HEAD.split(",")
    sheet = book.active
    assert sheet is not None
    sheet.append(names)
    values: list[object] = [*CLOSED.split(",")]
    values[5:8] = X, Y, datetime(2024, 3, 1, 8, 0)
    values[12] = 13812345678
    sheet.append(values)
    kept = BytesIO()
    book.save(kept)
    assert brought(mapping, kept.getvalue(), "a.xlsx").stored["new"] == 1
    rows = [dict(zip(names, CLOSED.split(","), strict=True))]
    for form in (json.dumps(rows), json.dumps(rows[0], ensure_ascii=False) + "\n"):
        assert brought(mapping, form.encode(), "a.json").stored["same"] == 1


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_shifted_points_lie_in_the_right_community(
    mapping: CaseMapping, imported: Importer, datum: Datum
) -> None:
    """100 m west of the border: taken for WGS-84 it would lie in the next community."""
    x, y = from_wgs84(123.4188, 41.81, datum)
    assert x > 123.42
    mapping.datum = datum
    mapping.save()
    imported(case("T-1", 经度=str(x), 纬度=str(y)))
    assert taken().incident.division_id == "210102001001"
    report = taken().incident.reports.get()
    assert (report.given_longitude, report.datum) == (x, datum)
