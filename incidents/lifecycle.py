"""Where an incident may go from where it stands. Pure: a table and one question.

`incidents.transitions.move` is the only caller that writes; see domain.md's "Life of an incident".
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Status(StrEnum):
    REGISTERED = "registered"
    TRIAGE = "triage"
    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    IN_PROGRESS = "in_progress"
    REPLIED = "replied"
    CALL_BACK = "call_back"
    CLOSED = "closed"
    ARCHIVED = "archived"
    ANSWERED = "answered"
    NOT_ACCEPTED = "not_accepted"
    TRANSFERRED = "transferred"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    INVALID = "invalid"


# Somebody still owes the citizen something.
OPEN = (
    Status.REGISTERED,
    Status.TRIAGE,
    Status.ACCEPTED,
    Status.DISPATCHED,
    Status.IN_PROGRESS,
    Status.REPLIED,
    Status.CALL_BACK,
)
# The field work may still change; a new report of the same thing can join.
JOINABLE = OPEN[:5]


class Step(StrEnum):
    """What happened. `noted` steps leave the status where it was."""

    REGISTER = "register"
    TRIAGE = "triage"
    ACCEPT = "accept"
    DISPATCH = "dispatch"
    SIGN = "sign"
    REPLY = "reply"
    JOIN = "join"
    QUEUE = "queue"
    OFFER = "offer"
    DECLINE = "decline"
    MISS = "miss"
    EN_ROUTE = "en_route"
    ARRIVE = "arrive"
    FINISH = "finish"
    WITHDRAW_ORDER = "withdraw_order"


_S, _E = Status, Step

# (step, from) -> to. A pair that is not here is refused.
TRANSITIONS: Mapping[tuple[Step, Status], Status] = MappingProxyType(
    {
        (_E.TRIAGE, _S.REGISTERED): _S.TRIAGE,
        (_E.TRIAGE, _S.ACCEPTED): _S.TRIAGE,
        (_E.TRIAGE, _S.DISPATCHED): _S.TRIAGE,
        (_E.ACCEPT, _S.REGISTERED): _S.ACCEPTED,
        (_E.ACCEPT, _S.TRIAGE): _S.ACCEPTED,
        (_E.DISPATCH, _S.ACCEPTED): _S.DISPATCHED,
        # The catalogue accepts and dispatches in one breath; so may a dispatcher.
        (_E.DISPATCH, _S.REGISTERED): _S.DISPATCHED,
        (_E.DISPATCH, _S.TRIAGE): _S.DISPATCHED,
        (_E.SIGN, _S.DISPATCHED): _S.IN_PROGRESS,
        # Another worker takes over what is in progress already.
        (_E.SIGN, _S.IN_PROGRESS): _S.IN_PROGRESS,
        (_E.REPLY, _S.IN_PROGRESS): _S.REPLIED,
    }
)

_FIELD_WORK = frozenset({Status.DISPATCHED, Status.IN_PROGRESS})
# step -> the statuses it may be noted in without changing them.
NOTED: Mapping[Step, frozenset[Status]] = MappingProxyType(
    {
        _E.JOIN: frozenset(JOINABLE),
        _E.QUEUE: frozenset({_S.TRIAGE, _S.ACCEPTED, _S.DISPATCHED, _S.IN_PROGRESS}),
        _E.OFFER: _FIELD_WORK,
        _E.DECLINE: _FIELD_WORK,
        _E.MISS: _FIELD_WORK,
        _E.EN_ROUTE: _FIELD_WORK,
        _E.ARRIVE: _FIELD_WORK,
        _E.FINISH: _FIELD_WORK,
        _E.WITHDRAW_ORDER: _FIELD_WORK,
    }
)


def after(step: Step, status: Status) -> Status | None:
    """The status after `step`, the same one for a noted step, None where it is not allowed."""
    if status in NOTED.get(step, ()):
        return status
    return TRANSITIONS.get((step, status))
