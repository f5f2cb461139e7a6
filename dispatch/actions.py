"""What each role may do with a case, one entry each: the step, the form, the call.

Which of them a page offers is asked of the table of transitions; what the form brings is checked
again by the module called. Nothing here decides anything.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import Role
from dispatch import applications, cooperation, merging, replies, withdrawing
from dispatch.calls import (
    Sent,
    ask_extension,
    ask_pause,
    ask_return,
    assign,
    checking,
    classify,
    cooperate,
    judging,
    log_contact,
    pressing,
    refuse,
    reply,
    reviewing,
    transfer,
)
from dispatch.forms import Field, Form, Words
from dispatch.questions import (
    alarm_fields,
    classify_fields,
    contact_fields,
    cooperate_fields,
    extension_fields,
    merge_fields,
    only_reason,
    pause_fields,
    refuse_fields,
    reopen_fields,
    reply_fields,
    return_fields,
    review_fields,
    unit_fields,
    withdraw_fields,
)
from incidents import ends, reopening
from incidents.lifecycle import BEFORE_DISPATCH, TABLE, Step
from incidents.models import Check, Incident
from incidents.transitions import case_limits


@dataclass(frozen=True, slots=True)
class Action:
    """`step` must be allowed now for the form to be offered; `offered` may ask for more."""

    name: str
    step: Step
    title: Words
    call: Callable[[Sent], Any]
    fields: Callable[[Incident], Sequence[Field]] = lambda _incident: ()
    is_main: bool = False
    is_grave: bool = False
    offered: Callable[[Incident, User], bool] = lambda _incident, _user: True

    def is_for(self, user: User) -> bool:
        """Whether the table gives this step to this role at all: inspectors only look on."""
        return any(row.step == self.step and user.role in row.roles for row in TABLE)

    def leads_on(self, incident: Incident) -> bool:
        """Whether this is what the case waits for, and not a change of mind."""
        return self.step != Step.DISPATCH or incident.status in BEFORE_DISPATCH

    def form(
        self,
        incident: Incident,
        error: Mapping[str, str] | None = None,
        typed: Mapping[str, Any] | None = None,
    ) -> Form:
        return Form(
            name=self.name,
            title=self.title,
            fields=self.fields(incident),
            is_main=self.is_main and self.leads_on(incident),
            is_grave=self.is_grave,
            error=dict(error or {}),
            typed=typed or {},
        )


def leads(incident: Incident, user: User) -> bool:
    return user.unit_id is not None and incident.lead_unit_id == user.unit_id


def signs(incident: Incident, user: User) -> bool:
    liaison = user.role == Role.UNIT_LIAISON
    return liaison and leads(incident, user) and incident.signed_at is None


def cooperates(incident: Incident, user: User) -> bool:
    own = incident.assignments.filter(
        unit=user.unit_id, is_lead=False, is_current=True, ended_at=None
    )
    return incident.open_cooperations > 0 and user.unit_id is not None and own.exists()


def resumable(incident: Incident, user: User) -> bool:
    return user.unit_id is None or leads(incident, user) or user.role != "unit_liaison"


ACTIONS: tuple[Action, ...] = (
    # Dispatcher and duty manager.
    Action("dispatch", Step.DISPATCH, _("Give to a unit"), assign, unit_fields, is_main=True),
    Action("designate", Step.DESIGNATE, _("Designate a unit"), assign, unit_fields,
           offered=lambda i, _u: i.dispatches >= case_limits().dispatches),
    Action("classify", Step.RECLASSIFY, _("Category, kind, urgency"), classify, classify_fields),
    Action("approve-return", Step.APPROVE_RETURN, _("Approve the return"),
           judging(approve=True), only_reason, is_main=True),
    Action("refuse-return", Step.REFUSE_RETURN, _("Refuse the return"),
           judging(approve=False), only_reason),
    Action("merge", Step.MERGE, _("Merge into another incident"),
           lambda s: merging.merge(s.incident.pk, s["into"], s.user, s["reason"]), merge_fields,
           offered=lambda i, _u: merging.may_merge(i)),
    Action("unmerge", Step.UNMERGE, _("Take out of the other incident"),
           lambda s: merging.unmerge(s.incident.pk, s.user, s["reason"]), only_reason),
    Action("refuse", Step.REFUSE, _("Do not accept"), refuse, refuse_fields, is_grave=True),
    Action("transfer", Step.TRANSFER, _("Transfer to another city"), transfer, refuse_fields),
    Action("alarm", Step.ALARM, _("Alarm an emergency service"),
           lambda s: ends.alarm(s.incident.pk, s.user, s["number"]), alarm_fields,
           is_grave=True),
    Action("invalidate", Step.INVALIDATE, _("No valid report"),
           lambda s: ends.invalidate(s.incident.pk, s.user, reason=s["reason"]), only_reason,
           is_grave=True),
    Action("withdraw", Step.WITHDRAW, _("The citizen withdraws it"),
           lambda s: withdrawing.by_number(s.incident, s["report"], s.user, s["reason"]),
           withdraw_fields, is_grave=True),
    # The unit.
    Action("sign", Step.SIGN, _("Sign for it"),
           lambda s: replies.sign(s.incident.pk, s.user), is_main=True, offered=signs),
    Action("return", Step.ASK_RETURN, _("Return it: not ours"), ask_return, return_fields,
           offered=leads),
    Action("contact", Step.CONTACT, _("Log a contact with the citizen"), log_contact,
           contact_fields),
    Action("reply", Step.REPLY, _("Reply"), reply, reply_fields, is_main=True, offered=leads),
    Action("cooperate", Step.COOPERATE, _("Ask another unit to help"), cooperate,
           cooperate_fields, offered=lambda i, u: u.role != "unit_liaison" or leads(i, u)),
    Action("answer", Step.COOPERATED, _("Our part is done"),
           lambda s: cooperation.answer(s.incident.pk, s.user, s["answer"]),
           lambda _i: (Field("answer", _("What you did"), "area", most=2000),),
           is_main=True, offered=cooperates),
    Action("extend", Step.ASK_EXTENSION, _("Ask for more time"), ask_extension,
           extension_fields, offered=leads),
    Action("pause", Step.ASK_PAUSE, _("Ask to pause the clock"), ask_pause, pause_fields,
           offered=leads),
    Action("resume", Step.RESUME, _("Let the clock go on"),
           lambda s: applications.resume(s.incident.pk, s.user), offered=resumable),
    # A level up.
    Action("approve-extension", Step.APPROVE_EXTENSION, _("Approve the extension"),
           judging(approve=True), only_reason, is_main=True),
    Action("refuse-extension", Step.REFUSE_EXTENSION, _("Refuse the extension"),
           judging(approve=False), only_reason),
    Action("approve-pause", Step.APPROVE_PAUSE, _("Approve the pause"),
           judging(approve=True), only_reason, is_main=True),
    Action("refuse-pause", Step.REFUSE_PAUSE, _("Refuse the pause"),
           judging(approve=False), only_reason),
    Action("remind", Step.REMIND, _("Remind the unit"), pressing(Step.REMIND), only_reason),
    Action("supervise", Step.SUPERVISE, _("Supervise"), pressing(Step.SUPERVISE), only_reason),
    Action("escalate", Step.ESCALATE, _("Escalate"), pressing(Step.ESCALATE), only_reason),
    # Quality, review, and after the end.
    Action("pass", Step.PASS_CHECK, _("The reply is good"),
           checking(Check.Verdict.PASSED), is_main=True),
    Action("fail", Step.FAIL_CHECK, _("Send the reply back"),
           checking(Check.Verdict.FAILED), only_reason),
    Action("faked", Step.FIND_FAKED, _("The closing was faked"),
           checking(Check.Verdict.FAKED), only_reason, is_grave=True),
    Action("review-close", Step.REVIEW_CLOSE, _("Review: explained and closed"),
           reviewing(rework=False), review_fields, is_main=True),
    Action("review-rework", Step.REVIEW_REWORK, _("Review: work on it again"),
           reviewing(rework=True), review_fields),
    Action("reopen", Step.REOPEN, _("Reopen"),
           lambda s: reopening.reopen(
               s.incident.pk, s.user, reason=s["reason"], new_fact=s.has("new_fact")),
           reopen_fields),
    Action("take-alarm", Step.TAKE_ALARM, _("We have it"),
           lambda s: ends.take_alarm(s.incident.pk, s.user), is_main=True,
           offered=lambda i, _u: bool(i.alarm) and i.alarm_taken_at is None),
)  # fmt: skip
BY_NAME: Mapping[str, Action] = MappingProxyType({action.name: action for action in ACTIONS})
