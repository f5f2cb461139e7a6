"""Who could go: the nearest free workers of a unit, or of its territory, best first."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.gis.db.models.functions import Distance, GeometryDistance
from django.utils import timezone

from accounts.models import Unit
from accounts.scope import code_prefix
from dispatch.clocks import Limits
from dispatch.models import Worker, WorkerQuerySet, WorkOrder
from dispatch.ranking import Candidate, Ranked, Weights, rank
from districts.models import Division, Level
from incidents.models import Incident

SHORTLIST = 10


@dataclass(frozen=True, slots=True)
class Choice:
    """A worker with its place in the ranking."""

    worker: Worker
    ranked: Ranked

    @property
    def why(self) -> dict[str, float]:
        """The parts of the cost, in metres, rounded: kept with the order and shown."""
        return {name: round(value) for name, value in self.ranked.parts.items()}


def limits() -> Limits:
    return Limits(**settings.DISPATCH_LIMITS)


def choices(
    incident: Incident, unit: Unit, *, own_workers: bool, again: bool = False
) -> list[Choice]:
    """The shortlist for `incident`, whose lead is `unit`; one statement.

    Who declined or missed this incident before is asked `again` only by a person.
    """
    able = Worker.objects.free().select_related("user", "shift")
    if not again:
        asked = WorkOrder.objects.filter(incident=incident).values("worker")
        able = able.exclude(pk__in=asked)
    able = able.filter(unit=unit) if own_workers else within(able, unit.division)
    if incident.category.skill:
        able = able.filter(skills__contains=[incident.category.skill])
    near = able.annotate(
        away=Distance("point", incident.position, spheroid=True),
    ).order_by(GeometryDistance("point", incident.position), "pk")[:SHORTLIST]
    workers = {worker.pk: worker for worker in near}
    ranking = rank(
        [candidate(worker, incident) for worker in workers.values()],
        Weights(**settings.DISPATCH_WEIGHTS),
    )
    return [Choice(workers[each.candidate.worker_id], each) for each in ranking]


def within(workers: WorkerQuerySet, territory: Division) -> WorkerQuerySet:
    """Workers of a territory; a county or less goes by the (county, point) index."""
    if territory.level == Level.COUNTY:
        return workers.filter(county=territory)
    prefix = code_prefix(territory)
    return workers.filter(division__code__startswith=prefix) if prefix else workers


def candidate(worker: Worker, incident: Incident) -> Candidate:
    away = worker.away  # type: ignore[attr-defined]
    fresh = worker.position_at is not None and timezone.now() - worker.position_at < limits().fresh
    return Candidate(
        worker_id=worker.pk,
        away_m=float(away.m),
        open_orders=worker.open_orders,
        capacity=worker.capacity,
        own_community=worker.division_id == incident.division_id,
        position_fresh=fresh,
    )
