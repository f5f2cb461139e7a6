"""Outlines of divisions for display, as GeoJSON text, by one statement."""

from datetime import date

from django.db import connection

from districts.bbox import Box
from districts.models import Level

MOST_FEATURES = 2000
WHOLE_WORLD = Box(-180, -90, 180, 90)
# Degrees; about a pixel at the zoom where the level is shown.
TOLERANCES = {Level.PROVINCE: 0.004, Level.CITY: 0.002, Level.COUNTY: 0.001, Level.STREET: 0.0001}

SQL = """
WITH shown AS (
    SELECT d.code, json_build_object(
        'type', 'Feature',
        'id', d.code,
        'geometry', ST_AsGeoJSON(ST_Simplify(b.geom, %(tolerance)s, true), 5)::json,
        'properties', json_build_object(
            'code', d.code, 'name', d.name, 'name_en', d.name_en, 'level', %(word)s::text,
            'approximate', b.approximate,
            'point', json_build_array(round(ST_X(b.point)::numeric, 5)::float8,
                                      round(ST_Y(b.point)::numeric, 5)::float8)
        )) AS feature, row_number() OVER (ORDER BY d.code) AS place
    FROM districts_boundary b JOIN districts_division d ON d.code = b.division_id
    WHERE d.level = %(level)s AND d.is_active AND d.code LIKE %(within)s
      AND b.valid_from <= %(day)s AND (b.valid_to IS NULL OR b.valid_to > %(day)s)
      AND b.geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
    ORDER BY d.code LIMIT %(most)s + 1
)
SELECT json_build_object(
    'type', 'FeatureCollection',
    'truncated', count(*) > %(most)s,
    'features', coalesce(json_agg(feature ORDER BY code) FILTER (WHERE place <= %(most)s), '[]')
)::text FROM shown
"""


def feature_collection(level: Level, box: Box | None, day: date, prefix: str = "") -> str:
    """Divisions of a level whose boxes meet `box`, by code, at most MOST_FEATURES of them.

    `prefix`: only those whose code begins so.
    """
    asked = {
        **(box or WHOLE_WORLD)._asdict(),
        "level": level.value,
        "word": level.word,
        "tolerance": TOLERANCES.get(level, 0.0),
        "day": day,
        "within": f"{prefix}%",
        "most": MOST_FEATURES,
    }
    with connection.cursor() as cursor:
        cursor.execute(SQL, asked)
        return str(cursor.fetchone()[0])
