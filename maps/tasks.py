"""Tasks of the maps."""

from celery import shared_task

from maps import health


@shared_task
def heartbeat() -> None:
    """Beat asks, a worker answers: both are alive."""
    health.beat("worker")
