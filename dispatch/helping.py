"""The units that a rule of the catalogue names beside the lead (协办)."""

from collections.abc import Sequence
from typing import Any

from accounts.models import Unit
from dispatch.models import Assignment
from incidents.lifecycle import Step
from incidents.models import Incident
from incidents.transitions import Noted

# Words of the data, not of a page: whoever reads it in whatever language.
TASK = "派单目录规定协办 · named by the catalogue to help"


def ask_helpers(
    incident: Incident, lead: Unit, ids: Sequence[int]
) -> tuple[dict[str, Any], list[Noted]]:
    """Assigns those who are asked; what the incident carries for it, and what is noted.

    One that leads, or has it already, is not asked again.
    """
    if not ids:
        return {}, []
    asked = incident.assignments.filter(is_current=True, is_lead=False).values("unit")
    units = Unit.objects.filter(pk__in=ids).exclude(pk__in=asked).exclude(pk=lead.pk)
    helpers = list(units.order_by("pk"))
    Assignment.objects.bulk_create(
        Assignment(incident=incident, unit=unit, is_lead=False, task=TASK, due_at=incident.due_at)
        for unit in helpers
    )
    seen = {*lead.lineage, *(above for unit in helpers for above in unit.lineage)}
    noted = [Noted(Step.COOPERATE, {"unit": unit.name, "task": TASK}) for unit in helpers]
    return {
        "visible_units": sorted(seen),
        "open_cooperations": incident.open_cooperations + len(helpers),
    }, noted
