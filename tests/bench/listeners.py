"""Tabs on the gateway: from the commit to each of them, their weight, and those who come back."""

import time
from pathlib import Path
from threading import Timer

from tests.bench.figures import Limit, Row, percentile, spread
from tests.bench.places import bodies
from tests.bench.steady import send
from tests.bench.stream import tabs
from tests.started import House

CROWDS = (1_000, 5_000)
RATE, SECONDS = 2.0, 15
COME_BACK, DEAF = 500, 5
LIMIT, WEIGHT = Limit(1, 0.3, "s"), Limit(20, 13, "MB")


def measure(house: House) -> list[Row]:
    rows = []
    for number in CROWDS:
        before = resident_mb(house)
        rows.append(told(house, number))
        if number == max(CROWDS):
            weight = (resident_mb(house) - before) / number * 1000
            what = f"memory of the gateway for each 1,000 of {number:,} listeners"
            rows.append(Row(what, weight, WEIGHT, f"{weight:.1f} MB"))
    return [*rows, disturbed(house, max(CROWDS))]


def told(house: House, number: int) -> Row:
    """From the commit until the tabs know."""
    with tabs(house, number) as open_:
        answered = send(house, bodies(house, int(RATE * SECONDS), seed=11), RATE)
        time.sleep(3)
        heard = open_.close()
    took = []
    for each in answered:
        # The commit lies within the milliseconds before its answer.
        times = [at - each.at for at in heard.get(each.number, [])]
        took += [max(0.0, seconds) for seconds in times]
        took += [float("inf")] * (number - len(times))
    return Row(f"commit -> {number:,} listeners", percentile(took, 0.99), LIMIT, spread(took))


def disturbed(house: House, number: int) -> Row:
    """The same while some come back in one second and others never read what they are sent.

    Who comes back is told by the replay, later and perhaps twice: the fastest of each report count,
    as many as never went away.
    """
    with tabs(house, number) as open_:
        open_.say(f"deaf {DEAF}")
        back = Timer(SECONDS / 2, open_.say, [f"back {COME_BACK}"])
        back.start()
        answered = send(house, bodies(house, int(RATE * SECONDS), seed=12), RATE)
        time.sleep(3)
        heard = open_.close()
    stayed, took = number - COME_BACK, []
    for each in answered:
        times = sorted(max(0.0, at - each.at) for at in heard.get(each.number, []))[:stayed]
        took += times + [float("inf")] * (stayed - len(times))
    what = f"the same for who stays while {COME_BACK} come back in a second and {DEAF} never read"
    return Row(what, percentile(took, 0.99), LIMIT, spread(took))


def resident_mb(house: House) -> float:
    """Of the gateway's processes."""
    return sum(map(resident_of, house.process_group("live")))


def resident_of(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) / 1000
