"""A row for all fields together beside each cell's. The next pass finds no state and counts anew."""

from django.db import migrations, models

NUMBERS = ("n", "open", "late", "unhappy", "public", "public_open")


class Migration(migrations.Migration):
    dependencies = [("maps", "0011_followed_places")]

    operations = [
        migrations.DeleteModel("GridCount"),
        migrations.CreateModel(
            name="GridCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        *("level", "span", "field", "since", "cell", "county"),
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("level", models.SmallIntegerField()),
                (
                    "span",
                    models.SmallIntegerField(choices=[(0, "all time"), (1, "month"), (2, "day")]),
                ),
                ("since", models.DateField()),
                ("cell", models.BigIntegerField()),
                ("field", models.CharField(max_length=40)),
                ("county", models.CharField(max_length=6)),
                *((name, models.IntegerField()) for name in NUMBERS),
            ],
            options={"verbose_name": "count of a cell", "verbose_name_plural": "counts of cells"},
        ),
        # Counts change in place: room for it on each page keeps the index as it is.
        migrations.RunSQL(
            "ALTER TABLE maps_gridcount SET (fillfactor = 80)", migrations.RunSQL.noop
        ),
        migrations.RunSQL("DELETE FROM maps_rollupstate", migrations.RunSQL.noop),
    ]
