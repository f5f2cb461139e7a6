"""Fields, limits, days and alarm words are tracked too, and categories in all their columns.

What is there becomes the first line of its history, so that the first change has a before.
"""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

KEPT = {
    "servicefield": ("code", "name_zh, name_en, number, icon"),
    "category": (
        "code",
        'name_zh, name_en, field_id, position, "limit", limit_unit, skill, alarm, is_urgent,'
        " is_essential, is_private, is_active, words",
    ),
    "timelimit": ("id", 'urgency, kind, "limit", limit_unit'),
    "calendarday": ("day", "day, is_working, note"),
    "alarmword": ("word", "word, call"),
}
FIRST_LINES = [
    f"INSERT INTO incidents_{table}event (pgh_created_at, pgh_label, pgh_obj_id, {columns})"
    f" SELECT now(), 'kept', {key}, {columns} FROM incidents_{table} ORDER BY {key}"
    for table, (key, columns) in KEPT.items()
]
# A limit of nothing was never a limit; the constraint would not have it.
NO_LIMIT = """UPDATE incidents_category SET "limit" = NULL, limit_unit = '' WHERE "limit" = 0"""


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0061_category_alarm"),
    ]

    operations = [
        migrations.RunSQL(NO_LIMIT, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="AlarmWordEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("word", models.CharField(max_length=40, serialize=False, verbose_name="word")),
                (
                    "call",
                    models.CharField(
                        choices=[
                            ("110", "110 police"),
                            ("119", "119 fire and rescue"),
                            ("120", "120 ambulance"),
                            ("122", "122 traffic accident"),
                        ],
                        max_length=3,
                        verbose_name="emergency number",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CalendarDayEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("day", models.DateField(serialize=False, verbose_name="day")),
                ("is_working", models.BooleanField(verbose_name="working day")),
                ("note", models.CharField(blank=True, max_length=120, verbose_name="note")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ServiceFieldEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("name_zh", models.CharField(max_length=60, verbose_name="Chinese name")),
                ("name_en", models.CharField(max_length=80, verbose_name="English name")),
                ("number", models.PositiveSmallIntegerField(verbose_name="number")),
                ("icon", models.CharField(max_length=8, verbose_name="icon")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Shipped",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("table", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=80)),
                ("given", models.JSONField()),
            ],
            options={
                "ordering": ["table", "key"],
            },
        ),
        migrations.CreateModel(
            name="TimeLimitEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                (
                    "urgency",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("danger", "danger to life or property"),
                            ("essential", "water, power, gas or heat"),
                            ("general", "general"),
                            ("complex", "complex"),
                        ],
                        max_length=10,
                        verbose_name="urgency",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("consultation", "consultation"),
                            ("help", "help"),
                            ("complaint", "complaint"),
                            ("wrongdoing", "report of wrongdoing"),
                            ("suggestion", "suggestion"),
                            ("praise", "praise"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                (
                    "limit",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(999),
                        ],
                        verbose_name="limit",
                    ),
                ),
                (
                    "limit_unit",
                    models.CharField(
                        choices=[
                            ("h", "hours"),
                            ("d", "days"),
                            ("wh", "working hours"),
                            ("wd", "working days"),
                        ],
                        max_length=2,
                        verbose_name="unit of the limit",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="category",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="category",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="category",
            name="delete_delete",
        ),
        migrations.AddField(
            model_name="categoryevent",
            name="alarm",
            field=models.CharField(
                blank=True,
                choices=[
                    ("110", "110 police"),
                    ("119", "119 fire and rescue"),
                    ("120", "120 ambulance"),
                    ("122", "122 traffic accident"),
                ],
                default="",
                help_text="alarmed as soon as it is reported",
                max_length=3,
                verbose_name="emergency service",
            ),
        ),
        migrations.AddField(
            model_name="categoryevent",
            name="position",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="position in its field"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="categoryevent",
            name="words",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40),
                blank=True,
                default=list,
                help_text="separated by commas",
                size=None,
                verbose_name="words that suggest it",
            ),
        ),
        migrations.AlterField(
            model_name="category",
            name="alarm",
            field=models.CharField(
                blank=True,
                choices=[
                    ("110", "110 police"),
                    ("119", "119 fire and rescue"),
                    ("120", "120 ambulance"),
                    ("122", "122 traffic accident"),
                ],
                default="",
                help_text="alarmed as soon as it is reported",
                max_length=3,
                verbose_name="emergency service",
            ),
        ),
        migrations.AlterField(
            model_name="category",
            name="code",
            field=models.SlugField(
                max_length=40, primary_key=True, serialize=False, verbose_name="code"
            ),
        ),
        migrations.AlterField(
            model_name="category",
            name="field",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="categories",
                to="incidents.servicefield",
                verbose_name="service field",
            ),
        ),
        migrations.AlterField(
            model_name="category",
            name="is_active",
            field=models.BooleanField(
                default=True,
                help_text="a retired category is offered to nobody any more",
                verbose_name="in use",
            ),
        ),
        migrations.AlterField(
            model_name="category",
            name="limit",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(999),
                ],
                verbose_name="limit",
            ),
        ),
        migrations.AlterField(
            model_name="category",
            name="limit_unit",
            field=models.CharField(
                blank=True,
                choices=[
                    ("h", "hours"),
                    ("d", "days"),
                    ("wh", "working hours"),
                    ("wd", "working days"),
                ],
                max_length=2,
                verbose_name="unit of the limit",
            ),
        ),
        migrations.AlterField(
            model_name="category",
            name="position",
            field=models.PositiveSmallIntegerField(verbose_name="position in its field"),
        ),
        migrations.AlterField(
            model_name="category",
            name="skill",
            field=models.SlugField(
                blank=True,
                help_text="what a worker must be able to do",
                max_length=30,
                verbose_name="skill",
            ),
        ),
        migrations.AlterField(
            model_name="category",
            name="words",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40),
                blank=True,
                default=list,
                help_text="separated by commas",
                size=None,
                verbose_name="words that suggest it",
            ),
        ),
        migrations.AlterField(
            model_name="categoryevent",
            name="field",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="incidents.servicefield",
                verbose_name="service field",
            ),
        ),
        migrations.AlterField(
            model_name="categoryevent",
            name="is_active",
            field=models.BooleanField(
                default=True,
                help_text="a retired category is offered to nobody any more",
                verbose_name="in use",
            ),
        ),
        migrations.AlterField(
            model_name="categoryevent",
            name="limit",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(999),
                ],
                verbose_name="limit",
            ),
        ),
        migrations.AlterField(
            model_name="categoryevent",
            name="limit_unit",
            field=models.CharField(
                blank=True,
                choices=[
                    ("h", "hours"),
                    ("d", "days"),
                    ("wh", "working hours"),
                    ("wd", "working days"),
                ],
                max_length=2,
                verbose_name="unit of the limit",
            ),
        ),
        migrations.AlterField(
            model_name="categoryevent",
            name="skill",
            field=models.SlugField(
                blank=True,
                db_index=False,
                help_text="what a worker must be able to do",
                max_length=30,
                verbose_name="skill",
            ),
        ),
        migrations.AlterField(
            model_name="servicefield",
            name="code",
            field=models.SlugField(
                max_length=40, primary_key=True, serialize=False, verbose_name="code"
            ),
        ),
        migrations.AlterField(
            model_name="servicefield",
            name="icon",
            field=models.CharField(max_length=8, verbose_name="icon"),
        ),
        migrations.AlterField(
            model_name="servicefield",
            name="number",
            field=models.PositiveSmallIntegerField(unique=True, verbose_name="number"),
        ),
        migrations.AlterField(
            model_name="timelimit",
            name="limit",
            field=models.PositiveSmallIntegerField(
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(999),
                ],
                verbose_name="limit",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alarmword",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "incidents_alarmwordevent" ("call", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "word") VALUES (NEW."call", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."word", NEW."word"); RETURN NULL;',
                    hash="cf2094f1c98effb6da302ea8bebb47d33e0fde5f",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_27de1",
                    table="incidents_alarmword",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alarmword",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "incidents_alarmwordevent" ("call", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "word") VALUES (NEW."call", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."word", NEW."word"); RETURN NULL;',
                    hash="a29f5f602d865c7fa6b8763b9753c979b1d75f8d",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_17188",
                    table="incidents_alarmword",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alarmword",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "incidents_alarmwordevent" ("call", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "word") VALUES (OLD."call", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."word", OLD."word"); RETURN NULL;',
                    hash="dff28675c487295f091a6981af547bebce965a50",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_1ad7f",
                    table="incidents_alarmword",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="calendarday",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "incidents_calendardayevent" ("day", "is_working", "note", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."day", NEW."is_working", NEW."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."day"); RETURN NULL;',
                    hash="c033f19ba5d9ecf4fd786560f1b342f249f29f85",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_66175",
                    table="incidents_calendarday",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="calendarday",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "incidents_calendardayevent" ("day", "is_working", "note", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."day", NEW."is_working", NEW."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."day"); RETURN NULL;',
                    hash="39aea075c5971f9e68197d415bd7a7af48ba0ad1",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_caba8",
                    table="incidents_calendarday",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="calendarday",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "incidents_calendardayevent" ("day", "is_working", "note", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."day", OLD."is_working", OLD."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."day"); RETURN NULL;',
                    hash="6498b7224929dbf080799b5638328117ed6e072a",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_30175",
                    table="incidents_calendarday",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="category",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "incidents_categoryevent" ("alarm", "field_id", "is_active", "is_essential", "is_private", "is_urgent", "limit", "limit_unit", "name_en", "name_zh", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "skill", "words") VALUES (NEW."alarm", NEW."field_id", NEW."is_active", NEW."is_essential", NEW."is_private", NEW."is_urgent", NEW."limit", NEW."limit_unit", NEW."name_en", NEW."name_zh", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."code", NEW."position", NEW."skill", NEW."words"); RETURN NULL;',
                    hash="a1ff8eda1e51eba56911027275e9df21afb79c3c",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_55daa",
                    table="incidents_category",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="category",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."alarm" IS DISTINCT FROM (NEW."alarm") OR OLD."field_id" IS DISTINCT FROM (NEW."field_id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_essential" IS DISTINCT FROM (NEW."is_essential") OR OLD."is_private" IS DISTINCT FROM (NEW."is_private") OR OLD."is_urgent" IS DISTINCT FROM (NEW."is_urgent") OR OLD."limit" IS DISTINCT FROM (NEW."limit") OR OLD."limit_unit" IS DISTINCT FROM (NEW."limit_unit") OR OLD."name_en" IS DISTINCT FROM (NEW."name_en") OR OLD."name_zh" IS DISTINCT FROM (NEW."name_zh") OR OLD."position" IS DISTINCT FROM (NEW."position") OR OLD."skill" IS DISTINCT FROM (NEW."skill") OR OLD."words" IS DISTINCT FROM (NEW."words"))',
                    func='INSERT INTO "incidents_categoryevent" ("alarm", "field_id", "is_active", "is_essential", "is_private", "is_urgent", "limit", "limit_unit", "name_en", "name_zh", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "skill", "words") VALUES (NEW."alarm", NEW."field_id", NEW."is_active", NEW."is_essential", NEW."is_private", NEW."is_urgent", NEW."limit", NEW."limit_unit", NEW."name_en", NEW."name_zh", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."code", NEW."position", NEW."skill", NEW."words"); RETURN NULL;',
                    hash="79e3e3c4a6f6913eb5ce49eb687d4345da020f71",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_41565",
                    table="incidents_category",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="category",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "incidents_categoryevent" ("alarm", "field_id", "is_active", "is_essential", "is_private", "is_urgent", "limit", "limit_unit", "name_en", "name_zh", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "skill", "words") VALUES (OLD."alarm", OLD."field_id", OLD."is_active", OLD."is_essential", OLD."is_private", OLD."is_urgent", OLD."limit", OLD."limit_unit", OLD."name_en", OLD."name_zh", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."code", OLD."position", OLD."skill", OLD."words"); RETURN NULL;',
                    hash="41f0a4f97ee229845508c8db625d3ef2dbdbe7fa",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_6579c",
                    table="incidents_category",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="servicefield",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "incidents_servicefieldevent" ("icon", "name_en", "name_zh", "number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."icon", NEW."name_en", NEW."name_zh", NEW."number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."code"); RETURN NULL;',
                    hash="dc9355d8bc09e88df79675dac29850fa2edf3d06",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_8c665",
                    table="incidents_servicefield",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="servicefield",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."icon" IS DISTINCT FROM (NEW."icon") OR OLD."name_en" IS DISTINCT FROM (NEW."name_en") OR OLD."name_zh" IS DISTINCT FROM (NEW."name_zh") OR OLD."number" IS DISTINCT FROM (NEW."number"))',
                    func='INSERT INTO "incidents_servicefieldevent" ("icon", "name_en", "name_zh", "number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."icon", NEW."name_en", NEW."name_zh", NEW."number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."code"); RETURN NULL;',
                    hash="3d6446427ba30da1e207fae67b57fff15f86b14f",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_c8876",
                    table="incidents_servicefield",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="servicefield",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "incidents_servicefieldevent" ("icon", "name_en", "name_zh", "number", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."icon", OLD."name_en", OLD."name_zh", OLD."number", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."code"); RETURN NULL;',
                    hash="e5a8fc42954f535d66210ea1c0c097f0c168bc47",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_9526a",
                    table="incidents_servicefield",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="timelimit",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "incidents_timelimitevent" ("kind", "limit", "limit_unit", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "urgency") VALUES (NEW."kind", NEW."limit", NEW."limit_unit", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."urgency"); RETURN NULL;',
                    hash="70114c0ef9b3690b10f8b51c9775e62ba10c5f2e",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_734f1",
                    table="incidents_timelimit",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="timelimit",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."limit" IS DISTINCT FROM (NEW."limit") OR OLD."limit_unit" IS DISTINCT FROM (NEW."limit_unit") OR OLD."urgency" IS DISTINCT FROM (NEW."urgency"))',
                    func='INSERT INTO "incidents_timelimitevent" ("kind", "limit", "limit_unit", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "urgency") VALUES (NEW."kind", NEW."limit", NEW."limit_unit", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."urgency"); RETURN NULL;',
                    hash="0efaa209f7899e4154b08cf3d558859ea39e4e38",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_9034d",
                    table="incidents_timelimit",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="timelimit",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "incidents_timelimitevent" ("kind", "limit", "limit_unit", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "urgency") VALUES (OLD."kind", OLD."limit", OLD."limit_unit", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."urgency"); RETURN NULL;',
                    hash="bb63aab7d531fba953bb884f382b663a608ee643",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_285dc",
                    table="incidents_timelimit",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="category",
            constraint=models.CheckConstraint(
                condition=models.Q(("limit__gt", 0)), name="category_limit_above_zero"
            ),
        ),
        migrations.AddField(
            model_name="alarmwordevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="changes",
                related_query_name="change",
                to="incidents.alarmword",
            ),
        ),
        migrations.AddField(
            model_name="calendardayevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="changes",
                related_query_name="change",
                to="incidents.calendarday",
            ),
        ),
        migrations.AddField(
            model_name="servicefieldevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="changes",
                related_query_name="change",
                to="incidents.servicefield",
            ),
        ),
        migrations.AddConstraint(
            model_name="shipped",
            constraint=models.UniqueConstraint(fields=("table", "key"), name="shipped_once"),
        ),
        migrations.AddField(
            model_name="timelimitevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="changes",
                related_query_name="change",
                to="incidents.timelimit",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alarmwordevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="f90429cc8d4afdc7a44fcf0354dfc72fe8903f2e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_a2030",
                    table="incidents_alarmwordevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="calendardayevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="2680fa4e2bc7a4b192034f00806d3cee55f90d95",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_a2eee",
                    table="incidents_calendardayevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="servicefieldevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="7bfc2fd33825441d8bdef96084b5c04387f0cc1e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_cef42",
                    table="incidents_servicefieldevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="timelimitevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="2718882a246f60db2699e763bac04b88cbb2ed75",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_3d8e5",
                    table="incidents_timelimitevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(FIRST_LINES, migrations.RunSQL.noop),
    ]
