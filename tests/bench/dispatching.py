"""Finding the nearest, matching many, dispatching end to end, and what growth does to it.

Celery's workers stand still meanwhile: whatever is due waits for the measurement.
"""

import json
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from dispatch.matching import Hands, Match, Need, Pool, match, metres
from dispatch.ranking import Pairs, Weights, costs, total
from tests.bench.figures import Limit, Row
from tests.started import House

NEAREST, KNOWN = Limit(1.5, 1.2, "x"), Limit(2.5, 2, "x")
OPTIMUM, GREEDY = Limit(1.001, 1.0001, "x"), Limit(0.9, 0.87, "x")
SECONDS_OF = {5_000: Limit(0.4, 0.2, "s"), 1_000: Limit(0.06, 0.04, "s")}
SINGLE = Limit(50, 200, "/s", more_is_better=True)
TOGETHER = Limit(500, 2_000, "/s", more_is_better=True)
STATEMENTS, OF_A_BATCH = Limit(10, 8), Limit(25, 20)
GROWTH = Limit(1.5, 1.2, "x")
CITY, PROVINCE, FEW = 7_766, 70_000, 1_000
ROUNDS, ASKED, TIMES = 9, 200, 3
# More people at about the same places, without the history that triggers would write of each.
HIRE = """
WITH old AS (
    SELECT *, row_number() OVER (ORDER BY id) - 1 AS n, count(*) OVER () AS many
    FROM dispatch_worker
), wanted AS (
    SELECT k, old.*, ST_Translate(home, (hashint4(k) %% 1000) / 2e5,
                                  (hashint4(k * 7) %% 1000) / 2e5) AS moved
    FROM generate_series(1, %(more)s) AS k JOIN old ON k %% old.many = old.n
), people AS (
    INSERT INTO accounts_user (username, name, role, unit_id, password, email, is_active, is_staff,
                               is_superuser, date_joined)
    SELECT 'crowd-' || k, 'crowd', 'community_worker', unit_id, '', '', true, false, false, now()
    FROM wanted RETURNING id, username
)
INSERT INTO dispatch_worker (user_id, unit_id, division_id, county_id, shift_id, skills, capacity,
                             home, point, on_shift, open_orders, updated_at)
SELECT people.id, unit_id, division_id, county_id, shift_id, skills, capacity, moved, moved, true,
       0, now()
FROM wanted JOIN people ON people.username = 'crowd-' || k
"""
# In hand of their units: what stands in the tables and their indexes, and is not due.
PILE = """
INSERT INTO incidents_incident
    (kind, category_id, status, is_urgent, is_confidential, position, division_id, address,
     waiting, outcome, public_reply, visible_units, lead_unit_id, dispatches, dispatched_at,
     due_at, updated_at)
SELECT 'complaint', 'pothole', 'in_progress', false, false,
       ST_Translate(w.home, (n %% 997) / 1e5, (n %% 991) / 1e5), w.division_id, '', '', '', '',
       ARRAY[w.unit_id], w.unit_id, 1, now(), now() + interval '7 days', now()
FROM generate_series(1, %(more)s) AS n
JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS m FROM dispatch_worker
      ORDER BY id LIMIT 5000) w ON w.m = n %% 5000
"""
ON_SHIFT = """
UPDATE dispatch_worker SET on_shift = id IN (SELECT id FROM dispatch_worker ORDER BY hashint8(id)
                                             LIMIT %(number)s), open_orders = 0
"""
OPEN = "SELECT count(*) FROM incidents_incident WHERE status = 'in_progress'"


def measure(house: House) -> list[Row]:
    rows = matching()
    with stopped(house), house.database() as database:
        # What another measurement has left is not ours to dispatch.
        database.execute("UPDATE incidents_incident SET dispatch_after = NULL")
        staff(database, FEW)
        pile(database, 10_000)
        small = speed(house, 100, together=False)
        staff(database, CITY)
        single = speed(house, 300, together=False)
        staff(database, CITY)
        together = speed(house, 2_000, together=True)
        rows += [*nearest(house, database, CITY), *throughput(single, together)]
        unwatched(database, HIRE, PROVINCE - CITY)
        staff(database, PROVINCE)
        pile(database, 400_000)
        rows += nearest(house, database, PROVINCE)
        rows.append(growth(small, speed(house, 100, together=False), "one by one"))
        staff(database, PROVINCE)
        rows.append(growth(together, speed(house, 2_000, together=True), "together, from 7,766"))
    return rows


@contextmanager
def stopped(house: House) -> Iterator[None]:
    """Nobody else takes what is due."""
    pids = house.process_group("worker")
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


# --- In the house ---------------------------------------------------------------------------------

Database = psycopg.Connection[tuple[Any, ...]]


def staff(database: Database, number: int) -> None:
    """So many on shift, nothing in hand."""
    database.execute(ON_SHIFT, {"number": number})
    database.execute("VACUUM ANALYZE dispatch_worker")


def pile(database: Database, number: int) -> None:
    """So many open, in the hands of units."""
    row = database.execute(OPEN).fetchone()
    assert row is not None
    unwatched(database, PILE, number - row[0])
    database.execute("VACUUM ANALYZE incidents_incident")


def unwatched(database: Database, statement: str, more: int) -> None:
    """Without the triggers: they would write a history of each."""
    with database.transaction():
        database.execute("SET LOCAL session_replication_role = replica")
        database.execute(statement, {"more": more})


def inside(house: House, call: str) -> Any:
    words = f"from tests.bench import _dispatching as d; d.{call}"
    return json.loads(house.manage("shell", "--no-imports", "-c", words).splitlines()[-1])


def speed(house: House, number: int, *, together: bool) -> dict[str, float]:
    """The best of three: neighbours on the machine make any of them slower, none faster."""
    call = f"speed({number}, together={together}, seed={number})"
    found: list[dict[str, float]] = [inside(house, call) for _n in range(TIMES)]
    return max(found, key=lambda each: each["per_s"])


def nearest(house: House, database: Database, number: int) -> list[Row]:
    """In turn, so that all see the same neighbours on the machine."""
    asked, filtered, bare = inside(house, "nearest_sql()")
    times: dict[str, list[float]] = {asked: [], filtered: [], bare: []}
    for _n in range(ROUNDS):
        for statement, found in times.items():
            found.append(microseconds(database, statement))
    whole, suitable, floor = (median(each) for each in times.values())
    base, what = f"{floor:.0f} us", f"nearest ten of {number:,} workers"
    return [
        Row(f"{what}, all filters, against none", suitable / floor, NEAREST,
            f"{suitable:.0f} us", base),
        Row(f"{what}, and what else their cost is made of", whole / floor, KNOWN,
            f"{whole:.0f} us", base),
    ]  # fmt: skip


def microseconds(database: Database, statement: str) -> float:
    """Of one, planned once: as a kept connection asks it."""
    database.execute(f"PREPARE asked AS {statement}")
    for _n in range(20):
        database.execute("EXECUTE asked")
    began = perf_counter()
    for _n in range(ASKED):
        database.execute("EXECUTE asked")
    took = perf_counter() - began
    database.execute("DEALLOCATE asked")
    return took * 1e6 / ASKED


def throughput(single: dict[str, float], together: dict[str, float]) -> list[Row]:
    one, many = "dispatched one by one, end to end", "dispatched together, end to end"
    return [
        Row(one, single["per_s"], SINGLE, f"{single['per_s']:.0f} a second"),
        Row("statements of a single dispatch", single["statements"], STATEMENTS,
            f"{single['statements']:.0f}, and two to claim up to fifty"),
        Row(many, together["per_s"], TOGETHER, f"{together['per_s']:.0f} a second"),
        Row("statements of a batch, however large", together["statements"], OF_A_BATCH,
            f"{together['statements']:.0f}, the queue's two among them"),
    ]  # fmt: skip


def growth(small: dict[str, float], large: dict[str, float], how: str) -> Row:
    what = f"growth to 400,000 open and 70,000 workers, a dispatch {how}"
    before, after = 1_000 / small["per_s"], 1_000 / large["per_s"]
    return Row(what, after / before, GROWTH, f"{after:.2f} ms", f"{before:.2f} ms")


# --- The matching alone ---------------------------------------------------------------------------


def matching() -> list[Row]:
    random, weights = np.random.default_rng(17), Weights()
    hands = crowd(random)
    rows = []
    for number, limit in SECONDS_OF.items():
        needs = waiting(random, number)
        times = []
        for _n in range(3):
            began = process_time()
            found = match(needs, hands, weights)
            times.append(process_time() - began)
        took = median(times)
        what = f"matching {number:,} incidents with {CITY:,} workers, CPU"
        rows.append(Row(what, took, limit, f"{took:.3f} s"))
        if number == max(SECONDS_OF):
            rows += against_others(needs, hands, found, weights)
    return rows


def crowd(random: np.random.Generator) -> Hands:
    """Everybody has room for one and nothing in hand: what differs is the way."""
    number = CITY
    return Hands(
        ids=np.arange(1, number + 1),
        longitude=random.uniform(123.1, 123.7, number),
        latitude=random.uniform(41.55, 42.0, number),
        unit=np.ones(number, dtype=np.int64),
        place=210102001001000 + 1000 * random.integers(0, 400, number),
        in_hand=np.zeros(number),
        capacity=np.ones(number),
        fresh=random.integers(0, 2, number).astype(np.float64),
        skills=[""] * number,
    )


def waiting(random: np.random.Generator, number: int) -> list[Need]:
    places = zip(
        random.uniform(123.1, 123.7, number), random.uniform(41.55, 42.0, number), strict=True
    )
    return [
        Need(n, float(x), float(y), Pool(prefix="2101"), "210102001001", left_s=86_400.0)
        for n, (x, y) in enumerate(places)
    ]


def against_others(
    needs: Sequence[Need], hands: Hands, found: Sequence[Match], weights: Weights
) -> list[Row]:
    """The dense optimum, and the first come to whom the least is left."""
    assert all(each.worker_id for each in found)
    cost = dense(needs, hands, weights)
    ours = sum(float(cost[each.key, (each.worker_id or 0) - 1]) for each in found)
    began = process_time()
    optimum = float(cost[linear_sum_assignment(cost)].sum())
    solved = process_time() - began
    first_come = greedy(cost)
    km = f"{ours / 1000:,.0f} km of cost"
    return [
        Row("matching 5,000, its cost against the dense optimum", ours / optimum, OPTIMUM,
            km, f"{optimum / 1000:,.0f} km, {solved:.1f} s CPU"),
        Row("matching 5,000, its cost against the first come", ours / first_come, GREEDY,
            km, f"{first_come / 1000:,.0f} km"),
    ]  # fmt: skip


def dense(needs: Sequence[Need], hands: Hands, weights: Weights) -> NDArray[np.float64]:
    size = len(hands.ids)
    cost = np.empty((len(needs), size))
    for n, need in enumerate(needs):
        here = np.full(size, need.longitude), np.full(size, need.latitude)
        own = (hands.place // 1000 == int(need.place)).astype(np.float64)
        pairs = Pairs(
            away_m=metres(*here, hands.longitude, hands.latitude),
            in_hand=hands.in_hand,
            capacity=hands.capacity,
            own_community=own,
            position_fresh=hands.fresh,
            own_cell=np.zeros(size),
            known=np.zeros(size),
            left_s=np.full(size, need.left_s),
        )
        cost[n] = total(costs(pairs, weights))
    return cost


def greedy(cost: NDArray[np.float64]) -> float:
    """Each in turn takes the cheapest who is left."""
    free, whole = cost.copy(), 0.0
    for n in range(len(free)):
        cheapest = int(free[n].argmin())
        whole += float(free[n, cheapest])
        free[:, cheapest] = np.inf
    return whole
