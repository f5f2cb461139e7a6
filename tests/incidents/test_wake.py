"""Wakes cost nobody a wait, and a task stands in the queue once."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from redis import RedisError

from incidents import wake
from incidents.breaker import Breaker
from tests.house.conftest import eventually


@pytest.fixture
def hanging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Somebody who accepts and never says a word, as a stopped process does."""
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "silent"))
        silent.listen()
        monkeypatch.setattr(wake, "_redis", wake.client(f"unix://{tmp_path}/silent"))
        monkeypatch.setattr(wake, "redis", Breaker(RedisError))
        yield


@pytest.mark.usefixtures("hanging")
def test_nobody_waits_for_a_hanging_redis() -> None:
    began = time.monotonic()
    for _n in range(10):
        wake.look()
        wake.start("dispatch.tasks.dispatch_due")
    assert time.monotonic() - began < wake.REDIS_PATIENCE_S


@pytest.fixture
def task() -> Iterator[str]:
    """The name of a task nobody has, in a queue that other tests fill as well."""
    name = f"tests.nobody.{uuid4().hex}"
    yield name
    wake.begun(name)


def queued(task: str) -> int:
    tasks = wake.client(settings.REDIS_URL).lrange("celery", 0, -1)
    assert isinstance(tasks, list)
    return sum(task.encode() in each for each in tasks)


def asked(task: str) -> None:
    """And sent: the messenger's own thread is not waited for."""
    wake.start(task)
    wake._messenger.send()


def test_a_task_stands_in_the_queue_once(task: str) -> None:
    for _n in range(5):
        asked(task)
    assert eventually(lambda: queued(task) == 1)
    time.sleep(2 * wake.GATHER_S)
    assert queued(task) == 1


def test_what_commits_after_the_task_began_wakes_another(task: str) -> None:
    asked(task)
    assert eventually(lambda: queued(task) == 1)
    wake.begun(task)
    asked(task)
    assert eventually(lambda: queued(task) == 2)
