"""How many voices an incident has, those of what was merged into it among them."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject

from incidents.models import Comment, Doubt, Endorsement, Follow, Incident, Verdict


def counted(found: "QuerySet[Any]") -> Coalesce:
    """How many of these belong to the outer incident, as part of its own statement."""
    own = found.filter(Q(incident=OuterRef("pk")) | Q(incident__merged_into=OuterRef("pk")))
    rows = own.order_by().annotate(all=Value(1)).values("all").annotate(n=Count("pk"))
    return Coalesce(Subquery(rows.values("n")), 0, output_field=IntegerField())


def verdicts(*, is_fixed: bool) -> "QuerySet[Verdict]":
    """Of the present closing."""
    return Verdict.objects.filter(is_fixed=is_fixed, round=F("incident__reworks"))


def thanks() -> "QuerySet[Comment]":
    return Comment.objects.filter(kind=Comment.Kind.THANKS).exclude(state=Comment.State.REFUSED)


def doubted() -> "QuerySet[Doubt]":
    """Doubts of the present closing that nobody has settled."""
    return Doubt.objects.filter(settled_at=None, round=F("incident__reworks"))


def for_staff() -> JSONObject:
    """For whoever handles, checks or calls back; part of the statement that reads the case."""
    return JSONObject(
        endorsed=counted(Endorsement.objects.all()),
        followed=counted(Follow.objects.going_on()),
        fixed=counted(verdicts(is_fixed=True)),
        not_fixed=counted(verdicts(is_fixed=False)),
        thanked=counted(thanks()),
        commented=counted(Comment.objects.shown()),
        doubted=counted(doubted()),
    )


@dataclass(frozen=True, slots=True)
class Voices:
    """What staff read beside a case."""

    endorsed: int = 0
    followed: int = 0
    fixed: int = 0
    not_fixed: int = 0
    thanked: int = 0
    commented: int = 0
    doubted: int = 0

    @property
    def any(self) -> bool:
        return any((self.endorsed, self.followed, self.fixed, self.not_fixed, self.thanked,
                    self.commented))  # fmt: skip


def of(incident: Incident) -> Voices:
    """The same for one incident, in one statement."""
    found = Incident.objects.filter(pk=incident.pk).values_list(for_staff(), flat=True)
    return Voices(**found[0])
