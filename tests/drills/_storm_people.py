"""The workers of the storm: a fleet's gateway that tells where 200 of them are, each second."""

import json
from http.client import HTTPException
from itertools import islice
from random import Random
from threading import Event, Thread

from tests.started import House
from tests.wire import JSON

A_SECOND = 200
PEOPLE = """
SELECT u.username, ST_X(w.home), ST_Y(w.home) FROM dispatch_worker w
JOIN accounts_user u ON u.id = w.user_id WHERE w.on_shift ORDER BY w.id
"""


class Fleet:
    """`told`: points that were taken. Its key and its people are there before the storm begins."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.told = 0
        self._ended = Event()
        words = house.manage("apikey", "storm-fleet", "--positions").splitlines()
        self._headers = JSON | {"Authorization": f"Api-Key {words[-1]}"}
        with house.database() as database:
            self._people = database.execute(PEOPLE).fetchall()
        self.thread = Thread(target=self._drive)

    def end(self) -> None:
        self._ended.set()

    def _drive(self) -> None:
        """Each in turn, some streets from home, never twice at the same corner."""
        random, at = Random(8), 0
        while True:
            turn = list(islice(self._people * 2, at, at + A_SECOND))
            at = (at + A_SECOND) % len(self._people)
            self._tell(
                [
                    {
                        "worker": name,
                        "longitude": x + random.uniform(-0.004, 0.004),
                        "latitude": y + random.uniform(-0.003, 0.003),
                    }
                    for name, x, y in turn
                ]
            )
            if self._ended.wait(1.0):
                return

    def _tell(self, points: list[dict[str, object]]) -> None:
        """What breaks meanwhile may cost an answer; a refusal is an error of the drill."""
        body = json.dumps({"points": points}).encode()
        try:
            answer = self.house.wire(seconds=5).post("/api/positions", body, self._headers)
        except (OSError, HTTPException):
            return
        if answer.status < 500:
            self.told += int(answer.json()["taken"])
