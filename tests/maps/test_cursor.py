"""Reading on without losing rows that commit out of order."""

from maps.cursor import Cursor


def test_rows_in_order_leave_no_gap() -> None:
    cursor = Cursor(5)
    cursor.seen([6, 7, 8], now_s=0)
    assert (cursor.highest, cursor.gaps) == (8, [])


def test_a_row_that_commits_late_is_asked_for_and_delivered() -> None:
    cursor = Cursor(5)
    cursor.seen([8, 6], now_s=0)
    assert (cursor.highest, cursor.gaps) == (8, [7])
    cursor.seen([7], now_s=1)
    assert (cursor.highest, cursor.gaps) == (8, [])


def test_a_rolled_back_row_is_forgotten_after_a_while() -> None:
    cursor = Cursor(0, patience_s=60)
    cursor.seen([2], now_s=0)
    cursor.seen([], now_s=60)
    assert cursor.gaps == [1]
    cursor.seen([], now_s=60.1)
    assert cursor.gaps == []


def test_a_gap_from_the_first_second_of_the_clock_can_close() -> None:
    cursor = Cursor(0)
    cursor.seen([2], now_s=0.0)
    cursor.seen([1], now_s=0.0)
    assert (cursor.highest, cursor.gaps) == (2, [])


def test_seeing_a_row_twice_does_no_harm() -> None:
    cursor = Cursor(0)
    cursor.seen([1, 2], now_s=0)
    cursor.seen([1, 2], now_s=1)
    assert (cursor.highest, cursor.gaps) == (2, [])


def test_each_gap_has_its_own_patience() -> None:
    cursor = Cursor(0, patience_s=10)
    cursor.seen([2], now_s=0)
    cursor.seen([4], now_s=8)
    cursor.seen([], now_s=11)
    assert cursor.gaps == [3]
