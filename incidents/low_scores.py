"""A low score by link or SMS: somebody calls within a day, hears why, and codes it."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from incidents.call_backs import why
from incidents.errors import NotAllowedNow
from incidents.lifecycle import Step
from incidents.models import CallBack, Incident, LowScore
from incidents.said import words
from incidents.transitions import Noted, case_limits, lock, move

# Two tries in a row are one.
BETWEEN = timedelta(hours=1)


def waiting(user: User) -> "QuerySet[LowScore]":
    """Whom this agent may call, the next due first."""
    return (
        LowScore.objects.filter(
            done_at=None, call_back__incident__in=Incident.objects.visible_to(user)
        )
        .select_related(
            "call_back__incident__category__field",
            "call_back__incident__division__county",
            "call_back__report__complainant",
        )
        .order_by("due_at", "pk")
    )


def locked(low_score_id: int) -> tuple[Incident, LowScore]:
    """Both ours, the incident first; raises NotAllowedNow when somebody called already."""
    of = LowScore.objects.values_list("call_back__incident_id", flat=True)
    incident = lock(of.get(pk=low_score_id))
    found = LowScore.objects.select_for_update(of=("self",)).select_related("call_back")
    it = found.get(pk=low_score_id)
    if it.done_at is not None:
        raise NotAllowedNow(_("This call is done already."))
    return incident, it


@transaction.atomic
def hear(low_score_id: int, agent: User, *, said: str, reasons: Sequence[str]) -> LowScore:
    """What the citizen says, and why; reasons given with the score itself are kept beside it."""
    said = words("words", said)
    incident, it = locked(low_score_id)
    call_back = it.call_back
    coded = why([*reasons], CallBack.Result.DISAGREED, is_required=True)
    call_back.reasons = why([*call_back.reasons, *coded], CallBack.Result.DISAGREED,
                            is_required=True)  # fmt: skip
    call_back.save(update_fields=["reasons"])
    settle(it, agent, is_reached=True, heard=said)
    move(incident, Noted(Step.HEAR, {"reasons": coded}), actor=agent)
    return it


@transaction.atomic
def not_reached(low_score_id: int, agent: User) -> LowScore:
    """A try in vain; the last one ends it. Raises NotAllowedNow for one right after another."""
    incident, it = locked(low_score_id)
    now = timezone.now()
    if it.tried_at and now - it.tried_at < BETWEEN:
        raise NotAllowedNow(_("There was an attempt within the hour; try again later."))
    it.tries, it.tried_at = it.tries + 1, now
    it.save(update_fields=["tries", "tried_at"])
    if it.tries >= case_limits().attempts:
        settle(it, agent, is_reached=False)
    move(incident, Noted(Step.HEAR, {"reached": "no"}), actor=agent)
    return it


def settle(it: LowScore, agent: User, *, is_reached: bool, heard: str = "") -> None:
    it.done_at, it.is_reached, it.heard, it.agent = timezone.now(), is_reached, heard, agent
    it.save(update_fields=["done_at", "is_reached", "heard", "agent"])
