"""Who is responsible: the most telling rule of the catalogue for a category at a place.

Category beats field beats back-stop; then the deeper division; then the older rule.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import models

from accounts.models import Unit
from dispatch.models import Rule
from districts import prepared
from districts.models import Division
from incidents.models import Incident

M = TypeVar("M", bound=models.Model)


def columns(alias: str, model: type[models.Model]) -> str:
    """Every column of `alias`, named `alias__column`: several models come in one row."""
    names = [field.column for field in model._meta.concrete_fields]
    return ", ".join(f"{alias}.{name} AS {alias}__{name}" for name in names)


# Written out and prepared: asked for each dispatch, by a batch once for all.
RULES = f"""
SELECT asked.incident, {columns("rule", Rule)}, {columns("unit", Unit)},
       {columns("place", Division)}, {columns("territory", Division)},
       EXISTS (SELECT FROM dispatch_worker w WHERE w.unit_id = rule.unit_id) AS has_workers
FROM (
    SELECT i.id AS incident, c.code AS category, c.field_id AS field, ARRAY[
        d.code, d.parent_id, d.street_id, d.county_id, d.city_id, left(d.code, 2) || '0000'
    ] AS within
    FROM incidents_incident i
    JOIN incidents_category c ON c.code = i.category_id
    JOIN districts_division d ON d.code = i.division_id
    WHERE i.id = ANY(%(incidents)s)
) asked
CROSS JOIN LATERAL (
    SELECT r.* FROM dispatch_rule r JOIN districts_division at ON at.code = r.division_id
    WHERE r.division_id = ANY(asked.within)
      AND (r.category_id = asked.category OR r.field_id = asked.field
           OR r.category_id IS NULL AND r.field_id IS NULL)
    ORDER BY CASE WHEN r.category_id IS NOT NULL THEN 0 WHEN r.field_id IS NOT NULL THEN 1
             ELSE 2 END, at.level DESC, r.id
    LIMIT 1
) rule
JOIN accounts_unit unit ON unit.id = rule.unit_id
JOIN districts_division territory ON territory.code = unit.division_id
JOIN districts_division place ON place.code = rule.division_id
"""


def rules_for(incidents: Sequence[Incident]) -> dict[int, Rule]:
    """Incident's pk -> its rule, of all of them in one statement; who has none is left out.

    Each rule comes with its unit, the unit's territory, the rule's division, and `has_workers`:
    whether the unit has workers of its own. What counts is what is stored of the incidents.
    """
    asked = [incident.pk for incident in incidents]
    found = prepared.rows(RULES, {"incidents": asked})
    return {row["incident"]: rule_of(row) for row in found}


def rule_for(incident: Incident) -> Rule | None:
    """The one incident's rule, as `rules_for` finds it."""
    return rules_for([incident]).get(incident.pk)


def rule_of(row: dict[str, Any]) -> Rule:
    rule = part(row, "rule", Rule)
    rule.unit = part(row, "unit", Unit)
    rule.unit.division = part(row, "territory", Division)
    rule.division = part(row, "place", Division)
    rule.has_workers = row["has_workers"]  # type: ignore[attr-defined]
    return rule


def part(row: dict[str, Any], alias: str, model: type[M]) -> M:
    fields = model._meta.concrete_fields
    values = {field.attname: row[f"{alias}__{field.column}"] for field in fields}
    return prepared.made(model, list(values), values)


def codes_above(division: Division) -> list[str]:
    """The division and all it lies in, from its own row; a province's code ends in 0000."""
    above = (division.code, division.street_id, division.county_id, division.city_id)
    return [code for code in above if code] + [division.code[:2] + "0000"]
