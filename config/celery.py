"""The task queue. PostgreSQL holds the work; a task only wakes somebody up to look."""

import os

from celery import Celery
from celery.signals import beat_init, worker_init

NICENESS = 5
# Hourly by beat, and begun with it: what became due while the house was dark is not an hour late.
AT_START = (
    "maps.tasks.freeze_months",
    "maps.tasks.publish_days",
    "dispatch.tasks.keep_positions",
)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("hotline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def give_way(**_more: object) -> None:
    """Whoever waits for an answer comes first: after a flood of reports, dispatch works off what it
    left beside the pages, and not before them. The children inherit it."""
    os.nice(NICENESS)


@beat_init.connect
def catch_up(**_more: object) -> None:
    for name in AT_START:
        app.send_task(name)
