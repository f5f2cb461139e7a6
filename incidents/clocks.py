"""The clock of a case: which limit it has, when it is due, when it stands still.

It runs from the first dispatch to the reply that is accepted. A return does not begin it anew, a
rework lets it go on, and only a listed reason stops it in between.
"""

import time as clock
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import holidays
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from incidents.ladder import Rung, next_rung
from incidents.models import CalendarDay, Incident, LimitUnit, TimeLimit, Urgency
from incidents.worktime import Calendar, Limit, TimeUnit

# How long a process goes by what it read; an administrator's change takes effect within this.
REREAD_S = 30.0
# Where neither category, urgency nor kind says anything (praise).
DEFAULT_LIMIT = Limit(10, TimeUnit.WORKING_DAYS)


@dataclass(frozen=True, slots=True)
class TimeRules:
    """The city's data, read once in a while: days that differ, and limits."""

    days: dict[date, bool]
    limits: dict[tuple[str, str], Limit]
    read_at: float


_read: list[TimeRules] = []


def rules() -> TimeRules:
    if not _read or clock.monotonic() - _read[0].read_at > REREAD_S:
        _read[:] = [
            TimeRules(
                days=dict(CalendarDay.objects.values_list("day", "is_working")),
                limits={
                    (row.urgency, row.kind): Limit(row.limit, TimeUnit(row.limit_unit))
                    for row in TimeLimit.objects.all()
                },
                read_at=clock.monotonic(),
            )
        ]
    return _read[0]


def forget() -> None:
    """Read the rules again the next time: after they were changed here."""
    _read.clear()


def calendar() -> Calendar:
    """China's calendar as the kept library knows it, overruled by the city's own days."""
    return Calendar(
        timezone.get_default_timezone(), settings.WORKING_HOURS, working_days(rules().days)
    )


def working_days(own: dict[date, bool]) -> Callable[[date], bool]:
    def is_working(day: date) -> bool:
        return own[day] if day in own else _china.is_working_day(day)

    return is_working


_china = holidays.country_holidays("CN")


def urgency_of(incident: Incident) -> str:
    """What a dispatcher set, else danger, else what the category says."""
    if incident.urgency:
        return incident.urgency
    if incident.is_urgent:
        return Urgency.DANGER
    return Urgency.ESSENTIAL if incident.category.is_essential else ""


def limit_of(incident: Incident) -> Limit:
    """The sub-category's own limit wins, then urgency, then kind."""
    category = incident.category
    if category.limit is not None:
        return Limit(category.limit, TimeUnit(category.limit_unit))
    found = rules().limits
    by_urgency = found.get((urgency_of(incident), "")) if urgency_of(incident) else None
    return by_urgency or found.get(("", incident.kind)) or DEFAULT_LIMIT


def own_limit(incident: Incident) -> Limit:
    """The limit written into the incident when it was first dispatched."""
    assert incident.limit is not None
    return Limit(incident.limit, TimeUnit(incident.limit_unit))


def dispatched(incident: Incident, now: datetime) -> dict[str, Any]:
    """What a dispatch writes: a clock for the unit, and the first time the case's own."""
    days = calendar()
    changes: dict[str, Any] = {} if incident.dispatched_at else _begun(incident, now, days)
    due: datetime = changes["due_at"] if changes else incident.due_at  # type: ignore[assignment]
    return changes | {
        "sign_due_at": min(days.end_of_day(now), due) if due > now else due,
        "return_until": days.due(now, Limit(1, TimeUnit.WORKING_DAYS)),
        "signed_at": None,
    }


def _begun(incident: Incident, now: datetime, days: Calendar) -> dict[str, Any]:
    limit = limit_of(incident)
    due = days.due(now, limit)
    contact = min(due, days.due(now, Limit(1, TimeUnit.WORKING_DAYS)))
    return {
        "dispatched_at": now,
        "limit": limit.amount,
        "limit_unit": LimitUnit(limit.unit),
        "due_at": due,
        "contact_due_at": contact,
        "next_rung_at": rung_at(incident.rungs, now, due),
    }


def rated_anew(incident: Incident) -> dict[str, Any]:
    """After another category or urgency: the same start, the new limit.

    Whatever had moved the old due time (extension, pause, rework) moves the new one as far.
    """
    if incident.dispatched_at is None or incident.due_at is None or incident.limit is None:
        return {}
    if own_limit(incident) == limit_of(incident):
        return {}
    days = calendar()
    moved = incident.due_at - days.due(incident.dispatched_at, own_limit(incident))
    changes = _begun(incident, incident.dispatched_at, days)
    del changes["dispatched_at"]
    return changes | due_again(incident, changes["due_at"] + moved)


def extended(incident: Incident, days: int) -> dict[str, Any]:
    """So many working days more."""
    assert incident.due_at is not None
    return due_again(incident, calendar().more_days(incident.due_at, days))


def resumed(incident: Incident, now: datetime) -> dict[str, Any]:
    """The clock goes on after a pause; the time it stood is counted apart."""
    since = incident.paused_at
    assert since is not None
    stood = int((now - since).total_seconds())
    return {
        "paused_at": None,
        "pause_reason": "",
        "paused_until": None,
        "paused_s": incident.paused_s + stood,
        **gone_on(incident, since, now),
    }


def reworked(incident: Incident, now: datetime) -> dict[str, Any]:
    """After an accepted reply that did not hold, the clock goes on from where it stopped.

    After a failed check it had never stopped: `accepted_at` is empty then.
    """
    stopped = incident.accepted_at
    cleared = {"replied_at": None, "accepted_at": None, "ended_at": None}
    if stopped is None:
        return cleared | due_again(incident, incident.due_at)
    return cleared | gone_on(incident, stopped, now)


def gone_on(incident: Incident, since: datetime, now: datetime) -> dict[str, Any]:
    if incident.due_at is None:
        return {}
    unit = own_limit(incident).unit
    return due_again(incident, calendar().later(incident.due_at, since, now, unit))


def due_again(incident: Incident, due: datetime | None) -> dict[str, Any]:
    if due is None or incident.dispatched_at is None:
        return {}
    return {"due_at": due, "next_rung_at": rung_at(incident.rungs, incident.dispatched_at, due)}


def ladder() -> Sequence[Rung]:
    return [Rung(**rung) for rung in settings.LADDER]


def rung_at(climbed: int, began: datetime, due: datetime) -> datetime | None:
    found = next_rung(ladder(), climbed, began, due)
    return found[1] if found else None


def late() -> Q:
    """Open, its clock running, and past its due time."""
    return Q(due_at__lt=timezone.now(), paused_at=None, replied_at=None)
