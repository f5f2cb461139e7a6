"""Tasks of dispatch. Each looks in PostgreSQL for what is due; running one twice does no harm."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from dispatch import applications, due, handing_over, orders, positions, workforce
from dispatch.models import Batch
from incidents import wake

DISPATCH_DUE = "dispatch.tasks.dispatch_due"


@shared_task(name=DISPATCH_DUE)
def dispatch_due() -> int:
    """Woken by a commit; a full batch wakes the next."""
    wake.begun(DISPATCH_DUE)
    taken = due.dispatch_due()
    if taken >= due.most():
        wake.start(DISPATCH_DUE)
    return taken


@shared_task
def sweep() -> int:
    """Every few seconds: unanswered offers, and whatever a lost message left in the queue.

    And one batch of those that wait for a worker: however many they are, they take no more of us.
    """
    orders.miss_overdue(timezone.now())
    return dispatch_due() + due.dispatch_due(again=True)


@shared_task
def resume_paused() -> int:
    """Clocks whose pause is over go on."""
    return applications.resume_due(timezone.now())


@shared_task
def refresh_workers() -> int:
    """Shifts begin and end; positions nobody renewed fall back to the home point."""
    changed = workforce.refresh(timezone.now())
    orders.pass_on_after_shift()
    return changed


@shared_task
def keep_positions() -> int:
    """Tables for the days that come; what is older than may be kept is dropped, batches too."""
    now = timezone.now()
    Batch.objects.filter(at__lt=now - timedelta(days=positions.KEPT_DAYS)).delete()
    return len(positions.keep_days(now.date()))


@shared_task
def list_hand_overs() -> int:
    """Boundaries whose day has come: which open incidents another jurisdiction covers now."""
    return handing_over.list_due()
