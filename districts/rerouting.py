"""Which points lie in another division since boundaries changed; in bulk, polygon by polygon.

A million single lookups take minutes. Here a batch of polygons at a time asks the index of the
points, in a statement of its own that stays within the database: memory is flat on both sides,
whatever the number of points.
"""

from collections.abc import Iterator
from datetime import date

from django.db import connection

BATCH = 500
# Those that began that day, and whoever touches them: on a common border the lower code wins,
# whether its own outline changed or not.
TOUCHED = """
SELECT DISTINCT b.id FROM districts_boundary changed
JOIN districts_boundary b ON ST_Intersects(b.geom, changed.geom)
WHERE changed.is_leaf AND changed.valid_from = %(day)s
  AND b.is_leaf AND b.valid_from <= %(day)s AND (b.valid_to IS NULL OR b.valid_to > %(day)s)
ORDER BY b.id
"""
MAKE = """
CREATE TEMP TABLE rerouted (id bigint PRIMARY KEY, before varchar, after varchar)
"""
# `{points}`: a table or query with id, position and division_id.
REROUTE = """
INSERT INTO rerouted (id, before, after)
SELECT p.id, min(p.division_id), min(b.division_id)
FROM districts_boundary b JOIN {points} p ON ST_Covers(b.geom, p.position)
WHERE b.id = ANY(%(batch)s) GROUP BY p.id
ON CONFLICT (id) DO UPDATE SET after = least(rerouted.after, excluded.after)
"""
STAYED = "DELETE FROM rerouted WHERE before = after"


def reroute(points: str, day: date) -> Iterator[int]:
    """Fill the temporary table `rerouted` (id, before, after) with the points that moved.

    `points` is SQL of ours, never of a request. Gives, batch by batch, how many points were
    looked at; at the end only those that changed hands are left. The table is the caller's to
    drop. Points that no leaf covers any more are not among them: they keep what they had.
    """
    with connection.cursor() as cursor:
        cursor.execute(MAKE)
        cursor.execute(TOUCHED, {"day": day})
        touched = [boundary for (boundary,) in cursor.fetchall()]
        for batch in batches(touched):
            cursor.execute(REROUTE.format(points=points), {"batch": batch})
            yield int(cursor.rowcount)
        cursor.execute(STAYED)


def batches(touched: list[int]) -> Iterator[list[int]]:
    return (touched[at : at + BATCH] for at in range(0, len(touched), BATCH))
