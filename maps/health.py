"""Is every part of the house awake? Each leaves a pulse in Redis that dies unless renewed."""

from django.conf import settings
from django.db import DatabaseError, connection
from redis import Redis, RedisError

_redis = Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
# Part -> how long a pulse lasts, seconds.
PULSES = {"worker": 60, "stream": 30}


def beat(part: str) -> None:
    """Say that `part` is awake."""
    _redis.set(f"hotline:pulse:{part}", "1", ex=PULSES[part])


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def failing() -> list[str]:
    """Which of queue, worker and stream do not answer."""
    try:
        _redis.ping()
        pulses = _redis.mget([f"hotline:pulse:{part}" for part in PULSES])
    except RedisError:
        return ["queue", *PULSES]
    return [part for part, pulse in zip(PULSES, pulses, strict=True) if pulse is None]
