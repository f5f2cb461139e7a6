from django.db import migrations

INDEXES = """
CREATE INDEX boundary_leaf_geom ON districts_boundary USING gist (geom) WHERE is_leaf;
CREATE INDEX boundary_above_geom ON districts_boundary USING gist (geom) WHERE NOT is_leaf;
"""
DROP_INDEXES = "DROP INDEX boundary_leaf_geom; DROP INDEX boundary_above_geom;"

# PARALLEL SAFE and STABLE: it reads tables and nothing else. 50 m is the widest sliver between
# two sources' borders that still counts as a seam and not as ground of its own.
FUNCTION = """
CREATE FUNCTION hotline_locate(p geometry, at date DEFAULT current_date) RETURNS varchar
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
    WHERE NOT b.is_leaf AND ST_Covers(b.geom, p)
      AND b.valid_from <= at AND (b.valid_to IS NULL OR b.valid_to > at)
    ORDER BY d.level DESC, b.division_id LIMIT 1;
    RETURN leaf;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("districts", "0001_initial")]
    operations = [
        migrations.RunSQL(INDEXES, DROP_INDEXES),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION hotline_locate(geometry, date)"),
    ]
