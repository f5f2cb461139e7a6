"""The one way an incident changes: lock, check the table, write, append the event.

Its first registration alone is `incidents.registration`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from incidents import wake
from incidents.errors import NotAllowedNow
from incidents.lifecycle import Status, Step, after
from incidents.models import Event, Incident, Outbox

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


def lock(incident_id: int) -> Incident:
    """The incident, ours until the transaction ends. Lock incidents before work orders, always."""
    return Incident.objects.select_for_update(of=("self",)).get(pk=incident_id)


@dataclass(frozen=True, slots=True)
class Noted:
    """A step with what staff may read about it; the public sees the step alone."""

    step: Step
    data: dict[str, Any] = field(default_factory=dict)


def move(
    incident: Incident, *steps: Step | Noted, actor: User | None = None, **changes: Any
) -> Incident:
    """Take `steps` with a locked incident, in order, writing `changes` beside the status.

    Raises NotAllowedNow, before anything is written, where the table has no such step.
    """
    events = []
    for each in steps:
        noted = each if isinstance(each, Noted) else Noted(each)
        came_from, incident.status = incident.status, status_after(incident, noted.step)
        events.append(event_of(incident, noted, came_from, actor))
    for name, value in changes.items():
        setattr(incident, name, value)
    incident.save(update_fields=["status", "updated_at", *changes])
    tell(incident, events)
    return incident


def status_after(incident: Incident, step: Step) -> Status:
    status = Status(incident.status)
    to = after(step, status)
    if to is None:
        raise NotAllowedNow(
            _("%(number)s is %(status)s now; this step is not possible any more.")
            % {"number": incident.number, "status": incident.get_status_display()}
        )
    return to


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
    """Append the events and one outbox row, and wake whoever listens once both are durable."""
    Event.objects.bulk_create(events)
    field_task = all(event.step in WORK_ORDER_STEPS for event in events)
    topic = Outbox.Topic.WORK_ORDER if field_task else Outbox.Topic.INCIDENT
    Outbox.objects.create(topic=topic, incident=incident)
    wake.after_commit()
