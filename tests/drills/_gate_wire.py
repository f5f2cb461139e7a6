"""The catalogue, the properties and the slow senders, over real connections."""

import socket
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from http.client import HTTPException
from typing import Any

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import seed as seeded

from tests.drills._gate_tools import Tally
from tests.gate import strategies
from tests.gate.catalogue import (
    READS,
    REPORTS,
    Case,
    form,
    form_report,
    plain_forms,
    positions,
)
from tests.gate.files import unusual
from tests.started import HOST, House
from tests.wire import Reply, Wire

ROLES = ("", "dispatcher", "dutymanager", "admin", "w00001")
# What a page of ours sends along; the two need only be equal.
TOKEN = "a" * 32


@dataclass
class Knocker:
    """Sends cases as a stranger with a key, or as one of the staff."""

    house: House
    key: str
    cookies: dict[str, str]
    wire: Wire
    database: "psycopg.Connection[tuple[Any, ...]]"

    @classmethod
    def at(cls, house: House) -> "Knocker":
        cookies = {role: house.cookie(role) for role in ROLES if role}
        return cls(house, house.key(10_000), cookies, house.wire(), house.database())

    def send(self, case: Case, role: str = "") -> Reply | str:
        """The answer; in words, why there is none (the server may cut off what it refuses)."""
        headers = dict(case.headers)
        if case.content_type:
            headers["Content-Type"] = case.content_type
        if role:
            headers["Cookie"] = f"{self.cookies[role]}; csrftoken={TOKEN}"
            headers["X-CSRFToken"] = TOKEN
        elif "Authorization" not in headers:
            headers["Authorization"] = f"Api-Key {self.key}"
        try:
            return self.wire.ask(case.method, case.path, case.body, headers)
        except (OSError, HTTPException, ValueError) as error:
            self.wire.close()
            self.wire = self.house.wire()
            return type(error).__name__

    def reports(self) -> int:
        row = self.database.execute("SELECT count(*) FROM incidents_report").fetchone()
        return int(row[0]) if row else 0

    def knock(self, case: Case, tally: Tally, role: str = "") -> None:
        answer = self.send(case, role)
        group = case.group.split(":")[0]
        if isinstance(answer, str):
            # What cannot even be written as a request, or was cut off in the middle: no answer.
            tally.add(group, answer)
            return
        tally.add(group, str(answer.status))
        if answer.status >= 500:
            tally.faults.append(f"{answer.status} {case.id} {case.path[:80]} {answer.body[:200]!r}")
        elif answer.status not in case.expected | {401, 403}:
            tally.faults.append(f"{answer.status} for {case.id}")
        if answer.status < 500 and case.field and case.field.encode() not in answer.body:
            tally.faults.append(f"{case.id}: {case.field} is not named in {answer.body[:200]!r}")


def every_report() -> Iterator[Case]:
    for make in REPORTS:
        yield from make()


def catalogue(knocker: Knocker, tally: Tally) -> None:
    """Every class against every endpoint; a report that is not answered 201 is not stored."""
    print("The catalogue", flush=True)
    for case in every_report():
        before, taken = knocker.reports(), tally.answers[case.group]["201"]
        knocker.knock(case, tally)
        expected = before + tally.answers[case.group]["201"] - taken
        if (now := knocker.reports()) != expected:
            tally.faults.append(f"{case.id}: {now} reports, not {expected}")
    reads: Iterable[Case] = (case for make in READS for case in make())
    for case in reads:
        for role in ROLES:
            knocker.knock(case, tally, role)
    number, order, uid = something_stored(knocker)
    forms = (replace(case, group="forms") for case in plain_forms(number, order, uid))
    for case in (*forms, *positions()):
        for role in ROLES:
            knocker.knock(case, tally, role)


def something_stored(knocker: Knocker) -> tuple[str, str, str]:
    """A number, a work order and a photo that exist."""
    fields: dict[str, str | bytes] = {"kind": "help", "category": "pothole", "text": "坑"}
    fields |= {"longitude": "123.41", "latitude": "41.79"}
    picture = ("a.png", unusual()["palette"])
    knocker.send(form_report("setup", "a good one", form(fields, picture), "", 201))
    with knocker.house.database() as database:
        row = database.execute(
            "SELECT i.number, coalesce((SELECT max(id) FROM dispatch_workorder), 1), m.uid"
            " FROM incidents_media m JOIN incidents_incident i ON i.id = m.incident_id"
            " ORDER BY m.id DESC LIMIT 1"
        ).fetchone()
    assert row is not None
    return str(row[0]), str(row[1]), str(row[2])


def properties(knocker: Knocker, tally: Tally, *, seed: int, examples: int) -> None:
    """Hypothesis, by endpoint; it shrinks what it finds."""
    loosely = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=[*HealthCheck],
    )
    for name, strategy in strategies.EVERY.items():
        print(f"Hypothesis: {name}", flush=True)

        def holds(case: Case) -> None:
            answer = knocker.send(case, "" if case.method == "POST" else "dispatcher")
            tally.add(f"Hypothesis {name}", str(getattr(answer, "status", answer)))  # noqa: B023
            if not isinstance(answer, str):
                assert answer.status < 500, (case, answer.body[:300])

        try:
            seeded(seed)(loosely(given(strategy)(holds)))()
        except AssertionError as error:
            tally.faults.append(f"Hypothesis {name}: {error}")


# --- Slow senders -------------------------------------------------------------------------------

HEAD = (
    "POST /api/reports HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    "Content-Length: 4000\r\n\r\n"
)
SLOW = 60
SECONDS, PATIENCE_S = 5, 20.0


def slow_senders(house: House, tally: Tally) -> None:
    """Bodies and headers a byte a second, straight at the web server; then all is as before.

    While they last pages wait: the server's threads read bodies. What stands in front of it in
    production does not let them through (deploy/nginx.conf, tests/house/test_nginx.py).
    """
    print("Slow bodies and slow headers", flush=True)
    for group, opening in (("slow bodies", HEAD.encode()), ("slow headers", HEAD[:40].encode())):
        held = [opened(house, opening) for _n in range(SLOW)]
        tally.add(group, "held open", SLOW)
        for _second in range(SECONDS):
            for each in held:
                dribble(each)
            tally.add(group, how_asked(house, seconds=1))
            time.sleep(1)
        for each in held:
            each.close()
        tally.add(group, after := "afterwards " + how_asked(house, seconds=PATIENCE_S))
        if not after.endswith("200"):
            tally.faults.append(f"after {SLOW} {group} a page: {after}")


def how_asked(house: House, *, seconds: float) -> str:
    try:
        return str(house.wire(seconds=seconds).get("/api/categories").status)
    except OSError as error:
        return type(error).__name__


def opened(house: House, opening: bytes) -> socket.socket:
    connection = socket.create_connection((HOST, house.port), timeout=5)
    connection.sendall(opening)
    return connection


def dribble(connection: socket.socket) -> None:
    try:
        connection.sendall(b"x")
    except OSError:
        return  # the server has had enough of it, and that is right
