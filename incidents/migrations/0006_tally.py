from django.db import migrations, models

# Lost after a crash, and no harm done: it need not be written twice.
UNLOGGED = "ALTER TABLE incidents_tally SET UNLOGGED"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0005_originals")]
    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("name", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("ends", models.DateTimeField()),
                ("hits", models.PositiveIntegerField()),
            ],
            options={"ordering": ["name"]},
        ),
        migrations.RunSQL(UNLOGGED, migrations.RunSQL.noop),
    ]
