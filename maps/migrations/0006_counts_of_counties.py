"""Cells of level 6, wider than any county: sums of the finer ones, for tables by county."""

from django.db import migrations

SUMS = """
INSERT INTO maps_gridcount (level, span, since, cell, field, county, n, open, late, unhappy)
SELECT 6, span, since, cell >> 12, field, county, sum(n), sum(open), sum(late), sum(unhappy)
FROM maps_gridcount WHERE level = 12 GROUP BY 1, 2, 3, 4, 5, 6
"""


class Migration(migrations.Migration):
    dependencies = [("maps", "0005_sudden_clusters")]

    operations = [migrations.RunSQL(SUMS, "DELETE FROM maps_gridcount WHERE level = 6")]
