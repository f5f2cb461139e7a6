"""The desk asks for the role: who had it as a superuser alone is given the role."""

import django.db.models.deletion
from django.db import migrations, models


def to_administrators(apps, schema_editor):
    """`createsuperuser` left the role at its default, the citizen's."""
    people = apps.get_model("accounts", "User").objects
    people.filter(is_superuser=True, is_staff=True, role="citizen").update(role="administrator")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_changes_tracked"),
    ]

    operations = [
        migrations.RunPython(to_administrators, migrations.RunPython.noop, elidable=True),
        migrations.AlterModelManagers(
            name="user",
            managers=[],
        ),
        migrations.AlterField(
            model_name="unit",
            name="parent",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="children",
                to="accounts.unit",
                verbose_name="unit above",
            ),
        ),
        migrations.AlterField(
            model_name="unitevent",
            name="parent",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="accounts.unit",
                verbose_name="unit above",
            ),
        ),
        migrations.AlterField(
            model_name="user",
            name="unit",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="users",
                to="accounts.unit",
                verbose_name="unit",
            ),
        ),
        migrations.AlterField(
            model_name="userevent",
            name="unit",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="accounts.unit",
                verbose_name="unit",
            ),
        ),
    ]
