"""A way to let an incident through dispatch and see who was asked."""

from collections.abc import Callable

import pytest

from dispatch.engine import dispatch
from dispatch.models import WorkOrder
from incidents.models import Incident
from tests.conftest import LUXUN_PARK, IncidentMaker, WorkerMaker

Asked = Callable[[Incident], str]


def asked(incident: Incident) -> str:
    """Dispatch, and the name of the worker who holds the live order; "" for nobody."""
    dispatch(incident.pk)
    live = WorkOrder.objects.filter(incident=incident, status__in=WorkOrder.LIVE).first()
    return str(live.worker) if live else ""


@pytest.fixture
def offered(incident: IncidentMaker, worker: WorkerMaker) -> WorkOrder:
    """Garbage in Luxun Park, offered to Wang, who is the only one there."""
    worker("Wang", LUXUN_PARK)
    found = incident(LUXUN_PARK)
    dispatch(found.pk)
    return found.work_orders.get()
