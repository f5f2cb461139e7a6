"""What `dispatching` measures with the house's own database; each prints one line of JSON.

The bench calls them by `manage shell`.
"""

import json
import time
from typing import Any

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from dispatch import due
from dispatch.catalogue import rule_for
from dispatch.models import Worker, WorkOrder
from dispatch.nearest import LOOKED_AT, SHORTLIST, WANTED, question
from districts import prepared
from incidents.models import Incident

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


def speed(number: int, *, together: bool, seed: int) -> None:
    """Dispatch so many from the queue; prints how many a second, and the statements of each turn.

    A turn is one incident, or `BATCH_MOST` together. Whoever else would take them is stopped.
    """
    settings.BATCH_FROM, settings.BATCH_MOST = (2, 500) if together else (number, 50)
    fill(10, seed=seed + 1)
    due.dispatch_due()  # rules, words and calendar are read, connections made
    ids = fill(number, seed=seed)
    began = time.perf_counter()
    while due.dispatch_due():
        pass
    took = time.perf_counter() - began
    offered = WorkOrder.objects.filter(incident__in=ids).count()
    more = fill(100 if together else 1, seed=seed + 2)
    with CaptureQueriesContext(connection) as captured:
        due.dispatch_due() if together else due.one_by_one(more)
    asked = [str(each["sql"]) for each in captured.captured_queries]
    counted = [sql for sql in asked if not sql.startswith(TRANSACTION)]
    assert WorkOrder.objects.filter(incident__in=more).exists()
    print(json.dumps({"per_s": len(ids) / took, "offered": offered, "statements": len(counted)}))


TRANSACTION = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


def nearest_sql() -> None:
    """For one place: the statement that finds the nearest suitable, the same without what the cost
    wants to know of each besides, and the bare one."""
    (found,) = Incident.objects.filter(pk__in=fill(1, seed=77, after="2100-01-01"))
    rule = rule_for(found)
    assert rule is not None
    asked, given = question(found, rule.unit, own_workers=False, again=False)
    told = whole(asked, given)
    filters = told[: told.index(COST_FACTS)] + told[told.index("\nFROM (\n    SELECT *") :]
    print(json.dumps([told, filters, whole(BARE, {"place": given["place"]})]))


COST_FACTS = ",\n    coalesce("
# The same columns of the nearest by true metres, whoever they are.
BARE = f"""SELECT {prepared.columns("w", Worker, *WANTED)},
    {prepared.columns("person", User, "id", "name", "username")}, w.away
FROM (
    SELECT *, ST_Distance(point::geography, %(place)s::geography) AS away FROM (
        SELECT {", ".join((*WANTED, "point"))} FROM dispatch_worker
        ORDER BY point <-> %(place)s::geometry LIMIT {LOOKED_AT}
    ) by_degrees ORDER BY away, id LIMIT {SHORTLIST}
) w JOIN accounts_user person ON person.id = w.user_id ORDER BY w.away, w.id"""


def whole(sql: str, given: dict[str, Any]) -> str:
    """With its parameters in it, as Django's own cursor would send it."""
    with connection.cursor() as cursor:
        return str(cursor.mogrify(sql, given))
