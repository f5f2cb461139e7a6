"""Where workers are: hundreds of points a second, kept without swelling a table or its indexes.

The newest point of each stands in a row of its own without any index but its key, so that writing
it touches nothing else. The worker's own row, by whose index the nearest is found, follows when the
step is worth it. The way itself goes into a table of days, which are dropped whole. Off shift
nothing is taken: nobody's way is our affair then.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib.gis.geos import Point
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from dispatch.candidates import limits
from districts import prepared
from incidents import wake

# Less than this, and who looks for the nearest would find no other.
STEP_M = 50
# So often the worker's row says at least that the position is fresh.
RENEWED_S = 60
KEPT_DAYS, MADE_DAYS = 30, 3
TAKE = f"""
WITH given AS (
    SELECT worker, ST_SetSRID(ST_MakePoint(x, y), 4326) AS point, at, accuracy_m
    FROM jsonb_to_recordset(%(points)s::jsonb)
        AS g(worker bigint, x float8, y float8, at timestamptz, accuracy_m float8)
), ours AS (
    SELECT given.* FROM given JOIN dispatch_worker w ON w.id = given.worker AND w.on_shift
), newest AS (
    SELECT DISTINCT ON (worker) * FROM ours ORDER BY worker, at DESC
), way AS (
    INSERT INTO dispatch_track (worker_id, at, point, accuracy_m)
    SELECT worker, at, point, accuracy_m FROM ours
), last AS (
    INSERT INTO dispatch_lastposition AS old (worker_id, at, point, accuracy_m)
    SELECT worker, at, point, accuracy_m FROM newest ORDER BY worker
    ON CONFLICT (worker_id) DO UPDATE
    SET at = excluded.at, point = excluded.point, accuracy_m = excluded.accuracy_m
    WHERE old.at < excluded.at
), worth AS (
    SELECT w.id, n.at, n.point, n.accuracy_m,
           w.position_at IS NULL OR ST_DistanceSphere(w.point, n.point) > {STEP_M} AS moved
    FROM newest n JOIN dispatch_worker w ON w.id = n.worker
    WHERE n.at > coalesce(w.position_at, %(fresh)s) AND n.at > %(fresh)s
    ORDER BY w.id FOR UPDATE OF w SKIP LOCKED
), row AS (
    UPDATE dispatch_worker w
    SET position_at = worth.at, accuracy_m = worth.accuracy_m,
        point = CASE WHEN worth.moved THEN worth.point ELSE w.point END,
        updated_at = CASE WHEN worth.moved THEN statement_timestamp() ELSE w.updated_at END
    FROM worth
    WHERE worth.id = w.id
      AND (worth.moved OR w.position_at < worth.at - interval '{RENEWED_S} s')
    RETURNING worth.moved
)
SELECT (SELECT count(*) FROM ours) AS taken, (SELECT count(*) FROM row WHERE moved) AS moved
"""
MAKE = "CREATE TABLE IF NOT EXISTS {table} PARTITION OF dispatch_track FOR VALUES FROM (%s) TO (%s)"
THERE = (
    "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'dispatch_track'::regclass"
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """`point`: WGS-84; `at`: when it was measured, not when it was sent."""

    worker_id: int
    point: Point
    at: datetime
    accuracy_m: float | None = None


def take(sightings: Sequence[Sighting]) -> int:
    """Keep them, of those on shift; how many that were. One statement."""
    if not sightings:
        return 0
    try:
        with transaction.atomic():
            row = taken(sightings)
    except IntegrityError:
        # A day without its table: the house was dark while it should have been made.
        make_days(timezone.now().date())
        row = taken(sightings)
    if row["moved"]:
        transaction.on_commit(wake.look)
    return int(row["taken"])


def taken(sightings: Sequence[Sighting]) -> dict[str, Any]:
    points = [
        {
            "worker": each.worker_id,
            "x": each.point.x,
            "y": each.point.y,
            "at": each.at.isoformat(),
            "accuracy_m": each.accuracy_m,
        }
        for each in sightings
    ]
    fresh = timezone.now() - limits().fresh
    return prepared.rows(TAKE, {"points": json.dumps(points), "fresh": fresh})[0]


# --- The tables of days ---------------------------------------------------------------------------


def keep_days(today: date) -> list[str]:
    """Make what comes, drop what is older than may be kept; the names of what was dropped."""
    make_days(today)
    oldest = table_of(today - timedelta(days=KEPT_DAYS))
    with connection.cursor() as cursor:
        cursor.execute(THERE)
        old = sorted(name for (name,) in cursor.fetchall() if name < oldest)
        for name in old:
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(name)}")
    return old


def make_days(today: date) -> None:
    """From yesterday on: a point may be some minutes old."""
    with connection.cursor() as cursor:
        for n in range(-1, MADE_DAYS):
            day = today + timedelta(days=n)
            begins = datetime(day.year, day.month, day.day, tzinfo=UTC)
            sql = MAKE.format(table=table_of(day))
            cursor.execute(sql, [begins, begins + timedelta(days=1)])


def table_of(day: date) -> str:
    return f"dispatch_track_{day:%Y%m%d}"
