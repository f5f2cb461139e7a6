"""The matching alone: nobody too much, nobody unfit, everything accounted for, the least cost."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from dispatch.matching import Hands, Match, Need, Pool, match, metres
from dispatch.ranking import Weights
from dispatch.walking import distance

HERE = (123.40, 41.80)
SKILLS = ("", "heating", "utilities")
# Hundredths of a degree around Shenyang's centre.
steps = st.integers(-20, 20)


@st.composite
def crowds(draw: st.DrawFn) -> Hands:
    number = draw(st.integers(0, 12))
    each = st.tuples(
        steps, steps, st.integers(1, 2), st.integers(0, 3), st.integers(1, 3),
        st.sampled_from(SKILLS), st.booleans(), st.integers(1, 3),
    )  # fmt: skip
    people = draw(st.lists(each, min_size=number, max_size=number))
    return Hands(
        ids=np.arange(1, number + 1) * 7,
        longitude=np.array([HERE[0] + p[0] / 100 for p in people], dtype=np.float64),
        latitude=np.array([HERE[1] + p[1] / 100 for p in people], dtype=np.float64),
        unit=np.array([p[2] for p in people], dtype=np.int64),
        place=np.array([210102001000000 + p[7] * 1000 for p in people], dtype=np.int64),
        in_hand=np.array([min(p[3], p[4]) for p in people], dtype=np.float64),
        capacity=np.array([p[4] for p in people], dtype=np.float64),
        fresh=np.array([p[6] for p in people], dtype=np.float64),
        skills=[f" {p[5]} " for p in people],
    )


@st.composite
def queues(draw: st.DrawFn) -> list[Need]:
    each = st.tuples(
        steps, steps, st.sampled_from([0, 1, 2]), st.sampled_from(SKILLS), st.booleans(),
        st.frozensets(st.sampled_from([7, 14, 21]), max_size=2), st.integers(1, 100_000),
    )  # fmt: skip
    return [
        Need(
            key=n,
            longitude=HERE[0] + x / 100,
            latitude=HERE[1] + y / 100,
            pool=Pool(unit=unit, prefix="" if unit else "210102", skill=skill),
            place="210102001001",
            urgent=urgent,
            not_again=asked,
            left_s=float(left),
        )
        for n, (x, y, unit, skill, urgent, asked, left) in enumerate(
            draw(st.lists(each, min_size=1, max_size=25))
        )
    ]


def may_go(need: Need, hands: Hands, n: int) -> bool:
    fits = not need.pool.unit or need.pool.unit == hands.unit[n]
    able = not need.pool.skill or f" {need.pool.skill} " == hands.skills[n]
    return bool(fits and able and int(hands.ids[n]) not in need.not_again)


@given(crowds(), queues())
@settings(max_examples=60, deadline=None)
def test_whatever_comes_the_promises_hold(hands: Hands, needs: list[Need]) -> None:
    found = match(needs, hands, Weights())
    assert [each.key for each in found] == [need.key for need in needs]
    given_to = [each.worker_id for each in found if each.worker_id is not None]
    for n, worker in enumerate(hands.ids):
        assert hands.in_hand[n] + given_to.count(int(worker)) <= hands.capacity[n] or not (
            given_to.count(int(worker))
        )
    at = {int(worker): n for n, worker in enumerate(hands.ids)}
    for need, each in zip(needs, found, strict=True):
        if each.worker_id is not None:
            assert may_go(need, hands, at[each.worker_id])
        else:
            assert nobody_left(need, each, hands, given_to)


def nobody_left(need: Need, decided: Match, hands: Hands, given_to: Sequence[int]) -> bool:
    """Who stays queued has nobody fit with room, or is told that there is somebody spare."""
    room = [
        n
        for n, worker in enumerate(hands.ids)
        if may_go(need, hands, n)
        and hands.in_hand[n] + given_to.count(int(worker)) < hands.capacity[n]
    ]
    return decided.spare or not room


def hands_at(places: list[tuple[float, float]]) -> Hands:
    size = len(places)
    return Hands(
        ids=np.arange(1, size + 1),
        longitude=np.array([x for x, _y in places]),
        latitude=np.array([y for _x, y in places]),
        unit=np.ones(size, dtype=np.int64),
        place=np.full(size, 210102001001000),
        in_hand=np.zeros(size),
        capacity=np.ones(size),
        fresh=np.ones(size),
        skills=[""] * size,
    )


@given(st.lists(st.tuples(steps, steps), min_size=6, max_size=6),
       st.lists(st.tuples(steps, steps), min_size=4, max_size=6))  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_no_other_way_to_send_them_costs_less(
    homes: list[tuple[int, int]], asked: list[tuple[int, int]]
) -> None:
    places = [(HERE[0] + x / 100, HERE[1] + y / 100) for x, y in homes]
    wanted = [(HERE[0] + x / 100, HERE[1] + y / 100) for x, y in asked]
    needs = [Need(n, x, y, Pool(prefix="2101"), "210102001002") for n, (x, y) in enumerate(wanted)]
    hands = hands_at(places)
    ours = sum(each.away_m for each in match(needs, hands, Weights()))
    cost = np.array([
        metres(np.full(6, x), np.full(6, y), hands.longitude, hands.latitude) for x, y in wanted
    ])  # fmt: skip
    assert abs(ours - float(cost[linear_sum_assignment(cost)].sum())) < 0.01


def test_metres_are_those_of_the_sphere_to_half_a_percent() -> None:
    a, b = (123.4, 41.8), (123.6, 41.9)
    flat = float(metres(*(np.array([each]) for each in (*a, *b)))[0])
    assert abs(flat / distance(a, b) - 1) < 0.005


def test_the_urgent_one_goes_where_only_one_can() -> None:
    needs = [
        Need(1, *HERE, Pool(prefix="2101"), "210102001001"),
        Need(2, HERE[0] + 0.1, HERE[1], Pool(prefix="2101"), "210102001001", urgent=True),
    ]
    first, second = match(needs, hands_at([HERE]), Weights())
    assert (first.worker_id, first.spare) == (None, False)
    assert second.worker_id == 1


def test_a_crowd_at_one_corner_reaches_beyond_the_nearest() -> None:
    """Forty incidents at one place, and more people than the first graph holds."""
    places = [(HERE[0] + n / 1000, HERE[1]) for n in range(60)]
    needs = [Need(n, *HERE, Pool(prefix="2101"), "210102001001") for n in range(40)]
    found = match(needs, hands_at(places), Weights())
    assert sorted(each.worker_id or 0 for each in found) == list(range(1, 41))
