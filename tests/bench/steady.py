"""Reports at a steady rate, each sent when its moment comes, whatever the one before does."""

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import local

from tests.started import House
from tests.wire import JSON, Wire

THREADS = 24


@dataclass(frozen=True)
class Answered:
    number: str
    at: float
    took: float


def send(
    house: House, bodies: Sequence[bytes], rate: float, headers: Sequence[dict[str, str]] = ()
) -> list[Answered]:
    """When each report was answered, and after how many seconds from its moment."""
    key = {"Authorization": f"Api-Key {house.key()}"}
    mine = local()

    def one(moment: float, body: bytes, more: dict[str, str]) -> Answered:
        if not hasattr(mine, "wire"):
            mine.wire = house.wire()
        wire: Wire = mine.wire
        answer = wire.post("/api/reports", body, more | key)
        now = time.time()
        assert answer.status == 201, answer.body
        return Answered(str(answer.json()["number"]), now, now - moment)

    first = time.time() + 0.5
    pending: list[Future[Answered]] = []
    with ThreadPoolExecutor(THREADS) as pool:
        for n, body in enumerate(bodies):
            moment = first + n / rate
            time.sleep(max(0.0, moment - time.time()))
            pending.append(pool.submit(one, moment, body, headers[n] if headers else JSON))
    return [each.result() for each in pending]
