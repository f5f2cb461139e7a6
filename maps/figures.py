"""The figures heads are judged by: each one a condition with its formula.

What is counted is counted in one month, by the hotline's clock. Reports of wrongdoing are in no
figure: a count that is one higher than yesterday's would show them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from dispatch.models import Application
from incidents.models import Asked, CallBack, Incident, Kind, KnowledgeVersion, Reason, Status
from incidents.models.judgement import SATISFIED

# Ends that say nothing of how the unit worked.
OTHER_ENDS = (
    Status.ANSWERED,
    Status.NOT_ACCEPTED,
    Status.TRANSFERRED,
    Status.MERGED,
    Status.WITHDRAWN,
    Status.INVALID,
)


@dataclass(frozen=True, slots=True)
class Month:
    """From its first moment up to, and without, the first of the next."""

    first: date

    @property
    def begins(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.first, time()))

    @property
    def ends(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.following.first, time()))

    @property
    def following(self) -> "Month":
        year, month = self.first.year, self.first.month
        return Month(date(year + month // 12, month % 12 + 1, 1))

    @property
    def before(self) -> "Month":
        year, month = self.first.year, self.first.month
        return Month(date(year - (month == 1), (month - 2) % 12 + 1, 1))

    @classmethod
    def of(cls, moment: datetime) -> "Month":
        return cls(timezone.localtime(moment).date().replace(day=1))

    @classmethod
    def named(cls, name: str) -> "Month":
        """From `2026-10`; ValueError for anything else."""
        if len(name) != 7:
            raise ValueError(name)
        return cls(date.fromisoformat(f"{name}-01"))

    def within(self, column: str) -> Q:
        return Q(**{f"{column}__gte": self.begins, f"{column}__lt": self.ends})

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"


def counted() -> "QuerySet[Incident]":
    return Incident.objects.exclude(kind=Kind.WRONGDOING)


def asked() -> "QuerySet[CallBack]":
    """Call-backs that ended; one overtaken by a rework says nothing of the work that was done."""
    overtaken = Q(result__in=[CallBack.Result.WAITING, CallBack.Result.OVERTAKEN])
    return CallBack.objects.exclude(overtaken).exclude(incident__kind=Kind.WRONGDOING)


# --- Of incidents ---------------------------------------------------------------------------------


def dispatched(month: Month) -> Q:
    """First dispatched in the month."""
    return month.within("dispatched_at")


def excluded(month: Month) -> Q:
    """Due in the month, yet not judged by it: ended otherwise before, or the clock stands."""
    ended = Q(status__in=OTHER_ENDS, accepted_at=None)
    return month.within("due_at") & (ended | Q(paused_at__isnull=False))


def due(month: Month) -> Q:
    """Due in the month, without what is excluded: the base of the on-time rate."""
    return month.within("due_at") & ~excluded(month)


def on_time(month: Month) -> Q:
    """On-time rate 按时办结率 = reply accepted within the limit / due in the month.

    Not "closed in the month": what is late and open would then be in no month at all.
    """
    return due(month) & Q(accepted_at__lte=F("due_at"))


def late(month: Month) -> Q:
    """Due in the month, and no reply within the limit was accepted."""
    return due(month) & (Q(accepted_at=None) | Q(accepted_at__gt=F("due_at")))


def to_contact(month: Month) -> Q:
    """First contact due in the month; the base of the response rate."""
    return month.within("contact_due_at") & ~Q(status__in=OTHER_ENDS, contacted_at=None)


def contacted(month: Month) -> Q:
    """Response rate 响应率 = contacted within the limit / due to be contacted in the month."""
    return to_contact(month) & Q(contacted_at__lte=F("contact_due_at"))


def not_contacted(month: Month) -> Q:
    """Due to be contacted in the month, and not contacted within the limit."""
    return to_contact(month) & (Q(contacted_at=None) | Q(contacted_at__gt=F("contact_due_at")))


# --- Of call-backs --------------------------------------------------------------------------------


def called_back(month: Month) -> Q:
    """Call-backs that came to an end in the month; the base of the share reached."""
    return month.within("done_at")


def reached(month: Month) -> Q:
    """Effective call-backs 有效回访 = said whether it is solved / came to an end."""
    return called_back(month) & Q(is_solved__isnull=False)


def solved(month: Month) -> Q:
    """Solved rate 解决率 = solved / effective call-backs."""
    return reached(month) & Q(is_solved=True)


def rated(month: Month) -> Q:
    """Gave one of the five levels."""
    return called_back(month) & Q(satisfaction__isnull=False)


def satisfied(month: Month) -> Q:
    """Satisfaction rate 满意率 = satisfied levels (3 to 5) / gave a level."""
    return rated(month) & Q(satisfaction__in=SATISFIED)


# --- Of the hotline itself ------------------------------------------------------------------------


def returned(month: Month) -> int:
    """Returns approved in the month. Dispatch accuracy = 1 - approved returns / dispatched."""
    approved = Application.objects.filter(asks=Asked.RETURN, verdict=Application.Verdict.APPROVED)
    return approved.filter(month.within("judged_at")).exclude(
        incident__kind=Kind.WRONGDOING
    ).count()  # fmt: skip


def updated_knowledge(month: Month) -> "QuerySet[KnowledgeVersion]":
    """Knowledge items updated: wordings published in the month."""
    return KnowledgeVersion.objects.filter(month.within("published_at"))


Condition = Callable[[Month], Q]
OF_INCIDENTS: dict[str, Condition] = {
    "dispatched": dispatched, "due": due, "on_time": on_time, "excluded": excluded,
    "to_contact": to_contact, "contacted": contacted,
}  # fmt: skip
OF_CALL_BACKS: dict[str, Condition] = {
    "called_back": called_back, "reached": reached, "solved": solved, "rated": rated,
    "satisfied": satisfied,
}  # fmt: skip
# What a reader may look through, incident by incident.
SHOWN: dict[str, Condition] = {
    "dispatched": dispatched, "late": late, "not_contacted": not_contacted, "excluded": excluded,
}  # fmt: skip


def unhappy_answers(month: Month) -> "QuerySet[CallBack]":
    """Call-backs of the month that said: not solved, or not satisfied."""
    unhappy = Q(is_solved=False) | Q(satisfaction__isnull=False) & ~Q(satisfaction__in=SATISFIED)
    return asked().filter(reached(month) & unhappy)


def unhappy(month: Month) -> dict[str, int]:
    """Coded reasons of those; one answer may have several, `""` counts those without any."""
    wanted = {why: Count("id", filter=Q(reasons__contains=[why])) for why in Reason.values}
    none = Count("id", filter=Q(reasons=[]))
    told = unhappy_answers(month).order_by().aggregate(**wanted, without=none)
    return {"" if why == "without" else why: n for why, n in told.items()}


def dissatisfied(month: Month) -> "QuerySet[Any]":
    """Incidents whose citizen said in the month: not solved, or not satisfied."""
    return unhappy_answers(month).values("incident")
