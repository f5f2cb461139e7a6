"""Many incidents at once: routed, matched with the free workers, offered, in a few statements.

What a person must look at, or an emergency service, goes the way of `dispatch.engine`, alone.
Locks go incident, then worker; a row somebody else has is passed over, so nobody waits in a circle.
"""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.utils import timezone

from accounts.models import Unit
from accounts.scope import code_prefix
from dispatch.candidates import Choice, limits, passed_over, weights
from dispatch.catalogue import rules_for
from dispatch.continuity import cell_workers, known_workers, not_for
from dispatch.engine import explain, led_by, no_worker, offer, order_for
from dispatch.hands import free_hands
from dispatch.matching import Hands, Match, Need, Pool, match
from dispatch.models import Assignment, Batch, Rule, Worker, WorkOrder
from dispatch.ranking import NO_HURRY, Candidate, Ranked
from incidents import many, repeats
from incidents.alarms import service_for
from incidents.lifecycle import Step
from incidents.models import Incident, Kind, Report
from incidents.transitions import Move, Noted, case_limits, move_many

# For all of them what `engine.LOCK` asks for one.
FIRST_WORDS = Report.objects.filter(incident=OuterRef("pk")).order_by("pk").values("text")[:1]
# The conditional update is the lock, as for one: nobody gets more than they can take.
CLAIM = """
WITH wanted AS (
    SELECT * FROM unnest(%(workers)s::bigint[], %(places)s::int[]) AS wanted (id, places)
), ours AS (
    SELECT id FROM dispatch_worker WHERE id = ANY(%(workers)s::bigint[])
    ORDER BY id FOR UPDATE SKIP LOCKED
)
UPDATE dispatch_worker w
SET open_orders = open_orders + wanted.places, updated_at = statement_timestamp()
FROM wanted JOIN ours USING (id)
WHERE w.id = wanted.id AND w.on_shift AND w.open_orders + wanted.places <= w.capacity
RETURNING w.id
"""


@dataclass(slots=True)
class Case:
    """An incident on its way through a batch, and what has been found out about it."""

    incident: Incident
    unit: Unit
    own_workers: bool
    assignment: Assignment
    changes: dict[str, Any] = field(default_factory=dict)
    noted: list[Noted] = field(default_factory=list)

    @property
    def pool(self) -> Pool:
        skill = self.incident.category.skill
        if self.own_workers:
            return Pool(unit=self.unit.pk, skill=skill)
        return Pool(prefix=code_prefix(self.unit.division), skill=skill)


def dispatch_many(ids: Sequence[int]) -> list[int]:
    """Dispatch them together; returns those that must go alone. All or nothing of the others."""
    began = time.monotonic()
    with transaction.atomic():
        found = locked(ids)
        alone = {each.pk for each in found if goes_alone(each)}
        together = [each for each in found if each.pk not in alone]
        cases = {**new_cases(together), **led_cases(together)}
        alone |= {each.pk for each in together} - set(cases)
        alone |= decide(cases, began)
    return [number for number in ids if number in alone]


def locked(ids: Sequence[int]) -> list[Incident]:
    """Those nobody else is at; the others come back when their lease is over."""
    return list(
        Incident.objects.filter(pk__in=ids, dispatch_after__isnull=False)
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("category", "division", "lead_unit__division")
        .annotate(said=Subquery(FIRST_WORDS))
        .order_by("pk")
    )


def goes_alone(incident: Incident) -> bool:
    """A person looks at it first, an emergency service is alarmed, or no worker may know of it."""
    if incident.kind == Kind.WRONGDOING or incident.about_unit_id is not None:
        return True
    if incident.position is None or incident.division is None:
        return True
    if incident.lead_unit is not None:
        return False
    said = incident.said or ""  # type: ignore[attr-defined]
    alarming = not incident.dispatches and not incident.alarm
    used_up = incident.dispatches >= case_limits().dispatches
    return used_up or (alarming and bool(service_for(incident.category, said)))


# --- What is known of each, a statement for all --------------------------------------------------


def new_cases(incidents: Iterable[Incident]) -> dict[int, Case]:
    """By the catalogue; what it has no rule for, or asks other units to help with, is left out."""
    new = [each for each in incidents if each.lead_unit is None]
    if not new:
        return {}
    rules, often = rules_for(new), repeats.of_all([each.pk for each in new])
    return {
        each.pk: new_case(each, rules[each.pk], often.get(each.pk, 0))
        for each in new
        if each.pk in rules and not vars(rules[each.pk])["helpers"]
    }


def new_case(incident: Incident, rule: Rule, often: int) -> Case:
    why = explain(rule)
    noted, counted = repeats.noted(incident, often)
    return Case(
        incident,
        rule.unit,
        bool(rule.has_workers),  # type: ignore[attr-defined]
        Assignment(incident=incident, unit=rule.unit, why=why),
        led_by(incident, rule.unit) | counted | {"jurisdictions": vars(rule)["jurisdictions"]},
        [*noted, Noted(Step.DISPATCH, {"unit": rule.unit.name, **why})],
    )


def led_cases(incidents: Iterable[Incident]) -> dict[int, Case]:
    """Of those that have their unit; whom too many missed already is left out."""
    led = {each.pk: each for each in incidents if each.lead_unit is not None}
    if not led:
        return {}
    missed = Count("work_orders", filter=Q(work_orders__status=WorkOrder.Status.MISSED))
    own = Exists(Worker.objects.filter(unit=OuterRef("unit")))
    current = Assignment.objects.filter(incident__in=led, is_lead=True, is_current=True)
    cases = {}
    for assignment in current.annotate(missed=missed, own=own):
        incident = led[assignment.incident_id]
        assert incident.lead_unit is not None
        if assignment.missed < limits().misses:
            cases[incident.pk] = Case(
                incident,
                incident.lead_unit,
                assignment.own,
                assignment,
            )
    return cases


# --- The matching, and what comes of it -----------------------------------------------------------


def decide(cases: Mapping[int, Case], began: float) -> set[int]:
    """Match, claim, write; returns whose worker was lost meanwhile, or stands too far down."""
    if not cases:
        return set()
    hands = free_hands({case.pool for case in cases.values()})
    decided = match(needs_of(cases), hands, weights())
    claimed = claim(decided)
    offered = [each for each in decided if each.worker_id in claimed]
    nobody = [each for each in decided if each.worker_id is None and not each.spare]
    write(cases, offered, nobody, hands, began)
    return set(cases) - {each.key for each in (*offered, *nobody)}


def needs_of(cases: Mapping[int, Case]) -> list[Need]:
    ids, now_s = list(cases), timezone.now().timestamp()
    known, keepers, ruled_out = known_workers(ids), cell_workers(ids), not_for(ids)
    nobody: frozenset[int] = frozenset()
    return [
        replace(
            need_of(case, now_s),
            keeper=keepers.get(key, 0),
            known=known.get(key, nobody),
            not_again=ruled_out.get(key, nobody),
        )
        for key, case in cases.items()
    ]


def need_of(case: Case, now_s: float) -> Need:
    incident = case.incident
    assert incident.position is not None
    due = case.changes.get("due_at") or incident.due_at
    return Need(
        key=incident.pk,
        longitude=incident.position.x,
        latitude=incident.position.y,
        pool=case.pool,
        place=incident.division_id or "",
        left_s=due.timestamp() - now_s if due else NO_HURRY,
        urgent=incident.is_urgent,
    )


def claim(decided: Iterable[Match]) -> set[int]:
    """Take the places; the workers that still had all that was wanted of them."""
    wanted = Counter(each.worker_id for each in decided if each.worker_id is not None)
    if not wanted:
        return set()
    given = {"workers": list(wanted), "places": list(wanted.values())}
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, given)
        return {row[0] for row in cursor.fetchall()}


def write(
    cases: Mapping[int, Case],
    offered: Sequence[Match],
    nobody: Sequence[Match],
    hands: Hands,
    began: float,
) -> None:
    """Assignments, orders, the batch itself, and every incident's own change."""
    written = [cases[each.key].assignment for each in (*offered, *nobody)]
    many.insert([each for each in written if each.pk is None])
    moves = [queued(cases[each.key]) for each in nobody]
    if offered:
        people = people_of(offered)
        batch = batch_of(cases, offered, nobody, hands, people)
        orders = [ordered(cases[each.key], each, people, batch) for each in offered]
        many.insert(orders)
        batch.origins = origins(orders, hands)
        batch.took_ms = round(1000 * (time.monotonic() - began))
        batch.save(update_fields=["origins", "took_ms"])
        moves += [given_to(cases[order.incident_id], order) for order in orders]
    move_many([each for each in moves if each.steps])
    come_back([each for each in moves if not each.steps])


def queued(case: Case) -> Move:
    noted, changes = no_worker(case.incident)
    return Move(case.incident, [*case.noted, *noted], changes | case.changes)


def given_to(case: Case, order: WorkOrder) -> Move:
    told, changes = offer(order)
    return Move(case.incident, [*case.noted, told], changes | case.changes)


def come_back(moves: Sequence[Move]) -> None:
    """Nothing new to tell of these: only look again later."""
    if moves:
        ids = [each.incident.pk for each in moves]
        again = timezone.now() + limits().retry
        Incident.objects.filter(pk__in=ids).update(dispatch_after=again)


def people_of(offered: Iterable[Match]) -> dict[int, Worker]:
    """Everybody who is named, by id, with the person."""
    ids = {each.worker_id for each in offered if each.worker_id is not None}
    ids |= {other.worker_id for each in offered for other in each.others}
    named = ("open_orders", "capacity", "user__name")
    found = Worker.objects.filter(pk__in=ids).select_related("user").only(*named)
    return {worker.pk: worker for worker in found}


def ordered(case: Case, decided: Match, people: Mapping[int, Worker], batch: Batch) -> WorkOrder:
    assert decided.worker_id is not None
    worker, parts = people[decided.worker_id], dict(decided.parts or {})
    candidate = Candidate(
        worker_id=worker.pk,
        away_m=decided.away_m,
        open_orders=worker.open_orders,
        capacity=worker.capacity,
        own_community=bool(parts["own_community"]),
        position_fresh=not parts["stale_position"],
        own_cell=bool(parts["own_cell"]),
    )
    others = tuple(
        passed_over(people[o.worker_id], round(o.away_m), round(o.cost_m), o.why_not)
        for o in decided.others
        if o.worker_id in people
    )
    found = Choice(worker, Ranked(candidate, sum(parts.values()), parts), others)
    return order_for(case.incident, case.assignment, found, batch=batch)


def batch_of(
    cases: Mapping[int, Case],
    offered: Sequence[Match],
    nobody: Sequence[Match],
    hands: Hands,
    people: Mapping[int, Worker],
) -> Batch:
    in_hand = [people[who].open_orders for who in {each.worker_id for each in offered} if who]
    return Batch.objects.create(
        took_ms=0,
        taken_up=len(cases),
        offered=len(offered),
        free_workers=len(hands.ids),
        total_m=sum(sum((each.parts or {}).values()) for each in offered),
        mean_in_hand=sum(in_hand) / len(in_hand),
        most_in_hand=max(in_hand),
        left_over=[each.key for each in nobody],
    )


def origins(orders: Iterable[WorkOrder], hands: Hands) -> dict[str, list[float]]:
    """Where each order's worker was thought to be, to about ten metres."""
    at = {int(worker): n for n, worker in enumerate(hands.ids)}
    places = ((order.pk, at[order.worker_id]) for order in orders)
    return {
        str(pk): [round(float(hands.longitude[n]), 4), round(float(hands.latitude[n]), 4)]
        for pk, n in places
    }
