"""Memory of web, worker and gateway while reports with photos come in, and whether it grows.

The proportional share (PSS) of each process group, sampled by the number of reports; growth is the
slope of a straight line through the second half, over all of that half, as a share of its mean.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from statistics import linear_regression, mean
from threading import Event, Thread

from tests.bench.figures import Limit, Row
from tests.bench.photos import small, unique
from tests.bench.places import homes, report
from tests.started import House
from tests.wire import multipart

REPORTS, CLIENTS, LONGEST_S = 10_000, 4, 720
GROUPS = ("web", "worker", "media", "live")
LIMIT = Limit(5, 2, "%")
SAMPLE_S = 1.0


def measure(house: House, reports: int = REPORTS) -> list[Row]:
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in GROUPS}
    filed = [0] * CLIENTS
    done = Event()
    watching = Thread(target=watch, args=(house, samples, filed, done))
    watching.start()
    try:
        file_all(house, reports, filed)
    finally:
        done.set()
        watching.join()
    return [row(name, samples[name], sum(filed)) for name in GROUPS]


def file_all(house: House, reports: int, filed: list[int]) -> None:
    """`reports` from a few clients, or as many as the time allows."""
    key = {"Authorization": f"Api-Key {house.key()}"}
    places, picture = homes(house, 2_000, seed=14), small()
    deadline = time.monotonic() + LONGEST_S

    def client(n: int) -> None:
        wire = house.wire()
        for number in range(n, reports, CLIENTS):
            if time.monotonic() > deadline:
                return
            body, headers = multipart(report(places[number % len(places)], number), unique(picture))
            assert wire.post("/api/reports", body, headers | key).status == 201
            filed[n] += 1

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(client, range(CLIENTS)))


def watch(
    house: House, samples: dict[str, list[tuple[float, float]]], filed: list[int], done: Event
) -> None:
    while not done.wait(SAMPLE_S):
        for name in GROUPS:
            held = sum(megabytes(pid) for pid in house.process_group(name))
            samples[name].append((float(sum(filed)), held))


def megabytes(pid: int) -> float:
    """Pages shared between processes count by their share."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def row(name: str, samples: list[tuple[float, float]], reports: int) -> Row:
    half = [(n, held) for n, held in samples if n >= reports / 2]
    counts, sizes = [n for n, _held in half], [held for _n, held in half]
    slope = linear_regression(counts, sizes).slope
    growth = 100 * slope * (counts[-1] - counts[0]) / mean(sizes)
    seen = f"{samples[0][1]:.0f} MB at first, {sizes[0]:.0f} at half, {sizes[-1]:.0f} at the end"
    what = f"memory of {name}, growth in the second half of {reports:,} reports with photos"
    return Row(what, growth, LIMIT, seen)
