"""The nearest workers who could go, in one statement that PostgreSQL has planned before.

Written out, a text for each way of asking: to have Django compile it for each incident cost a third
of a dispatch, and a condition such as "the unit, or else the county" would know no index.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils import timezone

from accounts.models import Unit, User
from accounts.scope import code_prefix
from dispatch.continuity import KNOWN
from dispatch.models import Worker
from districts import prepared
from districts.models import Level
from incidents.models import Incident
from incidents.repeats import WITHIN

SHORTLIST = 10
# So many by degrees, as the index has them in order; the shortlist of them is by true metres. A
# degree to the east is 0.73 of one to the north here.
LOOKED_AT = 20
# As the partial index is worded.
FREE = "w.on_shift AND w.open_orders < w.capacity"
OF_UNIT = "w.unit_id = %(unit)s"
IN_COUNTY = "w.county_id = %(county)s"
WITHIN_PREFIX = "w.division_id LIKE %(prefix)s"
SKILLED = "w.skills @> ARRAY[%(skill)s]::varchar[]"
# As an array: asked once, and not for each worker.
NOT_ASKED = """w.id <> ALL (ARRAY(SELECT o.worker_id FROM dispatch_workorder o
        WHERE o.incident_id = %(incident)s))"""
# Nobody is sent to what they asked for themselves.
NO_PARTY = """w.user_id <> ALL (ARRAY(SELECT who.user_id FROM incidents_report r
        JOIN incidents_complainant who ON who.id = r.complainant_id
        WHERE r.incident_id = %(incident)s AND who.user_id IS NOT NULL))"""
WANTED = ("id", "user_id", "unit_id", "division_id", "open_orders", "capacity", "position_at")
# Uncorrelated, so that each is asked once and not for each worker: who finished something for this
# incident or this citizen, and who looks after the grid cell.
KNOWS = f"w.id = ANY(ARRAY(SELECT k.worker FROM ({KNOWN}) k))"
KEEPS_CELL = """w.id = (SELECT c.worker_id FROM dispatch_cellworker c
        WHERE c.cell_id = hotline_cell(%(place)s::geometry, %(division)s, %(day)s))"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which conditions a statement has; what they are compared with comes with the parameters."""

    where: str
    skilled: bool
    again: bool

    @property
    def conditions(self) -> str:
        also = [SKILLED] if self.skilled else []
        also += [] if self.again else [NOT_ASKED]
        return " AND ".join(each for each in (FREE, self.where, NO_PARTY, *also) if each)


@cache
def statement(asked: Asked) -> str:
    """The innermost has the index's own order and no second key: with one, PostgreSQL gave up the
    index and sorted everybody of the county (25 ms of 70,000 workers, where this takes 0.4)."""
    return f"""
SELECT {prepared.columns("w", Worker, *WANTED)},
    {prepared.columns("person", User, "id", "name", "username")},
    w.away,
    coalesce({KNOWS}, false) AS knows, coalesce({KEEPS_CELL}, false) AS keeps_cell
FROM (
    SELECT *, ST_Distance(point::geography, %(place)s::geography) AS away FROM (
        SELECT {", ".join(f"w.{name}" for name in (*WANTED, "point"))} FROM dispatch_worker w
        WHERE {asked.conditions}
        ORDER BY w.point <-> %(place)s::geometry LIMIT {LOOKED_AT}
    ) by_degrees ORDER BY away, id LIMIT {SHORTLIST}
) w JOIN accounts_user person ON person.id = w.user_id
ORDER BY w.away, w.id
"""


def nearest(
    incident: Incident, unit: Unit, *, own_workers: bool, again: bool = False
) -> list[Worker]:
    """The nearest free workers of the unit, or of its territory, by the straight line.

    Each with `user`, `away` in true metres, `knows` and `keeps_cell`. Who declined or missed this
    incident before is asked `again` only by a person.
    """
    found = []
    for row in prepared.rows(*question(incident, unit, own_workers=own_workers, again=again)):
        worker = prepared.part(row, "w", Worker)
        worker.user = prepared.part(row, "person", User)
        vars(worker).update({name: row[name] for name in ("away", "knows", "keeps_cell")})
        found.append(worker)
    return found


def question(
    incident: Incident, unit: Unit, *, own_workers: bool, again: bool
) -> tuple[str, dict[str, Any]]:
    """The statement and what it is given."""
    where, whose = territory(unit, own_workers=own_workers)
    asked = Asked(where, bool(incident.category.skill), again)
    return statement(asked), whose | wanted(incident)


def wanted(incident: Incident) -> dict[str, Any]:
    """What any of the statements may ask for."""
    assert incident.position is not None
    return {
        "place": incident.position.ewkt,
        "division": incident.division_id or "",
        "day": timezone.localdate(),
        "incident": incident.pk,
        "incidents": [incident.pk],
        "within": WITHIN,
        "skill": incident.category.skill,
    }


def territory(unit: Unit, *, own_workers: bool) -> tuple[str, dict[str, Any]]:
    """The condition for where they belong, and what it is compared with."""
    if own_workers:
        return OF_UNIT, {"unit": unit.pk}
    if unit.division.level == Level.COUNTY:
        # By the (county, point) index.
        return IN_COUNTY, {"county": unit.division_id}
    prefix = code_prefix(unit.division)
    return (WITHIN_PREFIX, {"prefix": f"{prefix}%"}) if prefix else ("", {})
