"""A thousand tabs on the gateway: from the commit to each of them."""

import time

from tests.bench.figures import Limit, Row, percentile, spread
from tests.bench.places import bodies
from tests.bench.steady import send
from tests.bench.stream import tabs
from tests.started import House

TABS, RATE, SECONDS = 1_000, 2.0, 15
LIMIT = Limit(1, 0.3, "s")


def measure(house: House) -> list[Row]:
    with tabs(house, TABS) as open_:
        answered = send(house, bodies(house, int(RATE * SECONDS), seed=11), RATE)
        time.sleep(3)
        heard = open_.close()
    took = []
    for each in answered:
        # The commit lies within the milliseconds before its answer.
        times = [at - each.at for at in heard.get(each.number, [])]
        took += [max(0.0, seconds) for seconds in times]
        took += [float("inf")] * (TABS - len(times))
    return [
        Row(f"commit -> {TABS:,} listeners", percentile(took, 0.99), LIMIT, spread(took)),
    ]
