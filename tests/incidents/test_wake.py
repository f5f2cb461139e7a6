"""A Redis that hangs costs a citizen one short wait, and the next ones none."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings

from incidents import wake


@pytest.fixture
def hanging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Somebody who accepts and never says a word, as a stopped process does."""
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "silent"))
        silent.listen()
        monkeypatch.setattr(wake, "_redis", wake.client(f"unix://{tmp_path}/silent"))
        monkeypatch.setattr(wake, "rest", wake.Rest())
        yield


def seconds_of_ten_wakes() -> float:
    began = time.monotonic()
    for _n in range(10):
        wake.look()
        wake.start("dispatch.tasks.dispatch_due")
    return time.monotonic() - began


@pytest.mark.usefixtures("hanging")
def test_a_hanging_redis_is_waited_for_once() -> None:
    assert seconds_of_ten_wakes() < 1.5


@pytest.mark.usefixtures("hanging")
def test_after_a_rest_it_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wake, "REST_S", 0.0)
    wake.look()
    assert not wake.rest.lasts


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


def test_a_task_stands_in_the_queue_once(task: str) -> None:
    for _n in range(5):
        wake.start(task)
    assert queued(task) == 1


def test_what_commits_after_the_task_began_wakes_another(task: str) -> None:
    wake.start(task)
    wake.begun(task)
    wake.start(task)
    assert queued(task) == 2
