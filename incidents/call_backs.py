"""回访: somebody independent asks each citizen whether it is solved and how they were served.

Three attempts at different hours within two working days, or the citizen's own link. Not solved
or not satisfied: rework once, then the duty manager's review, which ends it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from incidents import clocks, messages, wake
from incidents.errors import NotAllowedNow, Refused
from incidents.lifecycle import Status, Step, Who
from incidents.models import SATISFIED, Attempt, CallBack, Incident, LowScore, Reason, Report
from incidents.said import one_of, whole, words
from incidents.transitions import Noted, case_limits, lock, move
from incidents.worktime import Limit, TimeUnit

Result = CallBack.Result
Way = CallBack.Way
# Between two attempts, so that they fall into different hours.
BETWEEN = timedelta(hours=2)


def begin(incident: Incident) -> None:
    """One call-back for each report of the locked incident, told with the reply.

    Who left no contact is not asked, and who withdrew the report neither.
    """
    now = timezone.now()
    due = clocks.calendar().due(now, Limit(case_limits().attempts_days, TimeUnit.WORKING_DAYS))
    newest = incident.call_backs.aggregate(newest=Max("round"))["newest"] or 0
    made = [
        call_back_of(report, incident, newest + 1, now, due)
        for report in incident.reports.filter(withdrawn_at=None).select_related("complainant__user")
    ]
    CallBack.objects.bulk_create(made)
    if messages.of_reply(incident, made):
        wake.after_commit(messages.SEND)
    settle(incident, None, None)


def call_back_of(
    report: Report, incident: Incident, round_: int, now: datetime, due: datetime
) -> CallBack:
    who = report.complainant
    reachable = who is not None and who.erased_at is None
    return CallBack(
        report=report,
        incident=incident,
        round=round_,
        due_at=due,
        next_attempt_at=now if reachable else None,
        result=Result.WAITING if reachable else Result.NO_CONTACT,
        done_at=None if reachable else now,
    )


def waiting(call_back_id: int) -> tuple[Incident, CallBack]:
    """Both locked, the incident first; raises NotAllowedNow when it is done already."""
    incident_id = CallBack.objects.values_list("incident_id", flat=True).get(pk=call_back_id)
    incident = lock(incident_id)
    found = CallBack.objects.select_for_update().get(pk=call_back_id)
    if found.result != Result.WAITING or incident.status != Status.CALL_BACK:
        raise NotAllowedNow(_("This call-back is done already."))
    return incident, found


@transaction.atomic
def attempt(call_back_id: int, agent: User, reached: str) -> CallBack:
    """A try that did not reach the citizen; after the last one: unreachable, which is coded."""
    one_of("reached", reached, Attempt.Reached.values)
    if reached == Attempt.Reached.YES:
        raise Refused("reached", _("Then write down what the citizen said."))
    incident, found = waiting(call_back_id)
    now = timezone.now()
    hours = {timezone.localtime(at).hour for at in times_of(found, on=now)}
    if timezone.localtime(now).hour in hours:
        raise Refused("reached", _("There was an attempt in this hour; try at another hour."))
    Attempt.objects.create(call_back=found, agent=agent, reached=reached, at=now)
    move(incident, Noted(Step.CALL, {"reached": reached}), actor=agent)
    if found.attempts.count() >= case_limits().attempts:
        finish(found, Result.UNREACHABLE, agent=agent)
        settle(incident, agent, None)
    else:
        found.next_attempt_at = next_hour(now)
        found.save(update_fields=["next_attempt_at"])
    return found


def times_of(found: CallBack, *, on: datetime) -> list[datetime]:
    today = timezone.localtime(on).date()
    every = found.attempts.values_list("at", flat=True)
    return [at for at in every if timezone.localtime(at).date() == today]


def next_hour(now: datetime) -> datetime:
    """Some hours on; outside office hours, at the next opening."""
    later, days = now + BETWEEN, clocks.calendar()
    return later if days.is_open(later) else days.add(later, timedelta(minutes=1))


@transaction.atomic
def record(
    call_back_id: int,
    *,
    solved: bool,
    satisfaction: str,
    words_said: str = "",
    explained: bool = False,
    reasons: Sequence[str] = (),
    agent: User | None = None,
    by_text: bool = False,
) -> CallBack:
    """What the citizen says. `explained`: not solved, but the explanation is accepted.

    `reasons`: why they are not satisfied; an agent codes them, who answers alone may leave them
    out. Without an agent it came by the citizen's own link, or by SMS (`by_text`).
    """
    level = whole("satisfaction", satisfaction, least=1, most=5)
    result = result_of(solved=solved, level=level, explained=explained)
    coded = why(reasons, result, is_required=agent is not None)
    incident, found = waiting(call_back_id)
    if agent is not None:
        Attempt.objects.create(call_back=found, agent=agent, reached=Attempt.Reached.YES)
    finish(
        found, result, is_solved=solved, satisfaction=level, words=words_said.strip()[:500],
        reasons=coded, agent=agent, way=way_of(agent, by_text=by_text),
    )  # fmt: skip
    if agent is None and level not in SATISFIED:
        LowScore.objects.create(
            call_back=found, due_at=timezone.now() + case_limits().low_score
        )  # fmt: skip
    who = None if agent else Who.CITIZEN
    told: dict[str, Any] = {"result": result, "satisfaction": level}
    move(incident, Noted(Step.CALL, told), actor=agent, who=who)
    settle(incident, agent, who)
    return found


def way_of(agent: User | None, *, by_text: bool) -> CallBack.Way:
    if agent is not None:
        return Way.CALL
    return Way.TEXT if by_text else Way.LINK


def why(reasons: Sequence[str], result: CallBack.Result, *, is_required: bool) -> list[str]:
    """The coded reasons, in the order of the list; who is content has none."""
    unknown = [each for each in reasons if each not in Reason.values]
    if unknown or (is_required and result == Result.DISAGREED and not reasons):
        raise Refused("reasons", _("Please choose at least one reason."))
    return [each for each in Reason.values if each in reasons] if result == Result.DISAGREED else []


def result_of(*, solved: bool, level: int, explained: bool) -> CallBack.Result:
    if level not in SATISFIED:
        return Result.DISAGREED
    if solved:
        return Result.AGREED
    return Result.EXPLAINED if explained else Result.DISAGREED


def finish(found: CallBack, result: CallBack.Result, **changes: Any) -> None:
    found.result, found.done_at, found.next_attempt_at = result, timezone.now(), None
    for name, value in changes.items():
        setattr(found, name, value)
    found.save(update_fields=["result", "done_at", "next_attempt_at", *changes])


def settle(incident: Incident, agent: User | None, who: Who | None) -> None:
    """When everybody was asked: closed, or back to work, or before the duty manager."""
    results = list(current(incident).values_list("result", flat=True))
    if Result.WAITING in results:
        return
    if Result.DISAGREED not in results:
        close(incident, agent, who)
    elif incident.reworks < case_limits().reworks:
        changes = clocks.reworked(incident, timezone.now())
        move(incident, Step.REWORK, actor=agent, who=who, reworks=incident.reworks + 1, **changes)
    else:
        move(
            incident,
            Step.REVIEW,
            actor=agent,
            who=who,
            under_review=True,
            escalated=incident.escalated + 1,
        )


def current(incident: Incident) -> Any:
    """The call-backs of the newest round."""
    newest = incident.call_backs.order_by("-round").values("round")[:1]
    return incident.call_backs.filter(round=newest)


def close(incident: Incident, agent: User | None, who: Who | None) -> None:
    move(incident, Step.CLOSE, actor=agent, who=who, ended_at=timezone.now())


@transaction.atomic
def review(incident_id: int, manager: User, *, rework: bool, reason: str) -> Incident:
    """The duty manager's word ends the dispute: explained and accepted, or work once more."""
    reason = words("reason", reason)
    incident = lock(incident_id)
    now = timezone.now()
    if rework:
        changes = {"reworks": incident.reworks + 1, **clocks.reworked(incident, now)}
        step = Step.REVIEW_REWORK
    else:
        changes, step = {"ended_at": now}, Step.REVIEW_CLOSE
    told = Noted(step, {"reason": reason})
    return move(incident, told, actor=manager, under_review=False, **changes)
