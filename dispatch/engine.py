"""From one incident to a unit and an offer, or to a queue that says why not.

What is due at all, `dispatch.due` knows; many at once are the affair of `dispatch.batch`.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Unit, User
from dispatch.candidates import Choice, choices, limits
from dispatch.catalogue import rule_for
from dispatch.clocks import answer_by
from dispatch.helping import ask_helpers
from dispatch.models import Assignment, Batch, Rule, Worker, WorkOrder
from dispatch.ranking import COSTS_MORE, FULL_NOW, RUNNERS_UP
from dispatch.reasons import why_behind
from districts import prepared
from districts.models import Division
from incidents import clocks, repeats
from incidents.alarming import raise_at_once
from incidents.lifecycle import Step
from incidents.models import Category, Incident, Kind, Status, Waiting
from incidents.transitions import Noted, case_limits, move

# Written out and prepared, as what finds the rule and the workers is.
LOCK = f"""
SELECT {prepared.columns("i", Incident)}, {prepared.columns("c", Category)},
    {prepared.columns("d", Division)}, {prepared.columns("u", Unit)},
    {prepared.columns("t", Division)},
    (SELECT text FROM incidents_report r WHERE r.incident_id = i.id ORDER BY r.id LIMIT 1) AS said
FROM incidents_incident i
JOIN incidents_category c ON c.code = i.category_id
LEFT JOIN districts_division d ON d.code = i.division_id
LEFT JOIN accounts_unit u ON u.id = i.lead_unit_id
LEFT JOIN districts_division t ON t.code = u.division_id
WHERE i.id = %(incident)s FOR UPDATE OF i
"""
CLAIM = """
UPDATE dispatch_worker SET open_orders = open_orders + 1, updated_at = %(now)s
WHERE id = %(worker)s AND on_shift AND open_orders < capacity RETURNING id
"""


@transaction.atomic
def dispatch(incident_id: int) -> None:
    """One incident, one transaction. Does nothing when it is in hand already."""
    incident = locked(incident_id)
    if incident.dispatch_after is None:
        return
    if not incident.dispatches:
        raise_at_once(incident, vars(incident)["said"] or "")
    if incident.kind == Kind.WRONGDOING:
        # It must never reach whom it is about: a person checks before any unit sees it.
        queue(incident, Waiting.WRONGDOING)
    elif incident.position is None or incident.division is None:
        queue(incident, Waiting.NO_PLACE)
    elif incident.lead_unit is None and incident.dispatches >= case_limits().dispatches:
        queue(incident, Waiting.DESIGNATE)
    elif incident.lead_unit is None:
        to_unit(incident)
    else:
        to_next_worker(incident, incident.lead_unit)


def locked(incident_id: int) -> Incident:
    """The incident, ours until the transaction ends, with category, division, lead unit, its
    territory, and in `said` the first report's words. Raises Incident.DoesNotExist."""
    found = prepared.rows(LOCK, {"incident": incident_id})
    if not found:
        raise Incident.DoesNotExist(incident_id)
    return incident_of(found[0])


def incident_of(row: dict[str, Any]) -> Incident:
    """What a row of LOCK says."""
    incident = prepared.part(row, "i", Incident)
    incident.category = prepared.part(row, "c", Category)
    incident.division = prepared.part_or_none(row, "d", Division)
    incident.lead_unit = prepared.part_or_none(row, "u", Unit)
    if incident.lead_unit is not None:
        incident.lead_unit.division = prepared.part(row, "t", Division)
    vars(incident)["said"] = row["said"]
    return incident


def queue(incident: Incident, why: Waiting) -> None:
    """Out of the machine's hands: a dispatcher finds it in the queue of that name."""
    step = Step.QUEUE if incident.status == Status.TRIAGE else Step.TRIAGE
    noted, counted = repeats.counted(incident)
    move(
        incident,
        *noted,
        Noted(step, {"waiting": why}),
        waiting=why,
        dispatch_after=None,
        **counted,
    )


def to_unit(incident: Incident) -> None:
    rule = rule_for(incident)
    if rule is None:
        return queue(incident, Waiting.NO_RULE)
    if incident.about_unit_id is not None:
        return past_whom_it_is_about(incident, rule, incident.about_unit_id)
    own = bool(rule.has_workers)  # type: ignore[attr-defined]
    found = claim_first(choices(incident, rule.unit, own_workers=own))
    assignment, changes, noted = led(incident, rule.unit, rule)
    helping, asked = ask_helpers(incident, rule.unit, vars(rule)["helpers"])
    hand_out(incident, assignment, found, *noted, *asked, changes=changes | helping)
    return None


def past_whom_it_is_about(incident: Incident, rule: Rule, about_id: int) -> None:
    """To the catalogue's unit, or past the one complained of and all below to the level above it.

    To the unit alone, never to a worker in the street; to a person where nothing is above.
    """
    unit = rule.unit
    if about_id in unit.lineage:
        about = Unit.objects.select_related("parent__division").get(pk=about_id)
        if about.parent is None:
            return queue(incident, Waiting.WRONGDOING)
        unit = about.parent
    _assignment, changes, noted = led(incident, unit, rule)
    move(incident, *noted, waiting="", dispatch_after=None, **changes)
    return None


def led(
    incident: Incident, unit: Unit, rule: Rule
) -> tuple[Assignment, dict[str, Any], list[Noted]]:
    """The assignment, what the incident carries from now on, and what is noted of it."""
    why = explain(rule)
    assignment = Assignment.objects.create(incident=incident, unit=unit, why=why)
    noted, counted = repeats.counted(incident)
    # It keeps them, whatever their boundaries do later.
    changes = led_by(incident, unit) | counted | {"jurisdictions": vars(rule)["jurisdictions"]}
    told = Noted(Step.DISPATCH, {"unit": unit.name, **why})
    return assignment, changes, [*noted, told]


def to_next_worker(incident: Incident, unit: Unit) -> None:
    """The unit has it already: the next suitable worker, or after three misses a person."""
    if incident.about_unit_id is not None:
        # A worker might belong to whom it is about.
        Incident.objects.filter(pk=incident.pk).update(dispatch_after=None)
        return
    # Of this unit alone: who missed it before a return says nothing about these.
    missed = incident.work_orders.filter(
        status=WorkOrder.Status.MISSED, assignment__is_lead=True, assignment__is_current=True
    ).count()
    if missed >= limits().misses:
        move(
            incident,
            Noted(Step.QUEUE, {"waiting": Waiting.MISSED}),
            waiting=Waiting.MISSED,
            dispatch_after=None,
        )
        return
    own = Worker.objects.filter(unit=unit).exists()
    found = claim_first(choices(incident, unit, own_workers=own))
    hand_out(incident, incident.assignments.get(is_lead=True, is_current=True), found)


def explain(rule: Rule) -> dict[str, Any]:
    """Kept with the assignment: rule, edition, what it was for and where, and what lost to it.

    The rule has to come from `dispatch.catalogue`.
    """
    told = vars(rule)
    also = {
        "jurisdiction": rule.jurisdiction_id,
        "cell": told["cell"],
        "version": told["version"],
        "hours": "" if rule.hours == Rule.Hours.ANY else rule.hours,
        "owner": rule.is_owner,
        "basis": rule.legal_basis,
        "lost": [lost_to(rule, other) for other in told["lost"]],
    }
    decided = {"rule": rule.pk, "by": thing_of(rule), "at": rule.place.name}
    return decided | {name: value for name, value in also.items() if value}


def thing_of(rule: Rule) -> str:
    return "category" if rule.category_id else "field" if rule.field_id else "back_stop"


def lost_to(rule: Rule, other: Rule) -> dict[str, Any]:
    behind = why_behind(vars(rule)["ranks"], vars(other)["ranks"])
    told = {"rule": other.pk, "by": thing_of(other), "at": other.place.name}
    return told | {"unit": other.unit.name, "because": behind}


def led_by(incident: Incident, unit: Unit, *, by: User | None = None) -> dict[str, Any]:
    """What the incident carries from now on: its lead, who may see it, the unit's clock."""
    return {
        "lead_unit": unit,
        "visible_units": unit.lineage,
        "dispatches": incident.dispatches + 1,
        "dispatched_by": by,
        "asked": "",
        **clocks.dispatched(incident, timezone.now()),
    }


def claim_first(shortlist: list[Choice]) -> Choice | None:
    """Take a place in the first worker's hands that still has one."""
    for n, choice in enumerate(shortlist):
        if claim_place(choice.worker):
            before = [each.not_taken(FULL_NOW) for each in shortlist[:n]]
            after = [each.not_taken(COSTS_MORE) for each in shortlist[n + 1 :]]
            return replace(choice, others=tuple([*before, *after][:RUNNERS_UP]))
    return None


def claim_place(worker: Worker) -> bool:
    """The conditional update is the lock: two dispatchers never overfill one worker."""
    return bool(prepared.rows(CLAIM, {"worker": worker.pk, "now": timezone.now()}))


def hand_out(
    incident: Incident,
    assignment: Assignment,
    found: Choice | None,
    *before: Noted,
    by: User | None = None,
    reason: str = "",
    changes: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Offer to the worker found, or say that nobody is free and look again later."""
    if found is None:
        noted, queued = no_worker(incident)
        if not (before or noted):
            # Nothing new to tell: only come back later.
            Incident.objects.filter(pk=incident.pk).update(dispatch_after=queued["dispatch_after"])
            return
        move(incident, *before, *noted, actor=by, **queued, **changes)
        return
    order = order_for(incident, assignment, found, by=by, reason=reason)
    order.save()
    told, offered = offer(order)
    move(incident, *before, told, actor=by, **offered, **changes)


def no_worker(incident: Incident) -> tuple[list[Noted], dict[str, Any]]:
    """Nobody suitable is free: said once, and looked again in a while."""
    waits = incident.waiting == Waiting.NO_WORKER
    noted = [] if waits else [Noted(Step.QUEUE, {"waiting": Waiting.NO_WORKER})]
    again = timezone.now() + limits().retry
    return noted, {"waiting": Waiting.NO_WORKER, "dispatch_after": again}


def order_for(
    incident: Incident,
    assignment: Assignment,
    found: Choice,
    *,
    by: User | None = None,
    reason: str = "",
    batch: Batch | None = None,
) -> WorkOrder:
    """The work order, not saved yet."""
    now = timezone.now()
    return WorkOrder(
        incident=incident,
        assignment=assignment,
        worker=found.worker,
        away_m=found.ranked.candidate.away_m,
        why=found.why,
        others=list(found.others),
        batch=batch,
        offered_by=by,
        answer_by=answer_by(now, limits(), urgent=incident.is_urgent),
        reason=reason,
    )


def offer(order: WorkOrder) -> tuple[Noted, dict[str, Any]]:
    """What is noted of it, and what the incident carries."""
    person = order.worker.user
    data = {"worker": person.name, "away_m": round(order.away_m), "why": order.why}
    told = Noted(Step.OFFER, data | ({"reason": order.reason} if order.reason else {}))
    return told, {"waiting": "", "dispatch_after": None, "field_worker": person}
