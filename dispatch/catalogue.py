"""Who is responsible: the most telling rule of the catalogue for a category, a place and a time.

In this order, until one rule is left:

1. a rule for the category beats one for its field, and that one the back-stop;
2. of a component its owner's rule comes first, of an event the territory's;
3. a jurisdiction's rule beats a division's; of several jurisdictions the lower priority number
   speaks first, then the lower code;
4. the deeper division beats the wider;
5. a rule for working time, or for the time outside it, beats one for any time;
6. the older rule beats the newer.

An incident that was dispatched keeps the jurisdictions it was given then, whatever their
boundaries do later.
"""

from collections.abc import Sequence
from copy import copy
from typing import Any

from django.utils import timezone

from accounts.models import Unit
from dispatch.models import Rule
from districts import prepared
from districts.models import Division, Jurisdiction
from incidents.clocks import calendar
from incidents.models import Incident

# The one that decides, and how many it is compared with.
WINNER_AND_NEXT = 3


# What is asked: `{source}` gives incident, category, division, place, kept, day, working. OFFSET 0
# keeps it a subquery: merged into what asks it, its jurisdictions were looked up for each rule.
ASKED = """
    SELECT s.incident, s.day, s.working, s.place, c.code AS category, c.field_id AS field,
           c.is_component, d.code AS division, ARRAY[
               d.code, d.parent_id, d.street_id, d.county_id, d.city_id,
               left(d.code, 2) || '0000'
           ] AS within, coalesce(s.kept, hotline_jurisdictions(s.place, s.day)) AS jurisdictions
    FROM ({source}) s
    JOIN incidents_category c ON c.code = s.category
    JOIN districts_division d ON d.code = s.division OFFSET 0
"""
IN_FORCE = "r.valid_from <= asked.day AND (r.valid_to IS NULL OR r.valid_to > asked.day)"
# The rules that apply, the one that decides first; `{force}`: which of the table count. The ranks
# stand in `dispatch.reasons` under the same names.
RANKED = """
    SELECT r.*, CASE WHEN r.category_id IS NOT NULL THEN 0 WHEN r.field_id IS NOT NULL THEN 1
                ELSE 2 END AS telling,
           (r.is_owner <> asked.is_component)::int AS side,
           coalesce(array_position(asked.jurisdictions, r.jurisdiction_id), 9999) AS nearest,
           -coalesce(at.level, 0) AS width, (r.hours = 'any')::int AS always
    FROM dispatch_rule r LEFT JOIN districts_division at ON at.code = r.division_id
    WHERE (r.division_id = ANY(asked.within)
           AND (r.jurisdiction_id IS NULL OR r.jurisdiction_id = ANY(asked.jurisdictions))
           OR r.division_id IS NULL AND r.jurisdiction_id = ANY(asked.jurisdictions))
      AND (r.category_id = asked.category OR r.field_id = asked.field
           OR r.category_id IS NULL AND r.field_id IS NULL)
      AND r.hours IN ('any', CASE WHEN asked.working THEN 'working' ELSE 'outside' END)
      AND ({force})
    ORDER BY telling, side, nearest, width, always, r.id
    LIMIT {most}
"""
RANKS = ("telling", "side", "nearest", "width", "always")
SOURCE = """
    SELECT i.id AS incident, i.category_id AS category, i.division_id AS division,
           i.position AS place, i.jurisdictions AS kept, %(day)s::date AS day,
           %(working)s::boolean AS working
    FROM incidents_incident i WHERE i.id = ANY(%(incidents)s)
"""
# Written out and prepared: asked for each dispatch, by a batch once for all.
RULES = f"""
SELECT asked.incident, asked.jurisdictions, kept.cell,
       (SELECT max(e.number) FROM dispatch_catalogueedition e
        WHERE e.effective_on <= %(day)s::date) AS version,
       {", ".join(f"rule.{rank} AS rank__{rank}" for rank in RANKS)},
       {prepared.columns("rule", Rule)}, {prepared.columns("unit", Unit)},
       {prepared.columns("place", Division)},
       {prepared.columns("territory", Division)}, {prepared.columns("area", Jurisdiction)},
       EXISTS (SELECT FROM dispatch_worker w WHERE w.unit_id = rule.unit_id) AS has_workers,
       ARRAY(SELECT h.unit_id FROM dispatch_rule_cooperating h WHERE h.rule_id = rule.id
             ORDER BY h.unit_id) AS helpers
FROM ({ASKED.format(source=SOURCE)}) asked
CROSS JOIN LATERAL (
    SELECT hotline_cell(asked.place, asked.division, asked.day) AS cell OFFSET 0
) kept
CROSS JOIN LATERAL ({RANKED.format(force=IN_FORCE, most=WINNER_AND_NEXT)}) rule
JOIN accounts_unit unit ON unit.id = rule.unit_id
JOIN districts_division territory ON territory.code = unit.division_id
LEFT JOIN districts_division place ON place.code = rule.division_id
LEFT JOIN districts_jurisdiction area ON area.code = rule.jurisdiction_id
ORDER BY asked.incident, telling, side, nearest, width, always, rule.id
"""


def rules_for(incidents: Sequence[Incident]) -> dict[int, Rule]:
    """Incident's pk -> its rule, of all of them in one statement; who has none is left out.

    What counts is what is stored of the incidents, the present day and whether offices are open.
    Each rule comes with its unit, the unit's territory, its division and jurisdiction, and with

    has_workers     whether the unit has workers of its own
    helpers         ids of the units that cooperate
    jurisdictions   codes of those the incident lies in, the first to speak first
    cell            code of the grid cell, or None
    version         number of the edition in force, or None before there is one
    ranks           what it was ordered by
    lost            the next two rules, each with `ranks`
    """
    now = timezone.now()
    given = {
        "incidents": [incident.pk for incident in incidents],
        "day": timezone.localdate(now),
        "working": calendar().is_open(now),
    }
    found: dict[int, Rule] = {}
    # A batch has thousands of rows and few rules: each is made into objects once.
    known: dict[int, Rule] = {}
    for row in prepared.rows(RULES, given):
        pk = row["rule__id"]
        rule = of_incident(known.get(pk) or known.setdefault(pk, rule_of(row)), row)
        if (first := found.setdefault(row["incident"], rule)) is not rule:
            first.lost.append(rule)  # type: ignore[attr-defined]
    return found


def rule_for(incident: Incident) -> Rule | None:
    """The one incident's rule, as `rules_for` finds it."""
    return rules_for([incident]).get(incident.pk)


def rule_of(row: dict[str, Any]) -> Rule:
    rule = prepared.part(row, "rule", Rule)
    rule.unit = prepared.part(row, "unit", Unit)
    rule.unit.division = prepared.part(row, "territory", Division)
    rule.division = prepared.part_or_none(row, "place", Division)
    rule.jurisdiction = prepared.part_or_none(row, "area", Jurisdiction)
    return rule


def of_incident(rule: Rule, row: dict[str, Any]) -> Rule:
    """The rule as it speaks about one incident."""
    its = copy(rule)
    same = ("has_workers", "helpers", "jurisdictions", "cell", "version")
    vars(its).update({name: row[name] for name in same})
    vars(its).update(lost=[], ranks={rank: row[f"rank__{rank}"] for rank in RANKS})
    return its


def codes_above(division: Division) -> list[str]:
    """The division and all it lies in, from its own row; a province's code ends in 0000."""
    above = (division.code, division.street_id, division.county_id, division.city_id)
    return [code for code in above if code] + [division.code[:2] + "0000"]
