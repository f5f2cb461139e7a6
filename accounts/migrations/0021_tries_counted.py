"""Failed log-ins are counted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0020_sessions_end"),
    ]

    operations = [
        migrations.CreateModel(
            name="LogInTries",
            fields=[
                ("name", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("hits", models.PositiveIntegerField()),
                ("ends", models.DateTimeField()),
            ],
            options={
                "ordering": ["name"],
            },
        ),
    ]
