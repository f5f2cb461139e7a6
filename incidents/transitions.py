"""The one way an incident changes: lock, check the table, write, append the event.

Its first registration alone is `incidents.registration`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from incidents import many, messages, wake
from incidents.guards import CaseLimits, Facts
from incidents.lifecycle import Step, Who
from incidents.models import Event, Incident, Outbox
from incidents.refusals import allowed_row
from incidents.voices import hearing

# What happens to the field task; everything else concerns the incident as a whole.
WORK_ORDER_STEPS = frozenset(
    {
        Step.OFFER,
        Step.DECLINE,
        Step.MISS,
        Step.EN_ROUTE,
        Step.ARRIVE,
        Step.FINISH,
        Step.WITHDRAW_ORDER,
    }
)


# What no ended incident has: nothing is waited for, asked, due or paused.
AT_THE_END: Mapping[str, Any] = MappingProxyType(
    {
        "waiting": "",
        "asked": "",
        "dispatch_after": None,
        "next_rung_at": None,
        "paused_at": None,
        "paused_until": None,
        "pause_reason": "",
        "under_review": False,
        "expected_at": None,
    }
)


def lock(incident_id: int) -> Incident:
    """The incident, ours until the transaction ends. Lock incidents before work orders, always."""
    return Incident.objects.select_for_update(of=("self",)).get(pk=incident_id)


@dataclass(frozen=True, slots=True)
class Noted:
    """A step with what staff may read about it; the public sees the step alone."""

    step: Step
    data: dict[str, Any] = field(default_factory=dict)


def move(
    incident: Incident,
    *steps: Step | Noted,
    actor: User | None = None,
    who: Who | None = None,
    said: Collection[str] = (),
    **changes: Any,
) -> Incident:
    """Take `steps` with a locked incident, in order, writing `changes` beside the status.

    `who` says for whom nobody logged in acts: the machine unless told otherwise. `said`: what the
    actor stated for the guards (`guards.DISSENT`, `guards.NEW_FACT`). Raises NotAllowedNow or
    NotForRole before anything is written.
    """
    facts = facts_of(incident, actor=actor, said=said)
    events = step_through(incident, steps, who_takes(actor, who), facts, actor)
    incident.save(update_fields=["status", "updated_at", *set_on(incident, changes)])
    tell(incident, events)
    return incident


@dataclass(frozen=True, slots=True)
class Move:
    """One of many: what `move` is given for one locked incident."""

    incident: Incident
    steps: Sequence[Step | Noted]
    changes: Mapping[str, Any]


def move_many(moves: Sequence[Move]) -> None:
    """As `move` by the machine for each, in a constant number of statements however many.

    Raises what `move` raises before anything is written: then none of them has moved.
    """
    told, names = [], {"status", "updated_at"}
    for each in moves:
        facts = facts_of(each.incident)
        events = step_through(each.incident, each.steps, Who.MACHINE, facts, None)
        names |= set_on(each.incident, each.changes)
        told.append((each.incident, events))
    many.write([each.incident for each in moves], names)
    tell_all(told)


def step_through(
    incident: Incident,
    steps: Sequence[Step | Noted],
    taker: Who,
    facts: Facts,
    actor: User | None,
) -> list[Event]:
    """Take the steps on the object alone; the events, not yet written, that tell of them."""
    events = []
    for each in steps:
        noted = each if isinstance(each, Noted) else Noted(each)
        row = allowed_row(incident, noted.step, taker, facts)
        came_from, incident.status = incident.status, row.to or incident.status
        events.append(event_of(incident, noted, came_from, actor))
    return events


def set_on(incident: Incident, changes: Mapping[str, Any]) -> set[str]:
    """Put the changes on the object; the names of what is to be written."""
    if not incident.is_open:
        changes = {**AT_THE_END, **changes}
    for name, value in changes.items():
        setattr(incident, name, value)
    return set(changes)


def who_takes(actor: User | None, who: Who | None = None) -> Who:
    """The table's word for who acts; a person's role, else `who`, else the machine."""
    return who or (Who(actor.role) if actor else Who.MACHINE)


def case_limits() -> CaseLimits:
    return CaseLimits(**settings.CASE_LIMITS)


def facts_of(incident: Incident, *, actor: User | None = None, said: Collection[str] = ()) -> Facts:
    """What the guards ask, all of it from the incident's own row."""
    return Facts(
        now=timezone.now(),
        actor=actor.pk if actor else None,
        dispatches=incident.dispatches,
        dispatched_by=incident.dispatched_by_id,
        designated=incident.is_designated,
        signed=incident.signed_at is not None,
        return_until=incident.return_until,
        due_at=incident.due_at,
        asked=incident.asked,
        extended=incident.extended_at is not None,
        paused=incident.paused_at is not None,
        open_cooperations=incident.open_cooperations,
        reworks=incident.reworks,
        under_review=incident.under_review,
        ended_at=incident.ended_at,
        said=frozenset(said),
        limits=case_limits(),
    )


def event_of(incident: Incident, noted: Noted, came_from: str, actor: User | None) -> Event:
    return Event(
        incident=incident,
        step=noted.step,
        actor=actor,
        from_status=came_from,
        to_status=incident.status,
        data=noted.data,
    )


def tell(incident: Incident, events: Sequence[Event]) -> None:
    """Append the events, what citizens and followers are told of them and one outbox row, and
    wake whoever listens once all are durable."""
    tell_all([(incident, events)])


def tell_all(told: Sequence[tuple[Incident, Sequence[Event]]]) -> None:
    """The same of many incidents; more statements only where a citizen or follower is told."""
    many.insert([event for _incident, events in told for event in events])
    many.insert([Outbox(topic=topic_of(events), incident=incident) for incident, events in told])
    to_send = [
        heard
        for incident, events in told
        for heard in (messages.of_steps(incident, events), hearing.of_steps(incident, events))
    ]
    wake.after_commit(*([messages.SEND] if any(to_send) else []))


def topic_of(events: Sequence[Event]) -> Outbox.Topic:
    field_task = all(event.step in WORK_ORDER_STEPS for event in events)
    return Outbox.Topic.WORK_ORDER if field_task else Outbox.Topic.INCIDENT
