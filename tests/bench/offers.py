"""From the answer to a work order in a worker's hands, and to the dispatcher's open map."""

import time
from threading import Event, Thread

from tests.bench.figures import Limit, Row, percentile, spread
from tests.bench.places import bodies
from tests.bench.steady import send
from tests.bench.stream import tabs
from tests.started import House

RATE, SECONDS = 10.0, 30
LIMIT = Limit(2, 1, "s")
LOOK_S = 0.02


def measure(house: House) -> list[Row]:
    offered: dict[str, float] = {}
    done = Event()
    watching = Thread(target=watch, args=(house, offered, done))
    with tabs(house, 1) as map_:
        watching.start()
        answered = send(house, bodies(house, int(RATE * SECONDS), seed=10), RATE)
        time.sleep(5)
        done.set()
        watching.join()
        heard = map_.close()
    # A report that was told before its answer came waited for nothing.
    offers = [max(0.0, offered.get(each.number, float("inf")) - each.at) for each in answered]
    seen = [max(0.0, heard.get(each.number, [float("inf")])[0] - each.at) for each in answered]
    return [
        Row(
            "answered -> work order offered, 10/s", percentile(offers, 0.99), LIMIT, spread(offers)
        ),
        row("answered -> seen on an open map, 10/s", seen),
    ]


def row(what: str, seconds: list[float]) -> Row:
    return Row(what, percentile(seconds, 0.99), LIMIT, spread(seconds))


def watch(house: House, offered: dict[str, float], done: Event) -> None:
    """Note when the offer of each incident became visible to others, to 20 ms."""
    with house.database() as database:
        row = database.execute("SELECT coalesce(max(id), 0) FROM dispatch_workorder").fetchone()
        assert row is not None
        last = row[0]
        while not done.wait(LOOK_S):
            # Ids may commit out of order: look back a little.
            found = database.execute(
                "SELECT o.id, i.number FROM dispatch_workorder o JOIN incidents_incident i"
                " ON i.id = o.incident_id WHERE o.id > %s - 20",
                [last],
            ).fetchall()
            now = time.time()
            for order, number in found:
                offered.setdefault(number, now)
                last = max(last, order)
