"""A hundred callers at once at a started house, with Redis, with it hanging, and without it."""

import json
import os
import secrets
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from config.cluster import Redis
from config.place import place_from
from incidents.breaker import PAUSE_S
from tests.started import HOST, House, started, wait_until
from tests.wire import JSON

pytestmark = pytest.mark.services

LIMIT, CALLERS = 20, 100
PLACE = {"longitude": 123.41, "latitude": 41.79}
BODY = json.dumps({"kind": "help", "category": "pothole", "text": "路面有坑", **PLACE}).encode()


class Queue:
    """A Redis of the tests' own, to stop and to hold."""

    def __init__(self, var: Path) -> None:
        self.redis = Redis.below(var)
        self.redis.prepare()
        self.start()

    def start(self) -> None:
        words = self.redis.process().argv
        self.running = subprocess.Popen(words, stdout=subprocess.DEVNULL, cwd=self.redis.home)
        wait_until(self.redis.answers, 20, "Redis answers")

    def stop(self) -> None:
        self.running.send_signal(signal.SIGCONT)
        self.running.terminate()
        self.running.wait(10)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Alive and silent: it takes connections and answers nobody."""
        os.kill(self.running.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.running.pid, signal.SIGCONT)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        self.stop()
        try:
            yield
        finally:
            self.start()


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queue]:
    var = tmp_path_factory.mktemp("queue")
    queue = Queue(var)
    yield queue
    queue.stop()
    Redis.remove_below(var)


@pytest.fixture(scope="module")
def house(
    queue: Queue, tmp_path_factory: pytest.TempPathFactory, furnished: Path
) -> Iterator[House]:
    place = place_from({}).private_redis(queue.redis.socket)
    urls = {"HOTLINE_REDIS_URL": place.redis_url, "HOTLINE_BROKER_URL": place.broker_url}
    with started(
        tmp_path_factory.mktemp("limits") / "var",
        like=furnished,
        HOTLINE_ANONYMOUS_REPORTS=f"{LIMIT}/10minute",
        **{name: url for name, url in urls.items() if url},
    ) as house:
        yield house


def file(house: House, address: str, forged: str) -> tuple[int, float]:
    """The status of one report from a local address, and the seconds it took."""
    caller = HTTPConnection(HOST, house.port, 60, source_address=(address, 0))
    began = time.monotonic()
    caller.request("POST", "/api/reports", BODY, JSON | {"X-Forwarded-For": forged})
    answer = caller.getresponse()
    answer.read()
    caller.close()
    return answer.status, time.monotonic() - began


def hundred(house: House, address: str) -> Counter[int]:
    """How often which status, of a hundred at once from one address that all name another."""
    with ThreadPoolExecutor(CALLERS) as pool:
        answers = pool.map(lambda n: file(house, address, f"203.0.113.{n}")[0], range(CALLERS))
        return Counter(answers)


EXACTLY = {201: LIMIT, 429: CALLERS - LIMIT}


def noticed(house: House, network: int) -> None:
    """Both processes have met what happened to Redis: until then each counts where it did."""
    time.sleep(PAUSE_S + 0.5)
    for n in range(16):
        file(house, f"127.0.{network}.{n}", "")


@pytest.fixture(autouse=True)
def _redis_is_back(house: House) -> None:
    noticed(house, secrets.choice(range(100, 200)))


def test_the_limit_is_exact(house: House) -> None:
    assert hundred(house, "127.0.1.1") == EXACTLY


def test_the_limit_is_exact_without_redis(house: House, queue: Queue) -> None:
    with queue.stopped():
        noticed(house, 2)
        assert hundred(house, "127.0.1.2") == EXACTLY


def test_the_limit_is_exact_while_redis_hangs(house: House, queue: Queue) -> None:
    with queue.held():
        noticed(house, 3)
        assert hundred(house, "127.0.1.3") == EXACTLY


def test_a_redis_that_hangs_costs_few_their_time(house: House, queue: Queue) -> None:
    """Two processes each try it now and then; everybody else is answered as ever."""
    with queue.held():
        noticed(house, 4)
        took = [file(house, f"127.0.5.{n}", "") for n in range(40)]
    assert {status for status, _seconds in took} == {201}
    assert sum(seconds > 0.4 for _status, seconds in took) <= 4


def test_redis_counts_again_when_it_is_back(house: House, queue: Queue) -> None:
    with queue.stopped():
        noticed(house, 6)
    noticed(house, 7)
    assert hundred(house, "127.0.1.5") == EXACTLY
    with house.database() as database:
        name = "client:127.0.1.5"
        found = database.execute("SELECT FROM incidents_tally WHERE name = %s", [name])
        assert found.fetchall() == []
