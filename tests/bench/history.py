"""What the chain of events costs a report: its one statement with the trigger and without."""

import os
from importlib import import_module
from secrets import token_hex
from statistics import median
from time import perf_counter
from typing import Any

import django
import psycopg

from tests.bench.figures import Limit, Row
from tests.started import House

BATCH, ROUNDS = 400, 9
LIMIT = Limit(1.25, 1.1, "x")
COLUMNS = "incidents_event (incident_id, step, from_status, to_status, data)"
CHOSEN = "SELECT id, step, from_status, status, data::jsonb\n"
# The two columns filled by hand, as the trigger would have to be paid for otherwise.
BY_HAND = {
    COLUMNS: COLUMNS.replace("data)", "data, nth, hash)"),
    CHOSEN: "SELECT id, step, from_status, status, data::jsonb, n, '\\x00'::bytea\n",
}
OFF, ON = (
    f"ALTER TABLE incidents_event {word} TRIGGER event_is_chained" for word in ("DISABLE", "ENABLE")
)
GIVEN: dict[str, Any] = {
    "kind": "help", "category": "pothole", "status": "registered", "is_urgent": False,
    "is_confidential": False, "x": 123.41, "y": 41.79, "division": None, "address": "",
    "waiting": "outside", "dispatch_after": None, "channel": "web", "text": "a measured report",
    "complainant": None, "given_longitude": 123.41, "given_latitude": 41.79, "datum": "wgs84",
    "accuracy_m": None, "origin": "pin", "topic": "incident",
    "steps": ["register"], "from_statuses": [""], "data": ["{}"],
}  # fmt: skip


def measure(house: House) -> list[Row]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    chained = str(import_module("incidents.registration").REGISTER)
    plain = chained
    for ours, by_hand in BY_HAND.items():
        assert ours in plain
        plain = plain.replace(ours, by_hand)
    with_it, without = [], []
    with house.database() as database:
        for _n in range(ROUNDS):  # in turn: both see the same neighbours on the machine
            database.execute(OFF)
            without.append(microseconds(database, plain))
            database.execute(ON)
            with_it.append(microseconds(database, chained))
    a, b = median(with_it), median(without)
    return [
        Row("registering a report, its event chained", a / b, LIMIT, f"{a:.0f} us", f"{b:.0f} us")
    ]


def microseconds(database: "psycopg.Connection[tuple[Any, ...]]", statement: str) -> float:
    """Of one report, prepared; the batch is undone: what is chained by hand is no history."""
    with database.transaction(force_rollback=True):
        database.execute(statement, GIVEN | {"tracking_code": token_hex(10)}, prepare=True)
        began = perf_counter()
        for _n in range(BATCH):
            database.execute(statement, GIVEN | {"tracking_code": token_hex(10)}, prepare=True)
        return (perf_counter() - began) * 1e6 / BATCH
