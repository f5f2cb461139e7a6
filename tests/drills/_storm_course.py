"""The course of the storm: how much, for how long, what breaks, and what is seen of it."""

import json
import os
import secrets
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event, Thread

import psycopg

from tests.bench.dispatching import pile
from tests.bench.places import homes, report
from tests.drills._load_generator import HOST, Call, fire
from tests.drills._storm_found import REPORT, VIEW, Found, Seen, looked_up
from tests.drills._storm_people import Fleet
from tests.started import House

# Beside the reports: pages that ask nothing of the database but who is there.
VIEWS_A_SECOND = 4.0
LOOK_S, WHOLE_DAY = 0.5, "UPDATE dispatch_shift SET starts = '00:00', ends = '00:00'"
ON_SHIFT = "UPDATE dispatch_worker SET on_shift = true"
# Their one shift, every day: the whole day.
NO_ROTA = "DELETE FROM dispatch_rotaplace"
# What a report got no answer for, or 503, its sender sends again with the same key.
AGAIN_S, TRIES = 2.0, 30
LONGEST_WAIT_S = 90.0


@dataclass(frozen=True)
class Course:
    """Rates in reports a second. `kills`: PostgreSQL and then a Celery worker, mid-way."""

    burst: float
    burst_s: float
    after: float
    after_s: float
    open: int
    kills: bool = False


FULL = Course(82, 60, 25, 600, 124_000, kills=True)
SHORT = Course(82, 20, 25, 120, 20_000)


def weather(house: House, course: Course) -> Found:
    """All of it, on a started house."""
    with house.database() as database:
        database.execute(WHOLE_DAY)
        database.execute(NO_ROTA)
        database.execute(ON_SHIFT)
        pile(database, course.open)
    key = house.key()
    calls = reports(house, key, course) + views(house, course)
    done, seen = Event(), Seen()
    fleet = Fleet(house)
    threads = [Thread(target=watch, args=(house, seen, done)), fleet.thread]
    if course.kills:
        threads.append(Thread(target=break_things, args=(house, course, seen)))
    began = time.time()
    for thread in threads:
        thread.start()
    outcomes = fire(house.port, sorted(calls, key=lambda call: call.moment))
    first = [each for each in outcomes if each.kind == REPORT]
    unanswered = [n for n, each in enumerate(first) if each.status != 201]
    made = [each.body for each in first if each.status == 201]
    posts = [call for call in calls if call.kind == REPORT]
    made += sent_again(house, [posts[n] for n in unanswered])
    wait_for_the_queue(seen)
    done.set()
    fleet.end()
    for thread in threads:
        thread.join()
    burst_ends = began + course.burst_s
    return looked_up(house, outcomes, made, seen, burst_ends, fleet.told)


def reports(house: House, key: str, course: Course) -> list[Call]:
    """In the order of their moments."""
    burst = [n / course.burst for n in range(int(course.burst * course.burst_s))]
    after = [course.burst_s + n / course.after for n in range(int(course.after * course.after_s))]
    places = homes(house, 5_000, seed=31)
    return [
        Call(moment, REPORT, post(house, key, json.dumps(report(places[n % len(places)], n))))
        for n, moment in enumerate([*burst, *after])
    ]


def views(house: House, course: Course) -> list[Call]:
    request = f"GET /healthz HTTP/1.1\r\nHost: {HOST}:{house.port}\r\n\r\n".encode()
    number = int((course.burst_s + course.after_s) * VIEWS_A_SECOND)
    return [Call(n / VIEWS_A_SECOND, VIEW, request) for n in range(number)]


def post(house: House, key: str, text: str) -> bytes:
    body = text.encode()
    head = (
        f"POST /api/reports HTTP/1.1\r\nHost: {HOST}:{house.port}\r\n"
        f"Authorization: Api-Key {key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nIdempotency-Key: {secrets.token_hex(12)}\r\n\r\n"
    )
    return head.encode() + body


def sent_again(house: House, calls: Sequence[Call]) -> list[bytes]:
    """As a client does whose report was not answered; the bodies of the answers."""
    made: list[bytes] = []
    left = list(calls)
    for _n in range(TRIES):
        if not left:
            break
        again = [Call(n / 20, REPORT, each.request) for n, each in enumerate(left)]
        outcomes = fire(house.port, again)
        made += [each.body for each in outcomes if each.status == 201]
        left = [call for call, each in zip(left, outcomes, strict=True) if each.status != 201]
        time.sleep(AGAIN_S)
    return made


QUEUE = """
SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8
FROM incidents_incident
WHERE dispatch_after IS NOT NULL AND waiting = ''
"""


def watch(house: House, seen: Seen, done: Event) -> None:
    """How long the queue is and how old its oldest, twice a second; it survives a restart."""
    while not done.wait(LOOK_S):
        try:
            with house.database() as database:
                while not done.wait(LOOK_S):
                    row = database.execute(QUEUE).fetchone()
                    assert row is not None
                    seen.looks.append((time.time(), int(row[0]), float(row[1])))
        except psycopg.OperationalError as error:
            seen.unseen.append(str(error))


def wait_for_the_queue(seen: Seen) -> None:
    """Until nothing is left that nobody has looked at, or there is no hope."""
    deadline = time.time() + LONGEST_WAIT_S
    began = time.time()
    while time.time() < deadline:
        fresh = [length for at, length, _age in seen.looks if at > began]
        if len(fresh) > 3 and fresh[-1] == 0:
            return
        time.sleep(LOOK_S)


def break_things(house: House, course: Course, seen: Seen) -> None:
    """PostgreSQL in the middle of the flow, a Celery worker a quarter later."""
    time.sleep(course.burst_s + course.after_s / 2)
    kill(house, "postgres", seen)
    time.sleep(course.after_s / 4)
    kill(house, "worker", seen)


def kill(house: House, name: str, seen: Seen) -> None:
    """The server itself, or a child of the worker in the middle of what it does."""
    pids = house.process_group(name)
    pid = pids[0] if name == "postgres" else pids[-1]
    os.kill(pid, signal.SIGKILL)
    seen.kills.append((name, time.time()))
