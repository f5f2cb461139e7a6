"""The pure rules: costs, clocks, shifts."""

from datetime import UTC, datetime, time, timedelta

import pytest

from dispatch.clocks import Limits, answer_by
from dispatch.ranking import Candidate, Weights, rank
from dispatch.rota import Hours

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def candidate(
    worker_id: int,
    away_m: float,
    *,
    open_orders: int = 0,
    own_community: bool = False,
    position_fresh: bool = True,
) -> Candidate:
    return Candidate(worker_id, away_m, open_orders, 3, own_community, position_fresh)


def order(*candidates: Candidate, weights: Weights | None = None) -> list[int]:
    return [each.candidate.worker_id for each in rank(candidates, weights or Weights())]


def test_the_nearer_goes_first() -> None:
    assert order(candidate(1, 900), candidate(2, 300)) == [2, 1]


def test_a_load_of_one_in_three_is_worth_500_metres() -> None:
    assert order(candidate(1, 0, open_orders=1), candidate(2, 499)) == [2, 1]
    assert order(candidate(1, 0, open_orders=1), candidate(2, 501)) == [1, 2]


def test_knowing_the_community_is_worth_400_metres() -> None:
    assert order(candidate(1, 0), candidate(2, 399, own_community=True)) == [2, 1]
    assert order(candidate(1, 0), candidate(2, 401, own_community=True)) == [1, 2]


def test_a_stale_position_costs_200_metres() -> None:
    assert order(candidate(1, 0, position_fresh=False), candidate(2, 199)) == [2, 1]


def test_equal_costs_go_by_number() -> None:
    assert order(candidate(7, 100), candidate(3, 100), candidate(5, 100)) == [3, 5, 7]


def test_weights_are_data() -> None:
    far, own = candidate(1, 100), candidate(2, 300, own_community=True)
    assert order(far, own, weights=Weights(own_community_m=0)) == [1, 2]


def test_the_parts_add_up_to_the_cost() -> None:
    (ranked,) = rank([candidate(1, 250, open_orders=2, own_community=True)], Weights())
    assert ranked.cost_m == sum(ranked.parts.values()) == 250 + 1000 - 400


def test_nobody_is_ranked_among_nobody() -> None:
    assert rank([], Weights()) == []


@pytest.mark.parametrize(
    ("now", "inside"),
    [
        (time(7, 29, 59), False),
        (time(7, 30), True),
        (time(15, 29, 59), True),
        (time(15, 30), False),
    ],
)
def test_a_day_shift_begins_on_time_and_ends_before(now: time, inside: bool) -> None:
    assert Hours(time(7, 30), time(15, 30)).hold(now) is inside


@pytest.mark.parametrize(
    ("now", "inside"),
    [
        (time(23, 29), False),
        (time(23, 30), True),
        (time(23, 59, 59), True),
        (time(0), True),
        (time(7, 29), True),
        (time(7, 30), False),
        (time(12), False),
    ],
)
def test_a_night_shift_runs_past_midnight(now: time, inside: bool) -> None:
    assert Hours(time(23, 30), time(7, 30)).hold(now) is inside


@pytest.mark.parametrize("now", [time(0), time(12), time(23, 59)])
def test_a_shift_that_ends_where_it_begins_is_the_whole_day(now: time) -> None:
    assert Hours(time(0), time(0)).hold(now)


@pytest.mark.parametrize(("urgent", "minutes"), [(True, 5), (False, 30)])
def test_urgent_offers_wait_less(urgent: bool, minutes: int) -> None:
    assert answer_by(NOON, Limits(), urgent=urgent) == NOON + timedelta(minutes=minutes)
