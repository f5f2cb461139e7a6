"""After a commit: tell the live gateway to look, and somebody to dispatch.

Both are only wakes. When Redis is away the gateway's own tick and the sweep find the same rows.
A thread of its own sends them, gathered: a request waits for no server but PostgreSQL, and a
hundred reports in a moment wake the dispatcher once.
"""

import atexit
import logging
import os
from threading import Event, Lock, Thread
from urllib.parse import urlsplit

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError
from limits.errors import StorageError
from redis import ConnectionError as NotConnected
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from incidents.breaker import Away, Breaker

LOOK = "hotline:look"
# What a request gives Redis before it does without; a healthy one answers in a millisecond.
REDIS_PATIENCE_S = 0.5
GATHER_S = 0.02
# A task that was lost with its queue is missed no longer than a sweep takes to come round.
WAKE_S = 5
log = logging.getLogger(__name__)


def client(url: str) -> Redis:
    """One that gives up soon. A kept connection may have died: that alone is tried again."""
    return Redis.from_url(
        url,
        socket_timeout=REDIS_PATIENCE_S,
        socket_connect_timeout=REDIS_PATIENCE_S,
        retry=Retry(NoBackoff(), 1, supported_errors=(NotConnected,)),
    )


_redis = client(settings.REDIS_URL)


def same_server(one: str, other: str) -> bool:
    """Whether two URLs lead to one server: by host and port, or by the path of a socket."""
    a, b = urlsplit(one), urlsplit(other)
    return a.netloc == b.netloc and (bool(a.netloc) or a.path == b.path)


# Shared with the throttle: whoever finds Redis away spares the others the wait.
redis = Breaker(RedisError, StorageError, OperationalError)
queue = (
    redis
    if same_server(settings.REDIS_URL, settings.CELERY_BROKER_URL)
    else Breaker(OperationalError, RedisError)
)


class _Messenger:
    """Sends what was asked for, each wish once however often it came since the last time."""

    def __init__(self) -> None:
        self._wishes: set[str] = set()
        self._lock = Lock()
        self._asked = Event()
        self._ended = Event()
        self._thread: Thread | None = None

    def ask(self, wishes: set[str]) -> None:
        with self._lock:
            self._wishes |= wishes
            if self._thread is None:
                self._thread = Thread(target=self._run, name="wake", daemon=True)
                self._thread.start()
        self._asked.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._asked.wait()
            self._asked.clear()
            try:
                self.send()
            except Exception:
                # Whatever a broker thinks of: this thread must outlive it, nobody starts another.
                log.exception("wakes were not sent, the sweep will catch up")
            self._ended.wait(GATHER_S)

    def send(self) -> None:
        # Taken before they are sent: who asks meanwhile is served by the next round.
        with self._lock:
            wishes, self._wishes = self._wishes, set()
        for wish in sorted(wishes):
            if wish == LOOK:
                _publish()
            else:
                _queue(wish)

    def end(self) -> None:
        self._ended.set()
        self.send()


_messenger = _Messenger()


def _anew() -> None:
    """Threads do not survive a fork; the child has a messenger of its own."""
    global _messenger
    _messenger = _Messenger()


os.register_at_fork(after_in_child=_anew)
atexit.register(lambda: _messenger.end())


def _publish() -> None:
    try:
        with redis.asking():
            _redis.publish(LOOK, b"")
    except Away as error:
        log.info("live gateway not woken, it will look by itself: %s", error)


def _queue(task: str) -> None:
    """Unless it stands there already: one takes up all that is due, and thousands of them, one
    for each report, would only keep the next sweep waiting."""
    try:
        with redis.asking():
            first = _redis.set(waking(task), "1", nx=True, ex=WAKE_S)
        if first:
            with queue.asking():
                current_app.send_task(task, retry=False)
    except Away as error:
        log.info("%s not queued, the sweep will catch up: %s", task, error)


def look() -> None:
    _messenger.ask({LOOK})


def start(task: str) -> None:
    """Put a task without arguments into the queue, by name: its package may lie above ours."""
    _messenger.ask({task})


def begun(task: str) -> None:
    """The task says that it looks now: what commits from here on needs a new one."""
    try:
        with redis.asking():
            _redis.delete(waking(task))
    except Away as error:
        log.info("%s: not woken again for %s s: %s", task, WAKE_S, error)


def waking(task: str) -> str:
    return f"hotline:wake:{task}"


def after_commit(*tasks: str) -> None:
    """Once this transaction is durable: a look for the gateway, and `tasks` into the queue."""
    transaction.on_commit(lambda: _messenger.ask({LOOK, *tasks}))
