"""Shifts are tracked, and what of a worker dispatching does not write; what is there begins it."""

import django.contrib.gis.db.models.fields
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

KEPT = {
    "shift": ("code", "name_zh, name_en, starts, ends"),
    "worker": ("id", "user_id, unit_id, division_id, shift_id, skills, capacity, home"),
}
FIRST_LINES = [
    f"INSERT INTO dispatch_{table}event (pgh_created_at, pgh_label, pgh_obj_id, {columns})"
    f" SELECT now(), 'kept', {key}, {columns} FROM dispatch_{table} ORDER BY {key}"
    for table, (key, columns) in KEPT.items()
]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0015_administration"),
        ("dispatch", "0032_clocks_of_before"),
        ("districts", "0002_locate"),
        ("incidents", "0080_reference_tracked"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ShiftEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("name_zh", models.CharField(max_length=40, verbose_name="Chinese name")),
                ("name_en", models.CharField(max_length=40, verbose_name="English name")),
                ("starts", models.TimeField(verbose_name="begins at")),
                (
                    "ends",
                    models.TimeField(
                        help_text="earlier than it begins: past midnight; the same: all day",
                        verbose_name="ends at",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="WorkerEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                (
                    "skills",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SlugField(max_length=30),
                        blank=True,
                        default=list,
                        help_text="separated by commas",
                        size=None,
                        verbose_name="skills",
                    ),
                ),
                (
                    "capacity",
                    models.PositiveSmallIntegerField(
                        default=3,
                        validators=[django.core.validators.MaxValueValidator(50)],
                        verbose_name="work orders at once",
                    ),
                ),
                (
                    "home",
                    django.contrib.gis.db.models.fields.PointField(
                        spatial_index=False, srid=4326, verbose_name="home point"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AlterModelOptions(
            name="shift",
            options={
                "ordering": ["starts"],
                "verbose_name": "shift",
                "verbose_name_plural": "shifts",
            },
        ),
        migrations.AlterField(
            model_name="rule",
            name="category",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="incidents.category",
                verbose_name="category",
            ),
        ),
        migrations.AlterField(
            model_name="rule",
            name="division",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rules",
                to="districts.division",
                verbose_name="division",
            ),
        ),
        migrations.AlterField(
            model_name="rule",
            name="field",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="incidents.servicefield",
                verbose_name="service field",
            ),
        ),
        migrations.AlterField(
            model_name="rule",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rules",
                to="accounts.unit",
                verbose_name="responsible unit",
            ),
        ),
        migrations.AlterField(
            model_name="ruleevent",
            name="category",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="incidents.category",
                verbose_name="category",
            ),
        ),
        migrations.AlterField(
            model_name="ruleevent",
            name="division",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="districts.division",
                verbose_name="division",
            ),
        ),
        migrations.AlterField(
            model_name="ruleevent",
            name="field",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="incidents.servicefield",
                verbose_name="service field",
            ),
        ),
        migrations.AlterField(
            model_name="ruleevent",
            name="unit",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="accounts.unit",
                verbose_name="responsible unit",
            ),
        ),
        migrations.AlterField(
            model_name="shift",
            name="code",
            field=models.SlugField(
                max_length=20, primary_key=True, serialize=False, verbose_name="code"
            ),
        ),
        migrations.AlterField(
            model_name="shift",
            name="ends",
            field=models.TimeField(
                help_text="earlier than it begins: past midnight; the same: all day",
                verbose_name="ends at",
            ),
        ),
        migrations.AlterField(
            model_name="shift",
            name="name_en",
            field=models.CharField(max_length=40, verbose_name="English name"),
        ),
        migrations.AlterField(
            model_name="shift",
            name="name_zh",
            field=models.CharField(max_length=40, verbose_name="Chinese name"),
        ),
        migrations.AlterField(
            model_name="shift",
            name="starts",
            field=models.TimeField(verbose_name="begins at"),
        ),
        migrations.AlterField(
            model_name="worker",
            name="capacity",
            field=models.PositiveSmallIntegerField(
                default=3,
                validators=[django.core.validators.MaxValueValidator(50)],
                verbose_name="work orders at once",
            ),
        ),
        migrations.AlterField(
            model_name="worker",
            name="division",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="workers",
                to="districts.division",
                verbose_name="own community",
            ),
        ),
        migrations.AlterField(
            model_name="worker",
            name="home",
            field=django.contrib.gis.db.models.fields.PointField(
                spatial_index=False, srid=4326, verbose_name="home point"
            ),
        ),
        migrations.AlterField(
            model_name="worker",
            name="shift",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="workers",
                to="dispatch.shift",
                verbose_name="shift",
            ),
        ),
        migrations.AlterField(
            model_name="worker",
            name="skills",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.SlugField(max_length=30),
                blank=True,
                default=list,
                help_text="separated by commas",
                size=None,
                verbose_name="skills",
            ),
        ),
        migrations.AlterField(
            model_name="worker",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="workers",
                to="accounts.unit",
                verbose_name="unit",
            ),
        ),
        migrations.AlterField(
            model_name="worker",
            name="user",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="worker",
                to=settings.AUTH_USER_MODEL,
                verbose_name="person",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shift",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "dispatch_shiftevent" ("ends", "name_en", "name_zh", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "starts") VALUES (NEW."ends", NEW."name_en", NEW."name_zh", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."code", NEW."starts"); RETURN NULL;',
                    hash="1d97eaee6f3740109f23114b5dc609a771b1224f",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_7d8e1",
                    table="dispatch_shift",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shift",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."ends" IS DISTINCT FROM (NEW."ends") OR OLD."name_en" IS DISTINCT FROM (NEW."name_en") OR OLD."name_zh" IS DISTINCT FROM (NEW."name_zh") OR OLD."starts" IS DISTINCT FROM (NEW."starts"))',
                    func='INSERT INTO "dispatch_shiftevent" ("ends", "name_en", "name_zh", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "starts") VALUES (NEW."ends", NEW."name_en", NEW."name_zh", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."code", NEW."starts"); RETURN NULL;',
                    hash="cc76b43373c1673e485e9f5ffcf69acd2edb3e19",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_9ac1d",
                    table="dispatch_shift",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shift",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "dispatch_shiftevent" ("ends", "name_en", "name_zh", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "starts") VALUES (OLD."ends", OLD."name_en", OLD."name_zh", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."code", OLD."starts"); RETURN NULL;',
                    hash="cae670a4453764b875657e4a9cde2fdf1da528be",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_c2daf",
                    table="dispatch_shift",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="worker",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "dispatch_workerevent" ("capacity", "division_id", "home", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "shift_id", "skills", "unit_id", "user_id") VALUES (NEW."capacity", NEW."division_id", NEW."home", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."shift_id", NEW."skills", NEW."unit_id", NEW."user_id"); RETURN NULL;',
                    hash="1ff5d4c7b76c998a1a58a27151517aff28498b78",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_c9c7e",
                    table="dispatch_worker",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="worker",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."capacity" IS DISTINCT FROM (NEW."capacity") OR OLD."division_id" IS DISTINCT FROM (NEW."division_id") OR OLD."home" IS DISTINCT FROM (NEW."home") OR OLD."shift_id" IS DISTINCT FROM (NEW."shift_id") OR OLD."skills" IS DISTINCT FROM (NEW."skills") OR OLD."unit_id" IS DISTINCT FROM (NEW."unit_id") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id"))',
                    func='INSERT INTO "dispatch_workerevent" ("capacity", "division_id", "home", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "shift_id", "skills", "unit_id", "user_id") VALUES (NEW."capacity", NEW."division_id", NEW."home", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."shift_id", NEW."skills", NEW."unit_id", NEW."user_id"); RETURN NULL;',
                    hash="4fed02ccff479fb3ca856c9331d9af748a602f21",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_dae57",
                    table="dispatch_worker",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="worker",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "dispatch_workerevent" ("capacity", "division_id", "home", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "shift_id", "skills", "unit_id", "user_id") VALUES (OLD."capacity", OLD."division_id", OLD."home", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."shift_id", OLD."skills", OLD."unit_id", OLD."user_id"); RETURN NULL;',
                    hash="0c64955a701464740bc5adc3d2cd94e18b965a92",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_b0174",
                    table="dispatch_worker",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AlterConstraint(
            model_name="rule",
            name="one_rule_for_a_thing_and_place",
            constraint=models.UniqueConstraint(
                fields=("division", "category", "field"),
                name="one_rule_for_a_thing_and_place",
                nulls_distinct=False,
                violation_error_message="There is a rule for this matter in this division.",
            ),
        ),
        migrations.AddField(
            model_name="shiftevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="changes",
                related_query_name="change",
                to="dispatch.shift",
            ),
        ),
        migrations.AddField(
            model_name="workerevent",
            name="division",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="districts.division",
                verbose_name="own community",
            ),
        ),
        migrations.AddField(
            model_name="workerevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="changes",
                related_query_name="change",
                to="dispatch.worker",
            ),
        ),
        migrations.AddField(
            model_name="workerevent",
            name="shift",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="dispatch.shift",
                verbose_name="shift",
            ),
        ),
        migrations.AddField(
            model_name="workerevent",
            name="unit",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="accounts.unit",
                verbose_name="unit",
            ),
        ),
        migrations.AddField(
            model_name="workerevent",
            name="user",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="person",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shiftevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="c11d29a0977dcbe49447b5d720af2385a0c3df2a",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_f8f19",
                    table="dispatch_shiftevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="workerevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="c97a089c38e5f7aeab8b24c345ec36b8b4b6589a",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_39ee7",
                    table="dispatch_workerevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(FIRST_LINES, migrations.RunSQL.noop),
    ]
