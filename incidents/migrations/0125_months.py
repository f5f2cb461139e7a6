"""Months are read by bulletins and equity: block ranges instead of whole tables."""

import django.contrib.postgres.indexes
from django.conf import settings
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0023_keys_for_calls"),
        ("districts", "0003_households"),
        ("incidents", "0120_dissatisfaction"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="callback",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["done_at"], name="call_back_months"
            ),
        ),
        migrations.AddIndex(
            model_name="incident",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True,
                fields=["created_at", "dispatched_at", "due_at", "contact_due_at", "accepted_at"],
                name="incident_months",
            ),
        ),
    ]
