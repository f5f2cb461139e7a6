"""Changes are kept by triggers (`accounts.tracking`)."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0032_events_chained"),
    ]

    operations = [
        migrations.CreateModel(
            name="CategoryEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("name_zh", models.CharField(max_length=60, verbose_name="Chinese name")),
                ("name_en", models.CharField(max_length=80, verbose_name="English name")),
                ("limit", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "limit_unit",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("h", "hours"),
                            ("d", "days"),
                            ("wh", "working hours"),
                            ("wd", "working days"),
                        ],
                        max_length=2,
                    ),
                ),
                (
                    "skill",
                    models.SlugField(
                        blank=True,
                        db_index=False,
                        help_text="what a worker must be able to do",
                        max_length=30,
                    ),
                ),
                (
                    "is_urgent",
                    models.BooleanField(default=False, verbose_name="danger to life or property"),
                ),
                (
                    "is_essential",
                    models.BooleanField(default=False, verbose_name="water, power, gas or heat"),
                ),
                (
                    "is_private",
                    models.BooleanField(
                        default=False,
                        help_text="never shown near others or on the public map",
                        verbose_name="private",
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ComplainantEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("key_id", models.CharField(blank=True, max_length=8)),
                (
                    "language",
                    models.CharField(
                        choices=[("zh-hans", "简体中文"), ("en", "English")],
                        default="zh-hans",
                        max_length=10,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("erased_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "changes of the vault",
                "verbose_name_plural": "changes of the vault",
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="category",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "incidents_categoryevent" ("field_id", "is_active", "is_essential", "is_private", "is_urgent", "limit", "limit_unit", "name_en", "name_zh", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "skill") VALUES (NEW."field_id", NEW."is_active", NEW."is_essential", NEW."is_private", NEW."is_urgent", NEW."limit", NEW."limit_unit", NEW."name_en", NEW."name_zh", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."code", NEW."skill"); RETURN NULL;',
                    hash="937920d67ab3f3f558a3afd804a8754a57225007",
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
                    condition='WHEN (OLD."field_id" IS DISTINCT FROM (NEW."field_id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_essential" IS DISTINCT FROM (NEW."is_essential") OR OLD."is_private" IS DISTINCT FROM (NEW."is_private") OR OLD."is_urgent" IS DISTINCT FROM (NEW."is_urgent") OR OLD."limit" IS DISTINCT FROM (NEW."limit") OR OLD."limit_unit" IS DISTINCT FROM (NEW."limit_unit") OR OLD."name_en" IS DISTINCT FROM (NEW."name_en") OR OLD."name_zh" IS DISTINCT FROM (NEW."name_zh") OR OLD."skill" IS DISTINCT FROM (NEW."skill"))',
                    func='INSERT INTO "incidents_categoryevent" ("field_id", "is_active", "is_essential", "is_private", "is_urgent", "limit", "limit_unit", "name_en", "name_zh", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "skill") VALUES (NEW."field_id", NEW."is_active", NEW."is_essential", NEW."is_private", NEW."is_urgent", NEW."limit", NEW."limit_unit", NEW."name_en", NEW."name_zh", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."code", NEW."skill"); RETURN NULL;',
                    hash="a98ed663500a3b8899a9dd03c74327b8b7620ac8",
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
                    func='INSERT INTO "incidents_categoryevent" ("field_id", "is_active", "is_essential", "is_private", "is_urgent", "limit", "limit_unit", "name_en", "name_zh", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "skill") VALUES (OLD."field_id", OLD."is_active", OLD."is_essential", OLD."is_private", OLD."is_urgent", OLD."limit", OLD."limit_unit", OLD."name_en", OLD."name_zh", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."code", OLD."skill"); RETURN NULL;',
                    hash="5e859d4afcba0e5dc102214310bd752db57ab2d4",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_6579c",
                    table="incidents_category",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="complainant",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."erased_at" IS DISTINCT FROM (NEW."erased_at") OR OLD."key_id" IS DISTINCT FROM (NEW."key_id") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."masked_name" IS DISTINCT FROM (NEW."masked_name") OR OLD."masked_phone" IS DISTINCT FROM (NEW."masked_phone") OR OLD."phone_index" IS DISTINCT FROM (NEW."phone_index") OR OLD."sealed" IS DISTINCT FROM (NEW."sealed") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id"))',
                    func='INSERT INTO "incidents_complainantevent" ("created_at", "erased_at", "key_id", "language", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."created_at", NEW."erased_at", NEW."key_id", NEW."language", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id"); RETURN NULL;',
                    hash="6b16cc7203bd6b114251a3f1c9bd9eebf6e6afcb",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_2876d",
                    table="incidents_complainant",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="complainant",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "incidents_complainantevent" ("created_at", "erased_at", "key_id", "language", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."created_at", OLD."erased_at", OLD."key_id", OLD."language", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id"); RETURN NULL;',
                    hash="f7f5e1cf7148b355dbc972cba590eb9635875278",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_100af",
                    table="incidents_complainant",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="categoryevent",
            name="field",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="incidents.servicefield",
            ),
        ),
        migrations.AddField(
            model_name="categoryevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="changes",
                related_query_name="change",
                to="incidents.category",
            ),
        ),
        migrations.AddField(
            model_name="complainantevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="changes",
                related_query_name="change",
                to="incidents.complainant",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="categoryevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="fc856ad69bff13d8a0e01359126c1c0e47c2f61b",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_ece8d",
                    table="incidents_categoryevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="complainantevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="c7cc6560be9b00bd366c3ea609231e4b666d0f56",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_8aab3",
                    table="incidents_complainantevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
