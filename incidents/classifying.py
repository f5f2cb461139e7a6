"""Another category, kind or urgency, put right by a person; the clock keeps its start."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from incidents import clocks
from incidents.errors import Refused
from incidents.lifecycle import Step
from incidents.models import Category, Incident, Kind, Urgency
from incidents.said import one_of, words
from incidents.transitions import Noted, lock, move


@transaction.atomic
def reclassify(
    incident_id: int, actor: User, *, category: str, kind: str, urgency: str, reason: str
) -> Incident:
    """Put category, kind and urgency right; the limit follows, counted from the same start."""
    reason = words("reason", reason)
    one_of("kind", kind, Kind.values)
    one_of("urgency", urgency, ["", *Urgency.values])
    incident = lock(incident_id)
    changes: dict[str, Any] = {
        "category": category_of(category),
        "kind": kind,
        "urgency": urgency,
        "is_urgent": stays_urgent(incident, urgency),
        "is_confidential": incident.is_confidential or kind == Kind.WRONGDOING,
    }
    for name, value in changes.items():
        setattr(incident, name, value)
    told = {"category": category, "kind": kind, "urgency": urgency, "reason": reason}
    rated = clocks.rated_anew(incident)
    return move(incident, Noted(Step.RECLASSIFY, told), actor=actor, **changes, **rated)


def stays_urgent(incident: Incident, urgency: str) -> bool:
    """Somebody said danger, an alarm was raised, or nobody says otherwise now."""
    if urgency:
        return urgency == Urgency.DANGER or bool(incident.alarm)
    return incident.is_urgent


def category_of(code: str) -> Category:
    found = Category.objects.in_use().filter(code=code).first()
    if found is None:
        raise Refused("category", _("There is no such category."))
    return found
