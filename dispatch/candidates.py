"""Who could go: the nearest free workers of a unit, or of its territory, best first."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.models import Unit
from dispatch.clocks import Limits
from dispatch.models import Worker
from dispatch.nearest import nearest
from dispatch.ranking import Candidate, Ranked, Weights, knows_place, rank
from incidents import clocks
from incidents.models import Incident


@dataclass(frozen=True, slots=True)
class Choice:
    """A worker with its place in the ranking, and why not the `others`, as it is kept."""

    worker: Worker
    ranked: Ranked
    others: tuple[dict[str, Any], ...] = ()

    @property
    def why(self) -> dict[str, float]:
        """The parts of the cost, in metres, rounded: kept with the order and shown."""
        return {name: round(value) for name, value in self.ranked.parts.items()}

    def not_taken(self, why: str) -> dict[str, Any]:
        """This one, as it is kept with the order of somebody else."""
        away, cost = self.ranked.candidate.away_m, self.ranked.cost_m
        return passed_over(self.worker, round(away), round(cost), why)


def passed_over(worker: Worker, away_m: int, cost_m: int, why: str) -> dict[str, Any]:
    return {
        "worker": worker.pk,
        "name": worker.user.name,
        "away_m": away_m,
        "cost_m": cost_m,
        "why_not": why,
    }


def limits() -> Limits:
    return Limits(**settings.DISPATCH_LIMITS)


def choices(
    incident: Incident, unit: Unit, *, own_workers: bool, again: bool = False
) -> list[Choice]:
    """The shortlist for `incident`, whose lead is `unit`; one statement.

    Who declined or missed this incident before is asked `again` only by a person.
    """
    near = nearest(incident, unit, own_workers=own_workers, again=again)
    workers = {worker.pk: worker for worker in near}
    left_s = time_left_s(incident)
    ranking = rank([candidate(worker, incident, left_s) for worker in near], weights())
    return [Choice(workers[each.candidate.worker_id], each) for each in ranking]


def weights() -> Weights:
    return Weights(**settings.DISPATCH_WEIGHTS)


def time_left_s(incident: Incident) -> float:
    """Until it is due, or would be if it were dispatched now; in seconds, negative once late."""
    now = timezone.now()
    due = incident.due_at or clocks.dispatched(incident, now)["due_at"]
    return float((due - now).total_seconds())


def candidate(worker: Worker, incident: Incident, left_s: float) -> Candidate:
    away = worker.away  # type: ignore[attr-defined]
    fresh = worker.position_at is not None and timezone.now() - worker.position_at < limits().fresh
    return Candidate(
        worker_id=worker.pk,
        away_m=float(away),
        open_orders=worker.open_orders,
        capacity=worker.capacity,
        own_community=knows_place(worker.division_id, incident.division_id or ""),
        position_fresh=fresh,
        own_cell=worker.keeps_cell,  # type: ignore[attr-defined]
        known=worker.knows,  # type: ignore[attr-defined]
        left_s=left_s,
    )
