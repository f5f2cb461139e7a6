"""The ends before a unit has it, and the emergency, which is none.

Answered at the desk, not accepted, transferred to another city, invalid; an alarm to 110, 119, 120
or 122 hands over while the incident stays open.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from incidents.lifecycle import Step
from incidents.models import Incident, Outcome
from incidents.said import one_of, words
from incidents.transitions import Noted, lock, move

EMERGENCY_NUMBERS = ("110", "119", "120", "122")


@transaction.atomic
def answer(incident_id: int, actor: User, text: str) -> Incident:
    """直接答复: the citizen has the answer already; it is written down and the case is over."""
    text = words("public_text", text, most=2000)
    return end(incident_id, actor, Step.ANSWER, outcome=Outcome.EXPLAINED, public_reply=text)


@transaction.atomic
def refuse(incident_id: int, actor: User, *, reason: str, right_channel: str) -> Incident:
    """不予受理: with the reason, and who is the right one to ask."""
    reason, right_channel = words("reason", reason), words("right_channel", right_channel, most=120)
    return end(incident_id, actor, Step.REFUSE, end_reason=reason, right_channel=right_channel)


@transaction.atomic
def transfer(incident_id: int, actor: User, *, reason: str, right_channel: str) -> Incident:
    """Handed to another city's hotline: an end here."""
    reason, right_channel = words("reason", reason), words("right_channel", right_channel, most=120)
    return end(
        incident_id,
        actor,
        Step.TRANSFER,
        outcome=Outcome.REFERRED,
        end_reason=reason,
        right_channel=right_channel,
    )


@transaction.atomic
def invalidate(incident_id: int, actor: User, *, reason: str) -> Incident:
    """无效: no ask in it (a wrong number, a test, insults)."""
    return end(incident_id, actor, Step.INVALIDATE, end_reason=words("reason", reason))


def end(incident_id: int, actor: User, step: Step, **changes: Any) -> Incident:
    incident = lock(incident_id)
    told = {name: changes[name] for name in ("end_reason", "right_channel") if changes.get(name)}
    return move(
        incident,
        Noted(step, told),
        actor=actor,
        ended_at=timezone.now(),
        **changes,
    )


@transaction.atomic
def alarm(incident_id: int, actor: User | None, number: str) -> Incident:
    """Hand over to the emergency service; the incident is urgent and stays open for follow-up."""
    number = one_of("number", number, EMERGENCY_NUMBERS)
    incident = lock(incident_id)
    return move(
        incident, Noted(Step.ALARM, {"number": number}), actor=actor, alarm=number, is_urgent=True
    )


@transaction.atomic
def take_alarm(incident_id: int, seat: User) -> Incident:
    """The emergency seat says that it has it."""
    incident = lock(incident_id)
    return move(incident, Step.TAKE_ALARM, actor=seat, alarm_taken_at=timezone.now())
