"""Reports without media from 8 clients, against one INSERT with the lookup on 8 connections."""

import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from time import perf_counter, process_time

from config.cluster import DATABASE, PORT, ROLE, Postgres
from tests.bench.figures import Limit, Row
from tests.bench.places import bodies
from tests.started import House
from tests.wire import JSON

CLIENTS, SECONDS, WARM = 8, 12.0, 2.0
LIMIT = Limit(0.12, 0.25, "of it", more_is_better=True)
FLOOR_TABLE = """
DROP TABLE IF EXISTS bench_floor;
CREATE TABLE bench_floor (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    p geometry(Point, 4326), leaf varchar, words text, at timestamptz DEFAULT now());
"""
FLOOR_SCRIPT = r"""
\set lon random(123300000, 123500000)
\set lat random(41750000, 41850000)
INSERT INTO bench_floor (p, leaf, words)
SELECT q.p, hotline_locate(q.p, current_date), 'a measured report'
FROM (SELECT ST_SetSRID(ST_MakePoint(:lon / 1e6, :lat / 1e6), 4326) AS p) AS q;
"""


def measure(house: House) -> list[Row]:
    before = floor(house)
    rate, own = reports_a_second(house)
    base = (before + floor(house)) / 2
    seen = f"{rate:.0f}/s (the clients' own CPU {own:.0%} of one core)"
    return [
        Row("`POST /api/reports`, 8 clients", rate / base, LIMIT, seen, f"{base:.0f}/s (INSERT)")
    ]


def floor(house: House) -> float:
    """INSERTs a second by pgbench: 8 connections, each statement committed."""
    with house.database() as database:
        database.execute(FLOOR_TABLE)
    postgres = Postgres.below(house.var, lasting=True)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(FLOOR_SCRIPT)
        script.flush()
        command = [
            *(str(postgres.binaries / "pgbench"), "-n", "-M", "prepared", "-c", str(CLIENTS)),
            *("-j", "2", "-T", f"{SECONDS / 2:.0f}", "-f", script.name),
            *("-h", str(postgres.sockets), "-p", str(PORT), "-U", ROLE, DATABASE),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path("/"))
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert found, done.stdout
    return float(found[1])


def reports_a_second(house: House) -> tuple[float, float]:
    """Answers 201 a second after a warm-up, and the share of one core the clients took."""
    key = house.key()
    given = bodies(house, CLIENTS * 200, seed=8)
    ready = Barrier(CLIENTS)

    def client(n: int) -> tuple[int, float]:
        wire = house.wire()
        headers = JSON | {"Authorization": f"Api-Key {key}"}
        ready.wait()
        began, counted, number = perf_counter(), 0, n
        while (passed := perf_counter() - began) < SECONDS + WARM:
            answer = wire.post("/api/reports", given[number % len(given)], headers)
            assert answer.status == 201, answer.body
            number += CLIENTS
            counted += passed >= WARM
        return counted, perf_counter() - began - WARM

    cpu = process_time()
    with ThreadPoolExecutor(CLIENTS) as pool:
        done = list(pool.map(client, range(CLIENTS)))
    own = (process_time() - cpu) / (SECONDS + WARM)
    return sum(counted / seconds for counted, seconds in done), own
