"""The way a worker has gone lately, for whoever sends workers; on shift only.

Points may come every few seconds for hours: the line is thinned to what a map shows.
"""

import json
from datetime import datetime
from typing import Any

from dispatch.models import Worker
from districts import prepared

MINUTES, MOST_MINUTES = 60, 480
# In degrees, some two metres.
THINNED = 0.00002
WAY = """
SELECT count(*) AS points, min(at) AS since, max(at) AS until,
       round(coalesce(ST_Length(ST_MakeLine(point ORDER BY at)::geography), 0)) AS metres,
       ST_AsGeoJSON(ST_Simplify(ST_MakeLine(point ORDER BY at), %(thinned)s), 6) AS line
FROM dispatch_track WHERE worker_id = %(worker)s AND at >= %(since)s
"""


def trail(worker: Worker, since: datetime) -> dict[str, Any]:
    """A GeoJSON feature: a LineString in the order of time, no geometry below two points.

    `since`, `until`: of the first and last point, ISO 8601 or null; `metres`: of the whole way.
    """
    given = {"worker": worker.pk, "since": since, "thinned": THINNED}
    (row,) = prepared.rows(WAY, given)
    first, last = row["since"], row["until"]
    return {
        "type": "Feature",
        "id": worker.pk,
        "geometry": json.loads(row["line"]) if row["points"] > 1 else None,
        "properties": {
            "username": worker.user.username,
            "name": worker.user.name,
            "points": row["points"],
            "metres": int(row["metres"]),
            "since": first.isoformat() if first else None,
            "until": last.isoformat() if last else None,
        },
    }
