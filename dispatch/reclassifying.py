"""Category, kind and urgency put right, wherever the case lies.

What turns out to be a report of wrongdoing leaves the unit that has it at once: that may be the
very one it is about. It waits for the conflict check like one that came as such.
"""

from django.db import transaction

from accounts.models import User
from dispatch import orders
from dispatch.applications import returned
from dispatch.assigning import close_assignments
from incidents import classifying
from incidents.lifecycle import WITH_THE_UNIT, Step
from incidents.models import Incident, Kind, Status, Waiting
from incidents.transitions import Noted, lock, move


@transaction.atomic
def reclassify(
    incident_id: int, actor: User, *, category: str, kind: str, urgency: str, reason: str
) -> Incident:
    """As `incidents.classifying.reclassify`, with what dispatch must undo."""
    was = lock(incident_id).kind
    incident = classifying.reclassify(
        incident_id, actor, category=category, kind=kind, urgency=urgency, reason=reason
    )
    if kind == Kind.WRONGDOING and was != Kind.WRONGDOING:
        to_the_conflict_check(incident, actor)
    return incident


def to_the_conflict_check(incident: Incident, actor: User) -> None:
    if incident.status not in (*WITH_THE_UNIT, Status.TRIAGE):
        return  # not dispatched yet: the engine queues it
    noted = orders.take_back(incident, str(Kind.WRONGDOING.label))
    with_a_unit = incident.status in WITH_THE_UNIT
    step = Step.TRIAGE if with_a_unit else Step.QUEUE
    changes = returned(incident) | {"waiting": Waiting.WRONGDOING}
    # The machine's consequence, whoever put the kind right.
    move(incident, *noted, Noted(step, {"waiting": Waiting.WRONGDOING}), **changes)
    close_assignments(incident)
