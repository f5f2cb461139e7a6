"""Cases dispatched before there were clocks get theirs, from when their unit got them."""

from datetime import timedelta
from itertools import islice

from django.conf import settings
from django.db import migrations
from django.utils import timezone

from incidents.clocks import working_days
from incidents.worktime import Calendar, Limit, TimeUnit

OPEN = ("dispatched", "in_progress", "replied", "call_back")
BY_KIND = {"consultation": 2, "complaint": 15, "wrongdoing": 15}
BATCH = 500


def wind_up(apps, schema_editor):
    calendar = Calendar(timezone.get_default_timezone(), settings.WORKING_HOURS, working_days({}))
    assignments = apps.get_model("dispatch", "Assignment")
    leads = (
        assignments.objects.filter(
            is_lead=True, is_current=True, incident__status__in=OPEN, incident__dispatched_at=None
        )
        .select_related("incident__category")
        .order_by("pk")
        .iterator(chunk_size=BATCH)
    )
    incidents, checks = (
        apps.get_model("incidents", "Incident"),
        apps.get_model("incidents", "Check"),
    )
    while batch := list(islice(leads, BATCH)):
        found = [wound_up(lead.incident, lead.made_at, calendar) for lead in batch]
        incidents.objects.bulk_update(
            found,
            [
                "dispatched_at",
                "dispatches",
                "limit",
                "limit_unit",
                "due_at",
                "contact_due_at",
                "sign_due_at",
                "return_until",
                "replied_at",
                "next_rung_at",
            ],
        )
        # A reply of before waits for a checker: there was no other way on.
        checks.objects.bulk_create(
            checks(incident=each, drawn="sample") for each in found if each.status == "replied"
        )


def wound_up(incident, made_at, calendar):
    category = incident.category
    limit = Limit(BY_KIND.get(incident.kind, 10), TimeUnit.WORKING_DAYS)
    if category.limit is not None:
        limit = Limit(category.limit, TimeUnit(category.limit_unit))
    elif incident.is_urgent:
        limit = Limit(2, TimeUnit.HOURS)
    day = calendar.due(made_at, Limit(1, TimeUnit.WORKING_DAYS))
    incident.dispatched_at, incident.dispatches = made_at, 1
    incident.limit, incident.limit_unit = limit.amount, limit.unit.value
    incident.due_at = calendar.due(made_at, limit)
    incident.contact_due_at = min(day, incident.due_at)
    incident.sign_due_at = min(calendar.end_of_day(made_at), incident.due_at)
    incident.return_until = day
    if incident.status in ("replied", "call_back"):
        incident.replied_at = incident.updated_at
    else:
        # Not all at once on the day of the upgrade: the ladder begins an hour later.
        incident.next_rung_at = max(incident.due_at, timezone.now() + timedelta(hours=1))
    return incident


class Migration(migrations.Migration):
    dependencies = [
        ("dispatch", "0031_dropped"),
        ("incidents", "0061_category_alarm"),
    ]
    operations = [migrations.RunPython(wind_up, migrations.RunPython.noop, elidable=True)]
