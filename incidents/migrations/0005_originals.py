"""Bytes apart from what they belong to: the same file twice is stored once.

Rows made before keep their public names; where the same bytes were stored twice, the first stays
and `check_media` finds the other files.
"""

import uuid

import django.contrib.gis.db.models.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

MOVE = """
INSERT INTO incidents_original (uid, sha256, content_type, size, position, state, tries,
                                process_after, created_at)
SELECT DISTINCT ON (sha256) uid, sha256, content_type, size, exif_position, state, tries,
       process_after, created_at
FROM incidents_media ORDER BY sha256, id;
UPDATE incidents_media m SET original_id = o.id FROM incidents_original o WHERE o.sha256 = m.sha256;
"""
STATES = [("waiting", "being prepared"), ("ready", "ready"), ("unreadable", "cannot be shown")]


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0004_waiting_for_a_conflict_check"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Original",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("content_type", models.CharField(max_length=40)),
                ("size", models.PositiveBigIntegerField()),
                (
                    "position",
                    django.contrib.gis.db.models.fields.PointField(
                        null=True, spatial_index=False, srid=4326
                    ),
                ),
                ("duration_s", models.FloatField(null=True)),
                ("state", models.CharField(choices=STATES, default="waiting", max_length=20)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("process_after", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "verbose_name": "original",
                "verbose_name_plural": "originals",
                "ordering": ["id"],
                "indexes": [
                    models.Index(
                        models.F("process_after"),
                        condition=models.Q(("state", "waiting")),
                        name="original_queue",
                    )
                ],
            },
        ),
        migrations.AddField(
            "media",
            "original",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="media",
                to="incidents.original",
            ),
        ),
        # There is no way back: what was stored twice is one now.
        migrations.RunSQL(MOVE),
        # Django defers the check of foreign keys; the table cannot change while checks are due.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            "media",
            "original",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="media",
                to="incidents.original",
            ),
        ),
        migrations.RemoveIndex("media", "media_queue"),
        *(
            migrations.RemoveField("media", name)
            for name in (
                "content_type",
                "size",
                "sha256",
                "exif_position",
                "state",
                "tries",
                "process_after",
            )
        ),
        migrations.AlterModelOptions(
            "media",
            {
                "ordering": ["id"],
                "verbose_name": "photo or video",
                "verbose_name_plural": "photos and videos",
            },
        ),
        migrations.CreateModel(
            name="Opening",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=200)),
                (
                    "at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "media",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="openings",
                        to="incidents.media",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="openings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "opening of an original",
                "verbose_name_plural": "openings of originals",
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="opening_has_a_reason",
                    )
                ],
            },
        ),
        migrations.AlterField(
            "report",
            "origin",
            models.CharField(
                choices=[
                    ("pin", "pin set on the map"),
                    ("device", "position of the device"),
                    ("exif", "position inside the photo or video"),
                    ("address", "address"),
                    ("none", "no position"),
                ],
                max_length=10,
            ),
        ),
    ]
