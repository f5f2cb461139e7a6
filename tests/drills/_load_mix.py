"""What people ask for on a storm day: one in five files a report, the others look."""

import json
import secrets
from dataclasses import dataclass
from itertools import cycle
from random import Random

from tests.bench.places import homes, report
from tests.drills._load_generator import HOST, Call
from tests.started import House

SUBMISSION, READ = "submission", "read"
READS = (
    "/api/incidents.geojson",
    "/heatmap/",
    "/api/workers.geojson?bbox=123.38,41.76,123.48,41.84",
    "/api/divisions.geojson?level=street&bbox=123.3,41.7,123.5,41.9",
    "/api/reports/nearby?lat=41.79&lon=123.41",
)


@dataclass(frozen=True)
class Mix:
    """The material of the calls of one house."""

    cookie: str
    places: list[tuple[float, float]]
    port: int

    @classmethod
    def of(cls, house: House) -> "Mix":
        return cls(house.cookie(), homes(house, 2_000, seed=12), house.port)

    def calls(self, rate: float, seconds: float, begins: float = 0.0) -> list[Call]:
        """An evenly spaced schedule; the kinds in random order, the same every time."""
        random = Random(5)
        paths = cycle(READS)
        return [
            Call(
                begins + n / rate,
                *((SUBMISSION, self.post(n)) if random.random() < 0.2 else (READ, self.get(paths))),
            )
            for n in range(int(rate * seconds))
        ]

    def post(self, n: int) -> bytes:
        body = json.dumps(report(self.places[n % len(self.places)], n)).encode()
        head = (
            f"POST /api/reports HTTP/1.1\r\nHost: {HOST}:{self.port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"Idempotency-Key: {secrets.token_hex(12)}\r\n\r\n"
        )
        return head.encode() + body

    def get(self, paths: "cycle[str]") -> bytes:
        return (
            f"GET {next(paths)} HTTP/1.1\r\nHost: {HOST}:{self.port}\r\n"
            f"Accept-Encoding: gzip\r\nCookie: {self.cookie}\r\n\r\n"
        ).encode()
