"""Each kind of edit of the history is refused, and found where somebody forces it."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.roles import Role
from incidents import roots
from incidents.days import seal_days
from incidents.lifecycle import Step
from incidents.models import Event, Incident, NumberDay
from incidents.transitions import move
from incidents.verification import findings
from tests.conftest import IncidentMaker, PersonMaker

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture(autouse=True)
def root_folder(settings: Settings, tmp_path: Path) -> Path:
    settings.ROOTS = tmp_path / "roots"
    return tmp_path / "roots"


@pytest.fixture
def told(incident: IncidentMaker) -> Incident:
    """An incident with three events: registered, in triage, accepted."""
    found = incident()
    move(found, Step.TRIAGE)
    return move(found, Step.ACCEPT)


def force(sql: str) -> None:
    """As the owner of the table, who can do without the triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE incidents_event DISABLE TRIGGER USER")
        cursor.execute(sql)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE incidents_event ENABLE TRIGGER USER")


def found_wrong(now: datetime | None = None) -> list[str]:
    return list(findings(now))


def only(finding: list[str], *words: str) -> bool:
    return len(finding) == 1 and all(word in finding[0] for word in words)


# --- The chain -----------------------------------------------------------------------------------


def test_an_untouched_history_is_whole(told: Incident) -> None:
    assert found_wrong() == []
    assert list(told.events.values_list("nth", flat=True)) == [1, 2, 3]


def test_two_events_of_one_statement_follow_each_other(incident: IncidentMaker) -> None:
    found = incident(None)  # without a place: registered, and in triage at once
    first, second = found.events.all()
    assert (first.nth, second.nth) == (1, 2)
    assert len({bytes(first.hash), bytes(second.hash)}) == 2
    assert found_wrong() == []


def test_events_stored_in_bulk_follow_each_other(told: Incident) -> None:
    more = [Event(incident=told, step=Step.JOIN, to_status=told.status) for _ in range(3)]
    Event.objects.bulk_create(more)
    assert list(told.events.values_list("nth", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert found_wrong() == []


@pytest.mark.parametrize("data", [{"reason": '两 行\n\t"quoted" \\ \u0001'}, {"b": 1, "a": [1.50]}])
def test_whatever_data_holds_the_chain_is_computed_alike(told: Incident, data: object) -> None:
    Event.objects.create(incident=told, step=Step.JOIN, to_status=told.status, data=data)
    assert found_wrong() == []


def test_a_given_hash_and_place_are_not_taken(told: Incident) -> None:
    Event.objects.create(incident=told, step="join", to_status=told.status, nth=9, hash=b"mine")
    assert told.events.latest("id").nth == 4
    assert found_wrong() == []


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE incidents_event SET step = 'reply'",
        "DELETE FROM incidents_event",
        "TRUNCATE incidents_event",
        "TRUNCATE incidents_incident CASCADE",
    ],
)
def test_history_is_never_changed(told: Incident, sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE incidents_event ENABLE TRIGGER events_are_not_emptied")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute(sql)
    assert told.events.count() == 3


def test_an_event_between_others_is_refused(told: Incident) -> None:
    first = told.events.earliest("id")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Event.objects.create(pk=first.pk - 1, incident=told, step="join", to_status="accepted")


@pytest.mark.parametrize(
    "change",
    [
        "step = 'reply'",
        'data = \'{"reason": "other"}\'',
        "at = at - interval '1 microsecond'",
        "from_status = 'dispatched'",
        "hash = sha256('')",
    ],
)
def test_a_changed_event_is_found(told: Incident, change: str) -> None:
    force(f"UPDATE incidents_event SET {change} WHERE nth = 2")
    finding = found_wrong()
    assert f"{told.number}: event 2 " in finding[0]
    assert "was changed" in finding[0]


def test_another_actor_is_found(told: Incident, person: PersonMaker) -> None:
    force(f"UPDATE incidents_event SET actor_id = {person(Role.OPERATOR).pk} WHERE nth = 3")
    assert only(found_wrong(), told.number, "event 3 ", "was changed")


@pytest.mark.parametrize(("gone", "named"), [("= 2", "2"), ("IN (1, 2)", "1-2"), ("= 1", "1")])
def test_a_missing_event_is_found(told: Incident, gone: str, named: str) -> None:
    force(f"DELETE FROM incidents_event WHERE nth {gone}")
    assert only(found_wrong(), told.number, f"missing event {named}")


def test_a_removed_tail_is_found(told: Incident) -> None:
    force("DELETE FROM incidents_event WHERE nth = 3")
    assert only(found_wrong(), told.number, "accepted", "triage", "tail")


def test_a_whole_history_removed_is_found(told: Incident) -> None:
    force("DELETE FROM incidents_event")
    assert only(found_wrong(), told.number, "missing history")


FORGE = """
INSERT INTO incidents_event (id, incident_id, nth, step, from_status, to_status, data, hash, at)
SELECT {id}, incident_id, {nth}, 'join', 'triage', 'triage', '{{}}', {hash}, at
FROM incidents_event WHERE nth = 2
"""


def test_a_forged_insertion_is_found(told: Incident) -> None:
    force(
        "UPDATE incidents_event SET nth = 4 WHERE nth = 3;"
        + FORGE.format(id=999999, nth=3, hash="hash")
    )
    finding = found_wrong()
    assert any("event 3 (id 999999)" in each and "forged" in each for each in finding)


def test_a_forged_event_before_the_first_is_found(told: Incident) -> None:
    force(FORGE.format(id=1, nth=0, hash="sha256('')"))
    assert any("event 0 (id 1)" in each and "forged" in each for each in found_wrong())


def test_a_status_changed_by_hand_is_found(told: Incident) -> None:
    Incident.objects.update(status="closed")
    assert only(found_wrong(), told.number, "closed", "accepted", "by hand")


# --- Roots ---------------------------------------------------------------------------------------


@pytest.fixture
def three_days(told: Incident, incident: IncidentMaker) -> None:
    """Sealed yesterday, today and tomorrow, as if those days were over; the last one is empty."""
    NumberDay.objects.create(day=TODAY - timedelta(days=1), before_first=0)
    seal_days(TODAY)
    incident()
    seal_days(TODAY + timedelta(days=2))


LATER = timezone.make_aware(datetime(TODAY.year, TODAY.month, TODAY.day, 12)) + timedelta(days=2)


def kept_lines() -> list[str]:
    return list(roots.lines())


def rewrite(lines: list[str]) -> None:
    roots.path().write_text("".join(lines), encoding="utf-8")


@pytest.mark.usefixtures("three_days")
def test_days_are_sealed_once_and_missed_ones_caught_up() -> None:
    days = [json.loads(line) for line in kept_lines()]
    assert [each["day"] for each in days] == [str(TODAY + timedelta(days=n)) for n in (-1, 0, 1)]
    assert [each["events"] for each in days] == [0, 4, 0]
    assert seal_days(TODAY + timedelta(days=2)) == []
    assert found_wrong(LATER) == []


@pytest.mark.usefixtures("three_days")
def test_a_removed_tail_whose_status_stays_is_found_by_its_root(told: Incident) -> None:
    last = Incident.objects.latest("id")
    force(f"DELETE FROM incidents_event WHERE incident_id = {last.pk}")
    assert any("events were removed" in each and str(TODAY) in each for each in found_wrong(LATER))


@pytest.mark.usefixtures("three_days")
def test_a_chain_made_anew_is_found_by_its_root(told: Incident) -> None:
    """Whoever computes every later hash of the incident again still does not have the root."""
    force(
        """
        UPDATE incidents_event SET hash = sha256(
            (SELECT hash FROM incidents_event WHERE nth = 2) || convert_to(incident_id || E'\\n'
            || nth || E'\\n' || id || E'\\n' || (extract(epoch FROM at) * 1000000)::bigint
            || E'\\n' || step || E'\\n' || E'\\n' || from_status || E'\\n' || to_status
            || E'\\n' || '{"other": true}', 'UTF8')), data = '{"other": true}'
        WHERE nth = 3
        """
    )
    assert only(found_wrong(LATER), str(TODAY), "does not fit")


@pytest.mark.usefixtures("three_days")
@pytest.mark.parametrize("change", ["day", "events", "first", "last", "root"])
def test_a_changed_line_is_found(change: str) -> None:
    first, second, third = kept_lines()
    line = json.loads(second)
    line[change] = {"day": str(TODAY + timedelta(days=5)), "root": "ab" * 32}.get(change, 1)
    rewrite([first, json.dumps(line) + "\n", third])
    assert found_wrong(LATER)


@pytest.mark.usefixtures("three_days")
@pytest.mark.parametrize("gone", [0, 1, 2])
def test_a_missing_line_is_found(gone: int) -> None:
    lines = kept_lines()
    del lines[gone]
    rewrite(lines)
    assert found_wrong(LATER)


@pytest.mark.usefixtures("three_days")
@pytest.mark.parametrize("line", ["{}\n", "nonsense\n", '{"day": "x"}\n', "[1]\n"])
def test_a_line_that_cannot_be_read_is_found(line: str) -> None:
    first, _second, third = kept_lines()
    rewrite([first, line, third])
    assert any("line 2 was changed" in each for each in found_wrong(LATER))


@pytest.mark.usefixtures("three_days")
def test_a_line_cut_off_by_a_crash_is_written_again() -> None:
    first, second, third = kept_lines()
    rewrite([first, second, third[:30]])
    assert [root.day for root in seal_days(TODAY + timedelta(days=2))] == [
        str(TODAY + timedelta(days=1))
    ]
    assert kept_lines() == [first, second, third]


def test_a_file_that_is_gone_is_found(told: Incident) -> None:
    NumberDay.objects.update(day=TODAY - timedelta(days=9))
    assert only(found_wrong(LATER), "missing line")


# --- The commands --------------------------------------------------------------------------------


def test_the_commands_seal_verify_and_end_with_one(
    told: Incident, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("seal_day")
    call_command("verify_history")
    assert "whole" in capsys.readouterr().out
    force("UPDATE incidents_event SET step = 'reply' WHERE nth = 2")
    with pytest.raises(CommandError, match="1 findings") as error:
        call_command("verify_history")
    assert error.value.returncode == 1
    assert "event 2" in capsys.readouterr().out
