"""What says who somebody is gets sealed where it lies, and its plain columns go.

There is no way back: what was sealed is not laid open by a step of the schema.
"""

import json
from typing import Any

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from accounts.sealing import Keyring, key_from
from incidents.sealing import blind, masked_name, masked_phone

BATCH = 1000
READ = "SELECT id, name, phone FROM incidents_complainant WHERE id > %s ORDER BY id LIMIT %s"
WRITE = """
UPDATE incidents_complainant
SET sealed = %s, key_id = %s, phone_index = %s, masked_name = %s, masked_phone = %s WHERE id = %s
"""
KEPT = """
CREATE FUNCTION hotline_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER opening_is_kept BEFORE UPDATE OR DELETE ON incidents_vaultopening
    FOR EACH ROW EXECUTE FUNCTION hotline_is_kept();
CREATE TRIGGER openings_are_not_emptied BEFORE TRUNCATE ON incidents_vaultopening
    EXECUTE FUNCTION hotline_is_kept();
"""
NOT_KEPT = """
DROP TRIGGER opening_is_kept ON incidents_vaultopening;
DROP TRIGGER openings_are_not_emptied ON incidents_vaultopening;
DROP FUNCTION hotline_is_kept();
"""


def seal_all(apps: Any, schema_editor: Any) -> None:
    ring = Keyring.of(*map(key_from, settings.VAULT_KEYS))
    index_key, last = key_from(settings.VAULT_INDEX_KEY), 0
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(READ, [last, BATCH])
            rows = cursor.fetchall()
            if not rows:
                break
            last = rows[-1][0]
            cursor.executemany(
                WRITE, [sealed(ring, index_key, *row) for row in rows if row[1] or row[2]]
            )


def sealed(ring: Keyring, index_key: bytes, pk: int, name: str, phone: str) -> tuple[Any, ...]:
    kept = ring.seal(json.dumps({"name": name, "phone": phone, "email": ""}))
    index = blind(phone, index_key)
    return kept, ring.first, index, masked_name(name), masked_phone(phone), pk


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0051_knowledge_and_contacts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="VaultOpening",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "act",
                    models.CharField(
                        choices=[("opened", "opened"), ("erased", "erased")],
                        default="opened",
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(max_length=200)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "verbose_name": "opening of the vault",
                "verbose_name_plural": "openings of the vault",
                "ordering": ["-id"],
            },
        ),
        migrations.AlterModelOptions(
            name="complainant",
            options={
                "ordering": ["pk"],
                "verbose_name": "complainant",
                "verbose_name_plural": "complainants",
            },
        ),
        migrations.RemoveConstraint(
            model_name="complainant",
            name="complainant_says_who",
        ),
        migrations.AddField(
            model_name="complainant",
            name="erased_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="complainant",
            name="key_id",
            field=models.CharField(blank=True, max_length=8),
        ),
        migrations.AddField(
            model_name="complainant",
            name="language",
            field=models.CharField(
                choices=[("zh-hans", "简体中文"), ("en", "English")],
                default="zh-hans",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="complainant",
            name="masked_name",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="complainant",
            name="masked_phone",
            field=models.CharField(blank=True, max_length=30),
        ),
        migrations.AddField(
            model_name="complainant",
            name="phone_index",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="complainant",
            name="sealed",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="vaultopening",
            name="complainant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="openings",
                to="incidents.complainant",
            ),
        ),
        migrations.AddField(
            model_name="vaultopening",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="vault_openings",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="vaultopening",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason__regex", "\\S")), name="vault_opening_has_a_reason"
            ),
        ),
        migrations.RunPython(seal_all),
        migrations.RemoveField(
            model_name="complainant",
            name="name",
        ),
        migrations.RemoveField(
            model_name="complainant",
            name="phone",
        ),
        migrations.AddIndex(
            model_name="complainant",
            index=models.Index(
                condition=models.Q(("phone_index", ""), _negated=True),
                fields=["phone_index", "-id"],
                name="complainant_phone",
            ),
        ),
        migrations.AddConstraint(
            model_name="complainant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sealed__isnull", False),
                    ("user__isnull", False),
                    ("erased_at__isnull", False),
                    _connector="OR",
                ),
                name="complainant_says_who",
            ),
        ),
        migrations.AddConstraint(
            model_name="complainant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("key_id", ""), ("sealed__isnull", True)),
                    models.Q(("sealed__isnull", False), models.Q(("key_id", ""), _negated=True)),
                    _connector="OR",
                ),
                name="sealed_names_its_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="complainant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("erased_at__isnull", True),
                    models.Q(
                        ("masked_name", ""),
                        ("masked_phone", ""),
                        ("phone_index", ""),
                        ("sealed__isnull", True),
                        ("user__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="erased_says_nothing",
            ),
        ),
        migrations.RunSQL(KEPT, NOT_KEPT),
    ]
