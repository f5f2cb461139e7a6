"""After a commit: tell the live gateway to look, and somebody to dispatch.

Both are only wakes. When Redis is away the gateway's own tick and the sweep find the same rows.
"""

import logging

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError
from redis import Redis, RedisError

LOOK = "hotline:look"
log = logging.getLogger(__name__)
_redis = Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)


def look() -> None:
    try:
        _redis.publish(LOOK, b"")
    except RedisError as error:
        log.warning("live gateway not woken, it will look by itself: %s", error)


def start(task: str) -> None:
    """Put a task without arguments into the queue, by name: its package may lie above ours."""
    try:
        current_app.send_task(task, retry=False)
    except (OperationalError, RedisError) as error:
        log.warning("%s not queued, the sweep will catch up: %s", task, error)


def after_commit(*tasks: str) -> None:
    """Once this transaction is durable: a look for the gateway, and `tasks` into the queue."""

    def wake() -> None:
        look()
        for task in tasks:
            start(task)

    transaction.on_commit(wake)
