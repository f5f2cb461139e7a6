"""Which points lie in another division since boundaries changed; in bulk, polygon by polygon.

A million single lookups take minutes. Here a batch of polygons at a time asks the index of the
points, in a statement of its own that stays within the database: memory is flat on both sides,
whatever the number of points.
"""

from collections.abc import Iterator
from datetime import date

from django.db import connection

BATCH = 1000
# Those that began that day, and whoever may touch them: on a common border the lower code wins,
# whether its own outline changed or not. Boxes are enough: one too many costs a little, no more.
TOUCHED = """
SELECT b.id FROM districts_boundary b
WHERE b.is_leaf AND b.valid_from <= %(day)s AND (b.valid_to IS NULL OR b.valid_to > %(day)s)
  AND (b.valid_from = %(day)s OR EXISTS (
      SELECT FROM districts_boundary changed
      WHERE changed.is_leaf AND changed.valid_from = %(day)s AND changed.geom && b.geom))
ORDER BY b.geom
"""
MAKE = "CREATE TEMP TABLE rerouted (id bigint, before varchar, after varchar)"
# `{points}`: a table or query with id, position and division_id.
REROUTE = """
INSERT INTO rerouted (id, before, after)
SELECT p.id, p.division_id, b.division_id
FROM districts_boundary b JOIN {points} p ON ST_Covers(b.geom, p.position)
WHERE b.id = ANY(%(batch)s)
"""
# A point on a border came once for each side, not always in the same batch: the higher codes go.
SETTLE = """
DELETE FROM rerouted r USING (
    SELECT d.id, min(d.after) AS after FROM rerouted d
    WHERE d.id IN (SELECT id FROM rerouted GROUP BY id HAVING count(*) > 1) GROUP BY d.id
) twice
WHERE twice.id = r.id AND r.after <> twice.after;
DELETE FROM rerouted WHERE before IS NOT DISTINCT FROM after
"""


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
        cursor.execute("ANALYZE rerouted")
        cursor.execute(SETTLE)


def batches(touched: list[int]) -> Iterator[list[int]]:
    return (touched[at : at + BATCH] for at in range(0, len(touched), BATCH))
