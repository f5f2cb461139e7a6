"""并单: reports about one thing share one incident. Suggested by the machine, decided by a person.

The reports move, each with its tracking code, and remember where they came from; the emptied
incident ends as merged and can be taken out again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.postgres.search import TrigramSimilarity
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from dispatch import orders
from dispatch.assigning import close_assignments
from dispatch.errors import DispatchError
from incidents import clocks, repeats
from incidents.errors import IncidentError, NotAllowedNow, Refused
from incidents.lifecycle import JOINABLE, Step
from incidents.models import Incident, Kind, Media, Outcome, Report, Waiting
from incidents.said import words
from incidents.transitions import Noted, lock, move

NEAR_M = 200
WITHIN = timedelta(days=14)
MOST = 5


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Another open incident that may be the same. `likeness`: 0 to 1, of the words."""

    incident: Incident
    away_m: float
    likeness: float

    @property
    def score(self) -> float:
        return self.likeness + 1 - self.away_m / NEAR_M


def suggestions(incident: Incident, user: User) -> list[Suggestion]:
    """Near, of the same category, at about the same time, likest words first; two statements."""
    if not may_merge(incident) or incident.position is None:
        return []
    text = " ".join(incident.reports.values_list("text", flat=True))[:500]
    found = (
        Incident.objects.visible_to(user)
        .near(incident.position, NEAR_M)
        .filter(
            status__in=JOINABLE,
            category=incident.category_id,
            is_confidential=False,
            created_at__range=(incident.created_at - WITHIN, incident.created_at + WITHIN),
        )
        .exclude(pk=incident.pk)
        .exclude(kind=Kind.WRONGDOING)
        .filter(about_unit=None)
        .annotate(likeness=Max(TrigramSimilarity("reports__text", text)))
        .select_related("category", "division")
    )
    each = [
        Suggestion(other, other.away.m, float(other.likeness or 0.0))  # type: ignore[attr-defined]
        for other in found[:50]
    ]
    return sorted(each, key=lambda s: (-s.score, s.incident.pk))[:MOST]


def may_merge(incident: Incident) -> bool:
    """A confidential report stays on its own."""
    about_nobody = incident.kind != Kind.WRONGDOING and incident.about_unit_id is None
    return not incident.is_confidential and about_nobody


@transaction.atomic
def merge(incident_id: int, into_number: str, actor: User, reason: str) -> Incident:
    """Bring the reports of one incident to another that this person sees; gives the other."""
    reason = words("reason", reason)
    other = Incident.objects.visible_to(actor).filter(number=into_number.strip()).first()
    if other is None:
        raise Refused("into", _("There is no such incident."))
    if other.pk == incident_id:
        raise Refused("into", _("This is the same incident."))
    # By number of row, so that two people merging the two crosswise do not lock each other out.
    locked = {pk: lock(pk) for pk in sorted((incident_id, other.pk))}
    incident, into = locked[incident_id], locked[other.pk]
    if not (may_merge(incident) and may_merge(into)):
        raise Refused("into", _("A confidential report stays on its own."))
    noted = [*orders.take_back(incident, reason), Noted(Step.MERGE, {"into": into.number})]
    running = clocks.resumed(incident, timezone.now()) if incident.paused_at else {}
    move(
        incident,
        *noted,
        actor=actor,
        **running | {"next_rung_at": None},
        merged_into=into,
        outcome=Outcome.DUPLICATE,
        ended_at=timezone.now(),
        field_worker=None,
    )
    close_assignments(incident)
    # After it ended: who is told so are those whose reports it still had.
    bring_reports(incident, into)
    told = {"number": incident.number, "reason": reason}
    repeats.joined(into, Noted(Step.JOIN, told), actor=actor)
    take_over_danger(incident, into)
    return into


def merge_all(
    found: Sequence[Incident], actor: User, reason: str
) -> tuple[Incident, dict[str, str]]:
    """Make one incident of several: the oldest that may take the others, and number -> why not of
    those that stay. Each goes on its own: what one refuses does not hold up the rest."""
    fit = [each for each in found if may_merge(each) and each.status in JOINABLE]
    if len(fit) < 2:
        raise Refused("incidents", _("Fewer than two of them can be merged."))
    lead, *others = sorted(fit, key=lambda each: each.pk)
    stayed: dict[str, str] = {}
    for each in others:
        try:
            merge(each.pk, lead.number, actor, reason)
        except (IncidentError, DispatchError) as error:
            stayed[each.number] = str(error)
    return lead, stayed


def take_over_danger(incident: Incident, into: Incident) -> None:
    """An alarm nobody has taken, or danger somebody spoke of, is lost in no merge."""
    if incident.alarm and not into.alarm:
        told = Noted(Step.ALARM, {"number": incident.alarm, "from": incident.number})
        taken = incident.alarm_taken_at
        move(into, told, alarm=incident.alarm, alarm_taken_at=taken, is_urgent=True)
    elif incident.is_urgent and not into.is_urgent:
        move(into, Noted(Step.RECLASSIFY, {"from": incident.number}), is_urgent=True)


def bring_reports(incident: Incident, into: Incident) -> None:
    Media.objects.filter(report__incident=incident).update(incident=into)
    own = Report.objects.filter(incident=incident)
    own.filter(came_from=None).update(came_from=incident)
    own.update(incident=into)


@transaction.atomic
def unmerge(incident_id: int, actor: User, reason: str) -> Incident:
    """Take a merged incident out again, with its reports; a dispatcher looks at it anew."""
    reason = words("reason", reason)
    into_id = Incident.objects.values_list("merged_into", flat=True).get(pk=incident_id)
    if into_id is None:
        raise Refused("number", _("It is not merged into another."))
    locked = {pk: lock(pk) for pk in sorted((incident_id, into_id))}
    incident, into = locked[incident_id], locked[into_id]
    if into.status not in JOINABLE:
        raise NotAllowedNow(
            _("%(number)s has been replied to; its citizens are being asked already.")
            % {"number": into.number}
        )
    move(
        incident,
        Noted(Step.UNMERGE, {"from": into.number, "reason": reason}),
        actor=actor,
        merged_into=None,
        outcome="",
        ended_at=None,
        lead_unit=None,
        visible_units=[],
        waiting=Waiting.UNMERGED,
        **clocks.due_again(incident, incident.due_at),
    )
    take_reports_back(incident)
    return incident


def take_reports_back(incident: Incident) -> None:
    """Its own reports, and those that had been merged into it before."""
    family, newest = {incident.pk}, {incident.pk}
    while newest:
        below = Incident.objects.filter(merged_into__in=newest)
        newest = set(below.values_list("pk", flat=True)) - family
        family |= newest
    back = Report.objects.filter(came_from__in=family)
    Media.objects.filter(report__in=back).update(incident=incident)
    back.update(incident=incident)
    back.filter(came_from=incident).update(came_from=None)
