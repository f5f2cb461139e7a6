"""What everybody may read is counted apart. The next pass finds no state and counts all anew."""

from django.db import migrations, models


def number(model: str, name: str, kind: type[models.Field]) -> migrations.AddField:
    return migrations.AddField(
        model_name=model, name=name, field=kind(default=0), preserve_default=False
    )


class Migration(migrations.Migration):
    dependencies = [("maps", "0006_counts_of_counties")]

    operations = [
        number("countedincident", "public", models.SmallIntegerField),
        number("countedincident", "public_open", models.SmallIntegerField),
        number("gridcount", "public", models.IntegerField),
        number("gridcount", "public_open", models.IntegerField),
        migrations.AddIndex(
            model_name="countedincident",
            index=models.Index("cell", condition=models.Q(public=1), name="counted_public"),
        ),
        migrations.RunSQL("DELETE FROM maps_rollupstate", migrations.RunSQL.noop),
    ]
