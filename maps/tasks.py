"""Tasks of the maps."""

from celery import shared_task
from django.utils import timezone

from incidents import wake
from maps import bulletin, cluster_watch, health, open_publish, places_told, rollups

ROLL_UP = "maps.tasks.roll_up"


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


@shared_task(name=ROLL_UP)
def roll_up() -> bool:
    """Bring the grid's counts in step with the incidents; a full pass wakes the next."""
    wake.begun(ROLL_UP)
    more = rollups.catch_up()
    if more:
        wake.start(ROLL_UP)
    return more


@shared_task
def forget_days() -> int:
    """Rows of counts nobody can ask for any more; returns how many."""
    return rollups.forget(timezone.now())


@shared_task
def tell_places() -> int:
    """News of places, to who follows them with a contact; and contacts nobody confirmed go."""
    places_told.forget_due(timezone.now())
    return places_told.tell_due(timezone.now())


@shared_task
def watch_clusters() -> int:
    """Look for sudden clusters of reports; returns how many lines are on the desk."""
    return cluster_watch.watch()
