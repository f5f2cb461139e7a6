"""Taking back what was just done to several at once, where nobody has acted on it yet."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from dispatch import merging, orders
from dispatch.applications import returned
from dispatch.assigning import close_assignments
from incidents.errors import NotAllowedNow
from incidents.lifecycle import Step
from incidents.models import Incident, Waiting
from incidents.transitions import Noted, lock, move

KEPT = "undo"


@transaction.atomic
def undo_dispatch(incident_id: int, actor: User) -> Incident:
    """Back to the desk, while nobody signed; it counts as no dispatch."""
    incident = lock(incident_id)
    acted = incident.signed_at is not None or incident.asked
    if acted or incident.dispatched_by_id != actor.pk:
        raise NotAllowedNow(_("Somebody has acted on it already."))
    noted = orders.take_back(incident, _("Dispatch undone."))
    changes = returned(incident) | {
        "waiting": Waiting.RETURNED,
        "dispatches": max(0, incident.dispatches - 1),
    }
    told = Noted(Step.TRIAGE, {"reason": _("Dispatch undone.")})
    move(incident, *noted, told, actor=actor, **changes)
    close_assignments(incident)
    return incident


def undo_merge(incident_id: int, actor: User) -> Incident:
    return merging.unmerge(incident_id, actor, _("Merge undone."))


UNDO: dict[str, Callable[[int, User], Incident]] = {
    "dispatch": undo_dispatch,
    "merge": undo_merge,
}


def remember(request: HttpRequest, action: str, numbers: Sequence[str]) -> None:
    """Keep the last bulk action of this person in the session, if it can be undone."""
    if action in UNDO:
        request.session[KEPT] = {"action": action, "numbers": list(numbers)}


def remembered(request: HttpRequest) -> dict[str, Any] | None:
    kept: dict[str, Any] | None = request.session.get(KEPT)
    return kept


def forget(request: HttpRequest) -> None:
    request.session.pop(KEPT, None)
