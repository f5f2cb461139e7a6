"""Tasks of the business line. Each looks in PostgreSQL for what is due; twice does no harm."""

from celery import shared_task

from enterprises import advising, assigning, pushing
from incidents import wake

REASSIGN = "enterprises.tasks.reassign_firms"


@shared_task(name=REASSIGN)
def reassign_firms() -> int:
    """After a manager's territory, sectors or capacity changed, or a manager left."""
    wake.begun(REASSIGN)
    return assigning.reassign_due()


@shared_task(name=pushing.PUSH)
def push_policies() -> int:
    """After a policy changed, and each policy once a day: firms and days change too."""
    wake.begun(pushing.PUSH)
    return pushing.push_due()


@shared_task
def assign_advice() -> int:
    """What found no adviser with room when it was filed, and what an adviser left behind."""
    return advising.assign_waiting()
