"""After a commit: tell the live gateway to look, and somebody to dispatch.

Both are only wakes. When Redis is away the gateway's own tick and the sweep find the same rows.
A Redis that hangs is waited for once; then nobody asks it for a while, for each caller is somebody
whose report is stored already and who wants the answer.
"""

import logging
import time

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError
from redis import ConnectionError as NotConnected
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

LOOK = "hotline:look"
REST_S = 3.0
# A task that was lost with its queue is missed no longer than a sweep takes to come round.
WAKE_S = 5
log = logging.getLogger(__name__)


def client(url: str) -> Redis:
    """One that gives up after a second. A kept connection may have died: that alone is retried."""
    again = Retry(NoBackoff(), 1, supported_errors=(NotConnected,))
    return Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1, retry=again)


class Rest:
    """Until when Redis is left alone. Threads may read it late; that costs one more wait."""

    def __init__(self) -> None:
        self.until_s = 0.0

    def begin(self) -> None:
        self.until_s = time.monotonic() + REST_S

    @property
    def lasts(self) -> bool:
        return time.monotonic() < self.until_s


_redis = client(settings.REDIS_URL)
rest = Rest()


def look() -> None:
    if rest.lasts:
        return
    try:
        _redis.publish(LOOK, b"")
    except RedisError as error:
        rest.begin()
        log.warning("live gateway not woken, it will look by itself: %s", error)


def start(task: str) -> None:
    """Put a task without arguments into the queue, by name: its package may lie above ours.

    Unless it stands there already: one takes up all that is due, and thousands of them, one for
    each report, would only keep the next sweep waiting.
    """
    if rest.lasts:
        return
    try:
        if _redis.set(waking(task), "1", nx=True, ex=WAKE_S):
            current_app.send_task(task, retry=False)
    except (OperationalError, RedisError) as error:
        rest.begin()
        log.warning("%s not queued, the sweep will catch up: %s", task, error)


def begun(task: str) -> None:
    """The task says that it looks now: what commits from here on needs a new one."""
    try:
        _redis.delete(waking(task))
    except RedisError as error:
        log.warning("%s: not woken again for %s s: %s", task, WAKE_S, error)


def waking(task: str) -> str:
    return f"hotline:wake:{task}"


def after_commit(*tasks: str) -> None:
    """Once this transaction is durable: a look for the gateway, and `tasks` into the queue."""

    def wake() -> None:
        look()
        for task in tasks:
            start(task)

    transaction.on_commit(wake)
