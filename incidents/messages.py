"""What the citizen is told: written in the transaction of what it tells, sent by `sending`.

`TOLD` says which steps are told; `transitions.tell` asks it for every step of every use case, so
that none can forget. The receipt of a report and the reply, which goes with a call-back's link,
are written by `intake` and `call_backs`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.utils import timezone

from incidents import quiet
from incidents.lifecycle import Status, Step
from incidents.models import CallBack, Event, Incident, Kind, Message, Report
from incidents.recipients import any_on, channel_to

SEND = "incidents.tasks.send_messages"
# So soon after writing to us the citizen is awake: the receipt may come at night.
AWAKE = timedelta(minutes=10)
T = Message.Template
Values = Callable[[Incident, Mapping[str, Any]], dict[str, Any]]


def nothing(_incident: Incident, _data: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def ended(incident: Incident, _data: Mapping[str, Any]) -> dict[str, Any]:
    return {"reason": incident.end_reason, "right_channel": incident.right_channel}


def due(incident: Incident, _data: Mapping[str, Any]) -> dict[str, Any]:
    return {"due": moment(incident.due_at)}


def paused(incident: Incident, _data: Mapping[str, Any]) -> dict[str, Any]:
    return {"pause_reason": incident.pause_reason, "until": moment(incident.paused_until)}


def merged(_incident: Incident, data: Mapping[str, Any]) -> dict[str, Any]:
    return {"into": data["into"]}


def closed(_incident: Incident, _data: Mapping[str, Any]) -> dict[str, Any]:
    return {"days": settings.CASE_LIMITS["reopen"].days}


def moment(at: datetime | None) -> str:
    return at.isoformat() if at else ""


TOLD: Mapping[Step, tuple[Message.Template, Values]] = MappingProxyType(
    {
        Step.REFUSE: (T.NOT_ACCEPTED, ended),
        Step.TRANSFER: (T.TRANSFERRED, ended),
        # The reason a unit gave its superior is not what the citizen reads in a message.
        Step.APPROVE_EXTENSION: (T.MORE_TIME, due),
        Step.APPROVE_PAUSE: (T.PAUSED, paused),
        Step.RESUME: (T.RESUMED, due),
        Step.MERGE: (T.MERGED, merged),
        Step.REWORK: (T.REWORKED, due),
        Step.REVIEW_REWORK: (T.REWORKED, due),
        Step.FIND_FAKED: (T.REWORKED, due),
        Step.REOPEN: (T.REWORKED, due),
        Step.CLOSE: (T.CLOSED, closed),
        Step.REVIEW_CLOSE: (T.CLOSED, closed),
        Step.WITHDRAW: (T.WITHDRAWN, nothing),
    }
)


def of_steps(incident: Incident, events: Sequence[Event]) -> bool:
    """Write what these steps tell everybody who reported it; whether there is anything to send."""
    told = [event for event in events if is_told(event)] if any_on() else []
    reports = reached(incident) if told else []
    rows = [row for event in told for row in of_step(incident, event, reports)]
    return keep(rows)


def is_told(event: Event) -> bool:
    # Found before the citizen was told of the reply, a fault is between the unit and the checker.
    before_reply = event.step == Step.FIND_FAKED and event.from_status != Status.CALL_BACK
    return event.step in TOLD and not before_reply


def of_step(incident: Incident, event: Event, reports: Iterable[Report]) -> list[Message]:
    template, values = TOLD[Step(event.step)]
    given = values(incident, event.data)
    return [
        row
        for report in reports
        for row in to(report, incident, template, given, occasion=f"event:{event.pk}")
    ]


def of_receipt(report: Report) -> bool:
    """The number and the link, once it is stored; without a contact nothing is even asked."""
    if report.complainant is None or not any_on():
        return False
    return keep(to(report, report.incident, T.RECEIVED, {}))


def of_reply(incident: Incident, call_backs: Iterable[CallBack]) -> bool:
    """What the unit replied, with each citizen's own link to say whether it is solved."""
    waiting = [each for each in call_backs if each.result == CallBack.Result.WAITING]
    if not waiting or not any_on():
        return False
    said = {"outcome": incident.outcome, "text": incident.public_reply}
    rows = [
        row
        for each in waiting
        for row in to(
            each.report,
            incident,
            T.REPLIED,
            said | {"call_back": each.pk},
            occasion=f"round:{each.round}",
        )
    ]
    return keep(rows)


def of_withdrawal(report: Report, incident: Incident) -> bool:
    """For the one citizen who withdrew while others still wait."""
    return any_on() and keep(to(report, incident, T.WITHDRAWN, {}))


def reached(incident: Incident) -> list[Report]:
    reports = incident.reports.filter(withdrawn_at=None, complainant__isnull=False)
    return list(reports.select_related("complainant__user"))


def to(
    report: Report,
    incident: Incident,
    template: Message.Template,
    values: Mapping[str, Any],
    *,
    occasion: str = "",
) -> list[Message]:
    """One message, unsaved, or none where the citizen cannot be reached."""
    person = report.complainant
    channel = channel_to(person) if person else ""
    if not channel:
        return []
    assert person is not None
    now = timezone.now()
    urgent = incident.is_urgent or template == T.RECEIVED
    return [
        Message(
            report=report,
            complainant=person,
            template=template,
            occasion=occasion,
            values=tellable(incident, values),
            channel=channel,
            language=person.language,
            not_before=now if urgent else after_quiet(now),
        )
    ]


def tellable(incident: Incident, values: Mapping[str, Any]) -> dict[str, Any]:
    """Of a confidential report not a word of content is even stored with the message."""
    if is_confidential(incident):
        return {name: value for name, value in values.items() if name == "call_back"}
    return dict(values)


def is_confidential(incident: Incident) -> bool:
    return incident.is_confidential or incident.kind == Kind.WRONGDOING


def keep(rows: Sequence[Message]) -> bool:
    """What was told already is not told again: the unique index passes over it."""
    if rows:
        Message.objects.bulk_create(rows, ignore_conflicts=True)
    return bool(rows)


def after_quiet(at: datetime) -> datetime:
    """The first moment from `at` on at which a citizen may be disturbed."""
    hours = quiet.read(settings.QUIET_HOURS)
    return hours.over(timezone.localtime(at)) if hours else at


def earliest(message: Message, at: datetime) -> datetime:
    """When a message may leave at the earliest, from `at` on: for a try, and for trying again."""
    just_asked = message.template in (T.RECEIVED, T.CONFIRM_FOLLOW, T.CONFIRM_PLACE)
    fresh = just_asked and at - message.created_at < AWAKE
    own = message.report if message.follow_id is None else None
    if fresh or (own is not None and own.incident.is_urgent):
        return at
    return after_quiet(at)
