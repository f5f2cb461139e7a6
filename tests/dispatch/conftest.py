"""A way to let an incident through dispatch and see who was asked."""

from collections.abc import Callable
from datetime import date

import pytest
from django.contrib.gis.geos import MultiPolygon, Point, Polygon

from dispatch.engine import dispatch
from dispatch.models import CellWorker, Worker, WorkOrder
from districts.models import Boundary, Division, Level
from incidents.models import Incident
from tests.conftest import LUXUN_PARK, IncidentMaker, WorkerMaker

Asked = Callable[[Incident], str]


def asked(incident: Incident) -> str:
    """Dispatch, and the name of the worker who holds the live order; "" for nobody."""
    dispatch(incident.pk)
    live = WorkOrder.objects.filter(incident=incident, status__in=WorkOrder.LIVE).first()
    return str(live.worker) if live else ""


def keep(worker: Worker, code: str) -> None:
    """A grid cell about Luxun Park, a hundred metres wide, and its worker."""
    community = Division.objects.get(pk=code[:12])
    cell = Division.objects.create(
        code=code, level=Level.GRID, name=code[-3:], name_en="", parent=community,
        city_id=community.city_id, county_id=community.county_id, street_id=community.street_id,
    )  # fmt: skip
    lon, lat = LUXUN_PARK
    Boundary.objects.create(
        division=cell,
        geom=MultiPolygon(Polygon.from_bbox((lon - 5e-4, lat - 5e-4, lon + 5e-4, lat + 5e-4))),
        point=Point(lon, lat, srid=4326), source="drawn", datum="wgs84", approximate=True,
        is_leaf=False, valid_from=date(2020, 1, 1),
    )  # fmt: skip
    CellWorker.objects.create(cell=cell, worker=worker)


@pytest.fixture
def offered(incident: IncidentMaker, worker: WorkerMaker) -> WorkOrder:
    """Garbage in Luxun Park, offered to Wang, who is the only one there."""
    worker("Wang", LUXUN_PARK)
    found = incident(LUXUN_PARK)
    dispatch(found.pk)
    return found.work_orders.get()
