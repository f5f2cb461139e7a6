"""The life of an incident as one table: from, step, guards, roles, to. Pure.

`incidents.transitions.move` is the only caller that writes. docs/lifecycle.md is drawn from this
table; see domain.md's "Life of an incident" for the words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from incidents.guards import Guard


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
    """What happened, in the past of an incident; its history is a list of these."""

    REGISTER = "register"
    # From a merged line: the first event of its case, and any news of it.
    IMPORT = "import"
    TRIAGE = "triage"
    ACCEPT = "accept"
    DISPATCH = "dispatch"
    DESIGNATE = "designate"
    RECLASSIFY = "reclassify"
    JOIN = "join"
    LEAVE = "leave"
    REPEAT = "repeat"
    ADD = "add"
    QUEUE = "queue"
    # The field task.
    SIGN = "sign"
    OFFER = "offer"
    DECLINE = "decline"
    MISS = "miss"
    EN_ROUTE = "en_route"
    ARRIVE = "arrive"
    FINISH = "finish"
    WITHDRAW_ORDER = "withdraw_order"
    # What the unit does and asks for.
    CONTACT = "contact"
    ASK_RETURN = "ask_return"
    APPROVE_RETURN = "approve_return"
    REFUSE_RETURN = "refuse_return"
    ASK_EXTENSION = "ask_extension"
    APPROVE_EXTENSION = "approve_extension"
    REFUSE_EXTENSION = "refuse_extension"
    ASK_PAUSE = "ask_pause"
    APPROVE_PAUSE = "approve_pause"
    REFUSE_PAUSE = "refuse_pause"
    RESUME = "resume"
    COOPERATE = "cooperate"
    COOPERATED = "cooperated"
    REPLY = "reply"
    # Whether it was done, and whether the citizen says so too.
    PASS_CHECK = "pass_check"
    FAIL_CHECK = "fail_check"
    FIND_FAKED = "find_faked"
    CALL = "call"
    HEAR = "hear"
    REWORK = "rework"
    REVIEW = "review"
    REVIEW_REWORK = "review_rework"
    REVIEW_CLOSE = "review_close"
    CLOSE = "close"
    REOPEN = "reopen"
    ARCHIVE = "archive"
    # Pressure from above.
    REMIND = "remind"
    SUPERVISE = "supervise"
    ESCALATE = "escalate"
    # Other ends, and the emergency that is none.
    ANSWER = "answer"
    REFUSE = "refuse"
    TRANSFER = "transfer"
    ALARM = "alarm"
    TAKE_ALARM = "take_alarm"
    MERGE = "merge"
    UNMERGE = "unmerge"
    WITHDRAW = "withdraw"
    INVALIDATE = "invalidate"


class Who(StrEnum):
    """Who takes a step: a role's word (`accounts.roles`), or nobody with a log-in."""

    MACHINE = "machine"
    CITIZEN = "citizen"
    FIRM = "firm"
    OPERATOR = "operator"
    DISPATCHER = "dispatcher"
    DUTY_MANAGER = "duty_manager"
    LIAISON = "unit_liaison"
    WORKER = "community_worker"
    HEAD = "district_head"
    SUPERVISOR = "province_supervisor"
    CALLER = "call_back_agent"
    CHECKER = "quality_checker"
    KNOWLEDGE_EDITOR = "knowledge_editor"
    INSPECTOR = "inspector"
    EMERGENCY = "emergency_seat"
    SERVICE_MANAGER = "service_manager"
    DATA_PROTECTION = "data_protection_officer"
    ADMINISTRATOR = "administrator"
    API_CLIENT = "api_client"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `to` None: the step is noted and the status stays."""

    step: Step
    origins: tuple[Status, ...]
    to: Status | None
    roles: frozenset[Who]
    guards: tuple[Guard, ...] = ()


_S, _E, _G = Status, Step, Guard
MACHINE = frozenset({Who.MACHINE})
DESK = frozenset({Who.DISPATCHER, Who.DUTY_MANAGER})
FRONT = DESK | {Who.OPERATOR}
UNIT = frozenset({Who.LIAISON})
FIELD = frozenset({Who.WORKER})
# A level above the unit that asks; whose unit it is, their jurisdiction says.
ABOVE = frozenset({Who.HEAD, Who.DUTY_MANAGER, Who.SUPERVISOR})
SENDERS = frozenset(Who)
BEFORE_DISPATCH = (_S.REGISTERED, _S.TRIAGE, _S.ACCEPTED)
WITH_THE_UNIT = (_S.DISPATCHED, _S.IN_PROGRESS)


def _row(
    step: Step,
    origins: Status | tuple[Status, ...],
    to: Status | None,
    roles: Iterable[Who],
    *guards: Guard,
) -> Row:
    origins = (origins,) if isinstance(origins, Status) else origins
    return Row(step, origins, to, frozenset(roles), guards)


TABLE: tuple[Row, ...] = (
    # A person looks at it; the catalogue or a dispatcher gives it to a unit.
    _row(_E.TRIAGE, (_S.REGISTERED, _S.ACCEPTED, *WITH_THE_UNIT), _S.TRIAGE, MACHINE | FRONT),
    _row(_E.ACCEPT, (_S.REGISTERED, _S.TRIAGE), _S.ACCEPTED, MACHINE | FRONT),
    _row(_E.DISPATCH, BEFORE_DISPATCH, _S.DISPATCHED, MACHINE | DESK, _G.DISPATCHES_LEFT),
    _row(_E.DESIGNATE, BEFORE_DISPATCH, _S.DISPATCHED, {Who.DUTY_MANAGER}),
    # The dispatcher's change of mind, before the unit has signed.
    _row(_E.DISPATCH, _S.DISPATCHED, _S.DISPATCHED, DESK,
         _G.DISPATCHES_LEFT, _G.NOT_SIGNED, _G.NOTHING_ASKED),
    _row(_E.DESIGNATE, _S.DISPATCHED, _S.DISPATCHED, {Who.DUTY_MANAGER},
         _G.NOT_SIGNED, _G.NOTHING_ASKED),
    _row(_E.RECLASSIFY, OPEN[:5], None, FRONT | MACHINE),
    _row(_E.JOIN, JOINABLE, None, SENDERS),
    # One of several citizens withdraws; the same citizen reports the same matter again.
    _row(_E.LEAVE, JOINABLE, None, FRONT | {Who.CITIZEN}),
    _row(_E.REPEAT, JOINABLE, None, MACHINE | FRONT),
    # More words by letter: whoever holds the case reads them, nothing else changes.
    _row(_E.ADD, OPEN, None, MACHINE | FRONT | {Who.CITIZEN}),
    # The line it came from says where it stands there; ours is not changed by it.
    _row(_E.IMPORT, OPEN, None, MACHINE),
    _row(_E.QUEUE, (_S.TRIAGE, _S.ACCEPTED, *WITH_THE_UNIT), None, MACHINE | DESK),
    # The field task. Whoever signs first, unit or worker, sets it in progress.
    _row(_E.SIGN, _S.DISPATCHED, _S.IN_PROGRESS, UNIT | FIELD, _G.NOTHING_ASKED),
    _row(_E.SIGN, _S.IN_PROGRESS, None, UNIT | FIELD),
    _row(_E.OFFER, WITH_THE_UNIT, None, MACHINE | DESK | UNIT),
    _row(_E.DECLINE, WITH_THE_UNIT, None, FIELD),
    _row(_E.MISS, WITH_THE_UNIT, None, MACHINE),
    _row(_E.EN_ROUTE, WITH_THE_UNIT, None, FIELD),
    _row(_E.ARRIVE, WITH_THE_UNIT, None, FIELD),
    _row(_E.FINISH, WITH_THE_UNIT, None, FIELD),
    _row(_E.WITHDRAW_ORDER, WITH_THE_UNIT, None,
         MACHINE | FRONT | UNIT | FIELD | {Who.CITIZEN}),
    # "Not mine": within a working day, while the unit has not signed, never after a designation.
    _row(_E.ASK_RETURN, WITH_THE_UNIT, None, UNIT,
         _G.NOT_DESIGNATED, _G.NOT_SIGNED, _G.NOTHING_ASKED, _G.IN_RETURN_TIME),
    _row(_E.APPROVE_RETURN, WITH_THE_UNIT, _S.TRIAGE, DESK, _G.RETURN_ASKED, _G.NOT_OWN_DISPATCH),
    _row(_E.REFUSE_RETURN, WITH_THE_UNIT, None, DESK, _G.RETURN_ASKED, _G.NOT_OWN_DISPATCH),
    _row(_E.CONTACT, _S.IN_PROGRESS, None, UNIT | FIELD),
    _row(_E.ASK_EXTENSION, _S.IN_PROGRESS, None, UNIT,
         _G.NOTHING_ASKED, _G.NOT_EXTENDED, _G.BEFORE_DUE),
    _row(_E.APPROVE_EXTENSION, _S.IN_PROGRESS, None, ABOVE, _G.EXTENSION_ASKED),
    _row(_E.REFUSE_EXTENSION, _S.IN_PROGRESS, None, ABOVE, _G.EXTENSION_ASKED),
    _row(_E.ASK_PAUSE, _S.IN_PROGRESS, None, UNIT, _G.NOTHING_ASKED, _G.RUNNING),
    _row(_E.APPROVE_PAUSE, _S.IN_PROGRESS, None, ABOVE, _G.PAUSE_ASKED),
    _row(_E.REFUSE_PAUSE, _S.IN_PROGRESS, None, ABOVE, _G.PAUSE_ASKED),
    _row(_E.RESUME, _S.IN_PROGRESS, None, UNIT | ABOVE | MACHINE, _G.PAUSED),
    # The machine: for a rule of the catalogue that names units beside the lead.
    _row(_E.COOPERATE, WITH_THE_UNIT, None, UNIT | DESK | MACHINE),
    _row(_E.COOPERATED, WITH_THE_UNIT, None, UNIT),
    _row(_E.REPLY, _S.IN_PROGRESS, _S.REPLIED, UNIT, _G.RUNNING, _G.ALL_COOPERATED),
    # The check by sample; what is not drawn passes at once.
    _row(_E.PASS_CHECK, _S.REPLIED, _S.CALL_BACK, {Who.CHECKER} | MACHINE),
    _row(_E.FAIL_CHECK, _S.REPLIED, _S.IN_PROGRESS, {Who.CHECKER}),
    _row(_E.FIND_FAKED, (_S.REPLIED, _S.CALL_BACK), _S.IN_PROGRESS, {Who.CHECKER}),
    # The call-back: by somebody who did not handle it, or by the citizen's own link.
    _row(_E.CALL, _S.CALL_BACK, None, {Who.CALLER, Who.CITIZEN, Who.MACHINE}),
    # Who gave a low score is called within a day, wherever the case has gone since.
    _row(_E.HEAR, (*OPEN, _S.CLOSED, _S.ARCHIVED), None, {Who.CALLER}),
    _row(_E.CLOSE, _S.CALL_BACK, _S.CLOSED, {Who.CALLER, Who.CITIZEN, Who.MACHINE},
         _G.NOT_UNDER_REVIEW),
    _row(_E.REWORK, _S.CALL_BACK, _S.IN_PROGRESS, {Who.CALLER, Who.CITIZEN, Who.MACHINE},
         _G.NOT_UNDER_REVIEW, _G.REWORK_LEFT),
    _row(_E.REVIEW, _S.CALL_BACK, None, {Who.CALLER, Who.CITIZEN, Who.MACHINE},
         _G.NOT_UNDER_REVIEW, _G.REWORKS_USED),
    _row(_E.REVIEW_REWORK, _S.CALL_BACK, _S.IN_PROGRESS, {Who.DUTY_MANAGER}, _G.UNDER_REVIEW),
    _row(_E.REVIEW_CLOSE, _S.CALL_BACK, _S.CLOSED, {Who.DUTY_MANAGER}, _G.UNDER_REVIEW),
    _row(_E.REOPEN, (_S.CLOSED, _S.ARCHIVED), _S.IN_PROGRESS, FRONT | {Who.CALLER},
         _G.HAD_A_UNIT, _G.IN_REOPEN_TIME),
    _row(_E.ARCHIVE, _S.CLOSED, _S.ARCHIVED, MACHINE, _G.PAST_REOPEN_TIME),
    # Pressure from above: reminder, supervision, escalation.
    _row(_E.REMIND, OPEN[1:6], None, MACHINE | FRONT | ABOVE | {Who.CALLER}),
    _row(_E.SUPERVISE, OPEN, None, MACHINE | ABOVE),
    _row(_E.ESCALATE, OPEN, None, MACHINE | ABOVE),
    # Other ends.
    _row(_E.ANSWER, BEFORE_DISPATCH, _S.ANSWERED, FRONT),
    _row(_E.REFUSE, BEFORE_DISPATCH, _S.NOT_ACCEPTED, FRONT),
    _row(_E.TRANSFER, BEFORE_DISPATCH, _S.TRANSFERRED, FRONT),
    _row(_E.ALARM, OPEN, None, MACHINE | FRONT),
    _row(_E.TAKE_ALARM, OPEN, None, {Who.EMERGENCY}),
    _row(_E.MERGE, JOINABLE, _S.MERGED, DESK),
    _row(_E.UNMERGE, _S.MERGED, _S.TRIAGE, DESK),
    _row(_E.WITHDRAW, JOINABLE, _S.WITHDRAWN, FRONT | {Who.CITIZEN}),
    _row(_E.INVALIDATE, BEFORE_DISPATCH, _S.INVALID, DESK),
)  # fmt: skip

BY_STEP_AND_STATUS: Mapping[tuple[Step, Status], Row] = MappingProxyType(
    {(row.step, origin): row for row in TABLE for origin in row.origins}
)


def row_for(step: Step, status: Status) -> Row | None:
    """The line for this step from this status; None where there is no such way."""
    return BY_STEP_AND_STATUS.get((step, status))
