"""After a commit: tell the live gateway to look, and somebody to dispatch.

Both are only wakes. When Redis is away the gateway's own tick and the sweep find the same rows.
"""

import logging
from urllib.parse import urlsplit

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError
from limits.errors import StorageError
from redis import Redis, RedisError

from incidents.breaker import Away, Breaker

LOOK = "hotline:look"
# What a request gives Redis before it does without; a healthy one answers in a millisecond.
REDIS_PATIENCE_S = 0.5
log = logging.getLogger(__name__)
_redis = Redis.from_url(
    settings.REDIS_URL,
    socket_timeout=REDIS_PATIENCE_S,
    socket_connect_timeout=REDIS_PATIENCE_S,
)


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


def look() -> None:
    try:
        with redis.asking():
            _redis.publish(LOOK, b"")
    except Away as error:
        log.info("live gateway not woken, it will look by itself: %s", error)


def start(task: str) -> None:
    """Put a task without arguments into the queue, by name: its package may lie above ours."""
    try:
        with queue.asking():
            current_app.send_task(task, retry=False)
    except Away as error:
        log.info("%s not queued, the sweep will catch up: %s", task, error)


def after_commit(*tasks: str) -> None:
    """Once this transaction is durable: a look for the gateway, and `tasks` into the queue."""

    def wake() -> None:
        look()
        for task in tasks:
            start(task)

    transaction.on_commit(wake)
