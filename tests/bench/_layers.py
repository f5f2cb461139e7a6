"""What `layers` measures with the house's own database; prints one line of JSON."""

import json
import time
from collections.abc import Callable
from statistics import median

from django.db import connection
from rest_framework.renderers import JSONRenderer

from incidents.models import Incident
from maps.api import IncidentOut
from maps.layers import collection, incident_features

TIMES = 9
# The same columns, joined by hand.
BARE = """
SELECT json_build_object('type', 'FeatureCollection',
                         'features', coalesce(json_agg(q.f), '[]'))::text
FROM (
    SELECT json_build_object(
        'type', 'Feature', 'id', i.id, 'geometry', ST_AsGeoJSON(i.position, 6)::json,
        'properties', json_build_object(
            'number', i.number, 'status', i.status, 'kind', i.kind, 'urgent', i.is_urgent,
            'category', i.category_id, 'category_zh', c.name_zh, 'category_en', c.name_en,
            'field', c.field_id, 'icon', f.icon, 'division', i.division_id, 'division_name', d.name,
            'division_name_en', d.name_en, 'county', d.county_id, 'waiting', i.waiting,
            'order', (SELECT o.status FROM dispatch_workorder o WHERE o.incident_id = i.id
                      AND o.status IN ('offered', 'accepted', 'en_route', 'arrived') LIMIT 1),
            'done', (SELECT o.status FROM dispatch_workorder o WHERE o.incident_id = i.id
                     AND o.status = 'done' LIMIT 1),
            'worker', u.name, 'worker_code', u.username, 'created_at', i.created_at)) AS f
    FROM incidents_incident i JOIN incidents_category c ON c.code = i.category_id
    JOIN incidents_servicefield f ON f.code = c.field_id
    LEFT JOIN districts_division d ON d.code = i.division_id
    LEFT JOIN accounts_user u ON u.id = i.field_worker_id
    WHERE i.status = 'in_progress' ORDER BY i.is_urgent DESC, i.id DESC LIMIT %s
) q
"""


def measure(points: int) -> None:
    """Seconds, medians: ours, PostgreSQL's alone, and the serializer's."""
    found = Incident.objects.filter(status="in_progress")

    def ours() -> int:
        return len(collection(incident_features(found)[:points]))

    def floor() -> int:
        with connection.cursor() as cursor:
            cursor.execute(BARE, [points])
            return len(cursor.fetchone()[0])

    def serializer() -> int:
        rows = found.order_by("-is_urgent", "-id")[:points]
        features = IncidentOut(rows, many=True).data  # type: ignore[no-untyped-call]
        return len(JSONRenderer().render(features))

    assert abs(ours() / floor() - 1) < 0.1
    told = {each.__name__: taken(each) for each in (ours, floor, serializer)}
    print(json.dumps(told))


def taken(work: Callable[[], int]) -> float:
    times = []
    for _n in range(TIMES):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return median(times)
