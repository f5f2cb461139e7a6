"""Grid cells below the communities, which stay the leaves; and jurisdictions at a point.

`hotline_locate` goes on answering with the community: a cell is asked for apart, where it is known.
"""

from django.db import migrations

# Cells are many: in the index of what lies above the leaves they would slow down every gap.
INDEXES = """
DROP INDEX boundary_above_geom;
CREATE INDEX boundary_above_geom ON districts_boundary USING gist (geom)
WHERE NOT is_leaf AND length(division_id) < 15;
CREATE INDEX boundary_cell_geom ON districts_boundary USING gist (geom)
WHERE length(division_id) = 15;
"""
FORMER_INDEXES = """
DROP INDEX boundary_cell_geom;
DROP INDEX boundary_above_geom;
CREATE INDEX boundary_above_geom ON districts_boundary USING gist (geom) WHERE NOT is_leaf;
"""

LOCATE = """
CREATE OR REPLACE FUNCTION hotline_locate(p geometry, at date DEFAULT current_date) RETURNS varchar
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    tolerance CONSTANT float8 := 50;
    metres_per_degree CONSTANT float8 := 111000;
    leaf varchar;
    near geometry;
BEGIN
    IF p IS NULL OR ST_SRID(p) <> 4326 OR GeometryType(p) <> 'POINT' OR ST_IsEmpty(p)
       OR ST_NDims(p) <> 2
       OR NOT (ST_X(p) BETWEEN -180 AND 180 AND ST_Y(p) BETWEEN -90 AND 90) THEN
        RETURN NULL;
    END IF;

    SELECT b.division_id INTO leaf FROM districts_boundary b
    WHERE b.is_leaf AND ST_Covers(b.geom, p)
      AND b.valid_from <= at AND (b.valid_to IS NULL OR b.valid_to > at)
    ORDER BY b.division_id LIMIT 1;
    IF leaf IS NOT NULL THEN
        RETURN leaf;
    END IF;

    PERFORM FROM districts_boundary b JOIN districts_division d ON d.code = b.division_id
    WHERE d.level = 1 AND ST_Covers(b.geom, p)
      AND b.valid_from <= at AND (b.valid_to IS NULL OR b.valid_to > at);
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;

    near := ST_Expand(p, tolerance / (metres_per_degree * cos(radians(ST_Y(p)))),
                      tolerance / metres_per_degree);
    SELECT b.division_id INTO leaf FROM districts_boundary b
    WHERE b.is_leaf AND b.geom && near
      AND ST_DWithin(b.geom::geography, p::geography, tolerance)
      AND b.valid_from <= at AND (b.valid_to IS NULL OR b.valid_to > at)
    -- Whole millimetres, so that the two sides of a seam tie and the lower code wins.
    ORDER BY round(ST_Distance(b.geom::geography, p::geography) * 1000), b.division_id LIMIT 1;
    IF leaf IS NOT NULL THEN
        RETURN leaf;
    END IF;

    SELECT b.division_id INTO leaf
    FROM districts_boundary b JOIN districts_division d ON d.code = b.division_id
    WHERE NOT b.is_leaf AND length(b.division_id) < 15 AND ST_Covers(b.geom, p)
      AND b.valid_from <= at AND (b.valid_to IS NULL OR b.valid_to > at)
    ORDER BY d.level DESC, b.division_id LIMIT 1;
    RETURN leaf;
END
$$;
"""
FORMER_LOCATE = LOCATE.replace(" AND length(b.division_id) < 15", "")

# A cell of the community the point was found in, so that a border never names two communities.
CELL = """
CREATE FUNCTION hotline_cell(p geometry, community varchar, at date DEFAULT current_date)
RETURNS varchar LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN (
        SELECT b.division_id FROM districts_boundary b
        WHERE length(b.division_id) = 15 AND ST_Covers(b.geom, p)
          AND left(b.division_id, 12) = community
          AND b.valid_from <= at AND (b.valid_to IS NULL OR b.valid_to > at)
        ORDER BY b.division_id LIMIT 1
    );
END
$$;
"""

JURISDICTIONS = """
CREATE FUNCTION hotline_jurisdictions(p geometry, at date DEFAULT current_date)
RETURNS varchar[] LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN (
        SELECT coalesce(array_agg(j.code ORDER BY j.priority, j.code), '{}'::varchar[])
        FROM districts_jurisdictionboundary b
        JOIN districts_jurisdiction j ON j.code = b.jurisdiction_id
        WHERE ST_Covers(b.geom, p)
          AND b.valid_from <= at AND (b.valid_to IS NULL OR b.valid_to > at)
    );
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("districts", "0010_jurisdictions")]
    operations = [
        migrations.RunSQL(INDEXES, FORMER_INDEXES),
        migrations.RunSQL(LOCATE, FORMER_LOCATE),
        migrations.RunSQL(CELL, "DROP FUNCTION hotline_cell(geometry, varchar, date)"),
        migrations.RunSQL(JURISDICTIONS, "DROP FUNCTION hotline_jurisdictions(geometry, date)"),
    ]
