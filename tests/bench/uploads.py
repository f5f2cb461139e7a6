"""A video of 150 MB: how much memory of the web processes it takes while it comes in."""

import os
from threading import Event, Thread

from tests.bench.figures import Limit, Row
from tests.bench.memory import megabytes
from tests.bench.places import homes, report
from tests.incidents.clips import video
from tests.started import House
from tests.wire import multipart

MEGABYTES, TIMES = 150, 3
# A fifth of the file; the process that opens it, and holds a picture of it, is among them.
LIMIT = Limit(30, 15, "MB")
LOOK_S = 0.05


def measure(house: House) -> list[Row]:
    key = {"Authorization": f"Api-Key {house.key()}"}
    place = homes(house, 1, seed=15)[0]
    # Once before: the first upload starts the process that opens files.
    post(house, place, key, megabytes_of_it=1)
    at_rest = held(house)
    peak, done = [at_rest], Event()
    watching = Thread(target=watch, args=(house, peak, done))
    watching.start()
    for _time in range(TIMES):
        post(house, place, key, megabytes_of_it=MEGABYTES)
    done.set()
    watching.join()
    most = max(peak)
    seen = f"{at_rest:.0f} MB before, {most:.0f} MB at most during {TIMES} uploads"
    return [Row(f"memory of web for a video of {MEGABYTES} MB", most - at_rest, LIMIT, seen)]


def post(
    house: House, place: tuple[float, float], key: dict[str, str], *, megabytes_of_it: int
) -> None:
    body, headers = multipart(report(place, 1), padded(megabytes_of_it))
    answer = house.wire(seconds=120).post("/api/reports", body, headers | key)
    assert answer.status == 201, answer.body[:300]


def padded(size: int) -> bytes:
    """A short video with a box behind it that players skip."""
    clip, filling = video(seconds=1), os.urandom(size * 1_000_000)
    return clip + (len(filling) + 8).to_bytes(4) + b"free" + filling


def held(house: House) -> float:
    return sum(megabytes(pid) for pid in house.process_group("web"))


def watch(house: House, peak: list[float], done: Event) -> None:
    while not done.wait(LOOK_S):
        peak.append(held(house))
