"""Moving layers against PostgreSQL's own JSON and against serializers; counts behind a stream."""

import json
import time
from threading import Event, Thread
from typing import Any

from tests.bench.dispatching import pile, stopped
from tests.bench.figures import Limit, Row, percentile
from tests.bench.places import bodies
from tests.bench.steady import send
from tests.started import House

POINTS = 5_000
LAYER, SERIALIZER = Limit(1.3, 1.1, "x"), Limit(20, 30, "x", more_is_better=True)
RATE, SECONDS, LOOK_S = 82.0, 20, 0.25
LAG = Limit(5, 2, "s")
# Of what is committed and not counted yet.
OLDEST = """
SELECT coalesce(extract(epoch FROM now() - min(o.created_at)), 0)::float8
FROM incidents_outbox o, maps_rollupstate s
WHERE o.id > s.highest OR s.gaps ? o.id::text
"""


def measure(house: House) -> list[Row]:
    with stopped(house), house.database() as database:
        pile(database, POINTS)
    words = f"from tests.bench import _layers as l; l.measure({POINTS})"
    found: dict[str, Any] = json.loads(
        house.manage("shell", "--no-imports", "-c", words).splitlines()[-1]
    )
    ours, floor, slow = found["ours"], found["floor"], found["serializer"]
    told = f"{ours * 1000:.0f} ms"
    return [
        Row(f"layer of {POINTS:,} points", ours / floor, LAYER, told,
            f"{floor * 1000:.0f} ms json_agg"),
        Row(f"layer of {POINTS:,} points, faster than drf-gis", slow / ours, SERIALIZER, told,
            f"{slow * 1000:.0f} ms"),
        behind(house),
    ]  # fmt: skip


def behind(house: House) -> Row:
    """How old what is not counted yet becomes, while reports come in."""
    ages: list[float] = []
    done = Event()

    def look() -> None:
        with house.database() as database:
            while not done.wait(LOOK_S):
                row = database.execute(OLDEST).fetchone()
                assert row is not None
                ages.append(float(row[0]))

    watching = Thread(target=look)
    watching.start()
    answered = send(house, bodies(house, int(RATE * SECONDS), seed=21), RATE)
    time.sleep(LAG.demanded)
    done.set()
    watching.join()
    took = percentile([each.took for each in answered], 0.99)
    told = f"oldest {max(ages):.1f} s, answered p99 {took:.2f} s"
    return Row(f"counts behind {RATE:.0f} reports a second", max(ages), LAG, told)
