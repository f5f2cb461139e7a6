"""质检: a sample of replies is looked at by somebody who did not handle the case.

What is not drawn passes at once and goes to the call-back.
"""

import hashlib
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from incidents import call_backs, clocks
from incidents.errors import NotAllowedNow
from incidents.lifecycle import Step
from incidents.models import CallBack, Check, Incident
from incidents.said import words
from incidents.transitions import Noted, lock, move

Drawn, Verdict = Check.Drawn, Check.Verdict


def draw(incident: Incident, *, far: bool = False) -> Check | None:
    """Right after a reply, with the incident locked: a check, or on to the call-back."""
    drawn = why_drawn(incident, far=far)
    if drawn is None:
        passed(incident, None, {})
        return None
    return Check.objects.create(incident=incident, drawn=drawn)


def why_drawn(incident: Incident, *, far: bool) -> Check.Drawn | None:
    if incident.supervised or incident.escalated:
        return Drawn.SUPERVISED
    if incident.reworks or incident.failed_checks:
        return Drawn.REWORKED
    if incident.repeats:
        return Drawn.REPEATED
    if far:
        return Drawn.FAR
    return Drawn.SAMPLE if in_sample(incident.number) else None


def in_sample(number: str) -> bool:
    """Drawn by the number's digest: nobody chooses, and drawing again gives the same."""
    digest = hashlib.sha256(f"{settings.SECRET_KEY}{number}".encode()).digest()
    return int.from_bytes(digest[:4]) % 100 < settings.CHECK_PERCENT


@transaction.atomic
def judge(incident_id: int, checker: User, verdict: str, reason: str) -> Check:
    """Pass the reply on, send it back, or say that its closing was faked (with a reason)."""
    if verdict != Verdict.PASSED or reason.strip():
        reason = words("reason", reason)
    incident = lock(incident_id)
    check = incident.checks.filter(verdict=Verdict.WAITING).first()
    if check is None and verdict != Verdict.FAKED:
        raise NotAllowedNow(_("Nobody waits for a check of it any more."))
    told = {"reason": reason} if reason else {}
    if verdict == Verdict.PASSED:
        passed(incident, checker, told)
    elif verdict == Verdict.FAILED:
        sent_back(incident, Step.FAIL_CHECK, checker, told)
    else:
        sent_back(incident, Step.FIND_FAKED, checker, told, is_faked=True)
    return written(check or Check(incident=incident, drawn=Drawn.SAMPLE), verdict, checker, reason)


def written(check: Check, verdict: str, checker: User, reason: str) -> Check:
    check.verdict, check.checker, check.reason = verdict, checker, reason
    check.done_at = timezone.now()
    check.save()
    return check


def passed(incident: Incident, checker: User | None, told: dict[str, str]) -> None:
    """The reply is accepted: the clock stopped when it was given."""
    move(
        incident,
        Noted(Step.PASS_CHECK, told),
        actor=checker,
        accepted_at=incident.replied_at,
    )
    call_backs.begin(incident)


def sent_back(
    incident: Incident, step: Step, checker: User, told: dict[str, str], **more: Any
) -> None:
    """Not accepted: the clock has run all the time, and the call-backs begun are overtaken."""
    incident.call_backs.filter(result=CallBack.Result.WAITING).update(
        result=CallBack.Result.OVERTAKEN, done_at=timezone.now(), next_attempt_at=None
    )
    incident.accepted_at = None
    move(
        incident,
        Noted(step, told),
        actor=checker,
        failed_checks=incident.failed_checks + 1,
        under_review=False,
        **clocks.reworked(incident, timezone.now()),
        **more,
    )
