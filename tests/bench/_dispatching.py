"""What `dispatching` measures inside the house's own database; prints one line of JSON.

`python manage.py shell -c "from tests.bench._dispatching import main; main()"`, by the bench.
"""

from dispatch.models import Worker
from districts import prepared

CATEGORIES = ["pothole", "street-light", "exposed-garbage", "dirty-road", "illegal-parking"]
# At homes of workers who are on shift, a little off, the same for the same seed.
FILL = """
WITH place AS (
    SELECT n, p, hotline_locate(p, current_date) AS division, %(categories)s::text[] AS categories
    FROM (
        SELECT n, (hashint4(n + %(seed)s)::bigint & 2147483647) %% %(homes)s AS home
        FROM generate_series(1, %(count)s) AS n
    ) drawn
    JOIN (
        SELECT row_number() OVER (ORDER BY id) - 1 AS home, ST_X(home) AS x, ST_Y(home) AS y
        FROM dispatch_worker WHERE on_shift
    ) homes USING (home)
    CROSS JOIN LATERAL (
        SELECT ST_SetSRID(ST_MakePoint(
            x + (hashint4(n * 7 + %(seed)s) %% 1000) / 1e6,
            y + (hashint4(n * 13 + %(seed)s) %% 1000) / 1e6), 4326) AS p
    ) point
), incident AS (
    INSERT INTO incidents_incident
        (kind, category_id, status, is_urgent, is_confidential, position, division_id, address,
         waiting, outcome, public_reply, visible_units, dispatch_after, updated_at)
    SELECT 'complaint', categories[1 + n %% 5], 'registered', false, false, p,
           division, '', '', '', '', '{}', %(after)s, now()
    FROM place WHERE division IS NOT NULL
    RETURNING id, number, position, status
), report AS (
    INSERT INTO incidents_report (number, tracking_code, incident_id, channel, text, address,
        given_longitude, given_latitude, datum, origin, position)
    SELECT number, 'B' || number, id, 'web', '测量', '', ST_X(position), ST_Y(position), 'wgs84',
           'pin', position
    FROM incident
), history AS (
    INSERT INTO incidents_event (incident_id, step, from_status, to_status, data)
    SELECT id, 'register', '', status, '{}' FROM incident
)
SELECT id FROM incident
"""


def fill(count: int, *, seed: int, after: str = "now") -> list[int]:
    """So many incidents waiting to be dispatched; their ids."""
    homes = Worker.objects.filter(on_shift=True).count()
    given = {
        "categories": CATEGORIES,
        "seed": seed,
        "count": count,
        "homes": homes,
        "after": after,
    }
    return [row["id"] for row in prepared.rows(FILL, given)]
