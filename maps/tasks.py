"""Tasks of the maps."""

from celery import shared_task

from maps import bulletin, health, open_publish


@shared_task
def heartbeat() -> None:
    """Beat asks, a worker answers: both are alive."""
    health.beat("worker")


@shared_task
def freeze_months() -> int:
    """Bulletins of months that are over; other times there is nothing to do."""
    return bulletin.freeze_due()


@shared_task
def publish_days() -> int:
    """Open data of the days that are old enough; other times there is nothing to do."""
    return open_publish.publish_due()
