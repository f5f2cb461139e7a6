"""The checks of the drill find what is planted, and nothing where all is well. No house needed."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from tests.drills.siege import checks
from tests.drills.siege.checks import Standing, Stored, Story, Violation
from tests.drills.siege.drafts import Draft, Writer
from tests.drills.siege.listener import Listener
from tests.drills.siege.result import Control, Injected, Result
from tests.drills.siege.stream import Answered

HEPING = [(123.41, 41.79)]


def draft() -> Draft:
    """One with two photos."""
    writer = Writer("drill-test", HEPING, Random(1))
    return next(each for each in iter(writer.draft, None) if len(each.photos) == 2)


def promised(given: Draft) -> Answered:
    answer = {"number": "20261124-000001", "tracking_code": "A" * 20}
    return Answered(given, {**answer, "division": {"code": "210102001001"}}, at=1.0, tries=2)


def kept(given: Draft) -> Stored:
    return Stored(
        key=given.key,
        incident=7,
        number="20261124-000001",
        tracking_code="A" * 20,
        fields=dict(given.fields),
        division="210102001001",
        photos=tuple((f"uid-{checksum[:4]}", checksum) for checksum in given.checksums),
    )


def kinds(found: list[Violation]) -> set[str]:
    return {violation.kind for violation in found}


def once(stored: list[Stored], given: Draft, spoiled: str = "") -> set[str]:
    """`spoiled`: the photo whose sealed file is not what its row says."""
    on_disk = {uid: checksum for each in stored for uid, checksum in each.photos if uid != spoiled}
    return kinds(checks.once([promised(given)], stored, on_disk.get))


def test_a_kept_promise_is_no_violation() -> None:
    given = draft()
    assert once([kept(given)], given) == set()


def test_a_missing_report_is_found() -> None:
    assert once([], draft()) == {checks.MISSING}


def test_a_double_report_is_found() -> None:
    given = draft()
    assert once([kept(given), kept(given)], given) == {checks.DOUBLE}


def test_a_double_of_what_nobody_was_promised_is_found() -> None:
    given = draft()
    assert kinds(checks.once([], [kept(given), kept(given)], dict[str, str]().get)) == {
        checks.DOUBLE
    }


@pytest.mark.parametrize("name", ["text", "category", "kind", "address", "longitude"])
def test_a_changed_field_is_found(name: str) -> None:
    given = draft()
    there = kept(given)
    changed = replace(there, fields={**there.fields, name: "other"})
    assert once([changed], given) == {checks.CHANGED}


@pytest.mark.parametrize(
    "other", [{"number": "1"}, {"tracking_code": "B" * 20}, {"division": "210104001001"}]
)
def test_another_answer_than_was_given_is_found(other: dict[str, Any]) -> None:
    given = draft()
    assert once([replace(kept(given), **other)], given) == {checks.CHANGED}


def test_a_lost_photo_is_found() -> None:
    given = draft()
    there = kept(given)
    assert once([replace(there, photos=there.photos[:1])], given) == {checks.PHOTO}


def test_a_wrong_checksum_in_a_row_is_found() -> None:
    given = draft()
    there = kept(given)
    wrong = replace(there, photos=((there.photos[0][0], "0" * 64), there.photos[1]))
    assert once([wrong], given) == {checks.PHOTO}


def test_a_spoiled_file_is_found() -> None:
    given = draft()
    there = kept(given)
    assert once([there], given, spoiled=there.photos[1][0]) == {checks.PHOTO}


@pytest.mark.parametrize(
    "standing",
    [Standing(1, "", due=True, live=0), Standing(1, "", due=False, live=0)],
    ids=["nobody looked at it", "given up without a reason"],
)
def test_an_incident_in_no_hands_is_found(standing: Standing) -> None:
    assert kinds(checks.in_hand([standing])) == {checks.NOT_IN_HAND}


@pytest.mark.parametrize(
    "standing",
    [
        Standing(1, "", due=False, live=1),
        Standing(1, "no_worker", due=True, live=0),
        Standing(1, "wrongdoing", due=False, live=0),
    ],
)
def test_an_offer_or_a_named_queue_will_do(standing: Standing) -> None:
    assert checks.in_hand([standing]) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"registered": 2},
        {"dispatched": 2},
        {"offered": 2, "orders": 2},
        {"orders": 2},
        {"live": 2},
        {"registered": 0},
    ],
)
def test_what_was_sent_twice_or_never_is_found(wrong: dict[str, int]) -> None:
    assert kinds(checks.sent_once([Story(1, **wrong)])) == {checks.SENT_TWICE}


def test_a_second_offer_after_a_miss_is_right() -> None:
    assert checks.sent_once([Story(1, offered=2, ended=1, orders=2)]) == []


@pytest.mark.parametrize("wrong", [{"silent": 1}, {"told_twice": 1}])
def test_a_change_with_no_outbox_row_or_two_is_found(wrong: dict[str, int]) -> None:
    assert kinds(checks.sent_once([Story(1, **wrong)])) == {checks.OUTBOX}


@pytest.mark.parametrize(
    "heard", [{}, {1: (8, "registered")}, {1: (9, "registered")}], ids=["never", "old", "status"]
)
def test_a_gap_in_the_stream_is_found(heard: dict[int, tuple[int, str]]) -> None:
    assert kinds(checks.told({1: (9, "dispatched")}, heard)) == {checks.STREAM}


def test_a_listener_applies_each_event_once() -> None:
    listener = Listener(port=0, cookie="", last_id=0)
    data = 'data: {"id": 1, "properties": {"status": "%s"}}'
    event = ["id: 8", "event: incident", data % "registered", ""]
    newer = ["id: 9", "event: workorder", data % "dispatched", ""]
    listener.read([*event, *newer, *event, *newer])
    assert listener.heard == {1: (9, "dispatched")}
    assert (listener.replays, listener.last_id) == (2, 9)
    assert checks.told({1: (9, "dispatched")}, listener.heard) == []


def test_a_control_nobody_noticed_fails_the_drill() -> None:
    noticed = Control("lock-off", frozenset({checks.SENT_TWICE}), found={checks.SENT_TWICE: 3})
    missed = replace(noticed, found={checks.STREAM: 3})
    assert Result(1, controls=[noticed]).passed
    assert not Result(1, controls=[noticed, missed]).passed


def test_one_violation_fails_the_drill() -> None:
    violation = Violation(checks.MISSING, "one")
    assert not Result(1, violations=[violation]).passed
    assert not Result(1, faults=[Injected("cut", "web", violations=[violation])]).passed


def test_what_could_not_be_injected_is_not_counted() -> None:
    result = Result(1, faults=[Injected("disk full", "wal", not_run="a small disk needs root")])
    assert result.ran == []
