"""Counts that cost seconds are kept for a while: as long as they took, many times over.

In a small house everything is counted when it is asked for. Where counting takes long the page says
when it was counted, and the hundredth reader of the hour waits for nothing.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from maps.models import KeptCount

QUICK_S = 0.5
# At most so much of the time goes into counting one thing again and again.
TIMES = 600
LONGEST = timedelta(days=1)
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext(%s))"


def counted(name: str, count: Callable[[], Any]) -> tuple[Any, datetime]:
    """What `count` gave (JSON), and when; two who ask at once count once."""
    if kept := fresh(name):
        return kept.data, kept.counted_at
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(ONE_AT_A_TIME, [f"maps.kept_counts:{name}"])
        if kept := fresh(name):
            return kept.data, kept.counted_at
        return count_and_keep(name, count)


def count_and_keep(name: str, count: Callable[[], Any]) -> tuple[Any, datetime]:
    at, began = timezone.now(), time.monotonic()
    data = count()
    took = time.monotonic() - began
    if took >= QUICK_S:
        fresh_until = at + min(LONGEST, timedelta(seconds=took * TIMES))
        told = {"counted_at": at, "fresh_until": fresh_until, "data": data}
        KeptCount.objects.update_or_create(name=name, defaults=told)
    return data, at


def fresh(name: str) -> KeptCount | None:
    return KeptCount.objects.filter(name=name, fresh_until__gt=timezone.now()).first()
