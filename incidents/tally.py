"""Counting a client's reports in PostgreSQL, exact however many processes count.

The window begins with a client's first report; the first one after its end begins another. One
statement a report: the row's lock makes parallel callers wait for each other.
"""

from django.db import connection
from django.utils import timezone

from incidents.models import Tally

COUNT = """
INSERT INTO incidents_tally AS t (name, ends, hits)
VALUES (%(name)s, now() + make_interval(secs => %(seconds)s), 1)
ON CONFLICT (name) DO UPDATE SET
    ends = CASE WHEN t.ends <= now() THEN excluded.ends ELSE t.ends END,
    hits = CASE WHEN t.ends <= now() THEN 1 ELSE t.hits + 1 END
WHERE t.hits < %(most)s OR t.ends <= now()
RETURNING t.hits
"""


def count(name: str, most: int, seconds: int) -> bool:
    """Count one; False when `name` has had `most` within its window already."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"name": name, "most": most, "seconds": seconds})
        return cursor.fetchone() is not None


def seconds_left(name: str) -> float:
    """Until the window of `name` ends."""
    ends = Tally.objects.filter(pk=name).values_list("ends", flat=True).first()
    return (ends - timezone.now()).total_seconds() if ends else 0.0


def forget() -> int:
    """Delete the windows that have ended; returns how many."""
    return Tally.objects.filter(ends__lt=timezone.now()).delete()[0]
