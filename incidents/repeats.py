"""重复诉求: the same person reports the same kind of thing again within 30 days.

Counted where it costs filing nothing: at the first dispatch, and when a report joins an incident.
"""

from datetime import timedelta
from typing import Any

from accounts.models import User
from districts import prepared
from incidents.lifecycle import Step
from incidents.models import Incident
from incidents.transitions import Noted, move

WITHIN = timedelta(days=30)
# So many earlier reports of it: from the third report on it is raised.
RAISED_FROM = 2
MOST = 999
# Who it is, is asked by the index of numbers or by the log-in; both are looked up by an index,
# never by walking through the complainants. The first by each person of the incident counts.
COUNT = """
SELECT least(coalesce(max(n), 0), %(most)s) AS n
FROM incidents_report own
JOIN incidents_complainant who ON who.id = own.complainant_id
CROSS JOIN LATERAL (
    SELECT count(*) AS n
    FROM (
        SELECT id FROM incidents_complainant
        WHERE phone_index = who.phone_index AND phone_index <> ''
        UNION
        SELECT id FROM incidents_complainant WHERE user_id = who.user_id
    ) same
    JOIN incidents_report earlier ON earlier.complainant_id = same.id
    JOIN incidents_incident its ON its.id = earlier.incident_id
    WHERE earlier.id < own.id AND earlier.created_at > own.created_at - %(within)s
      AND earlier.withdrawn_at IS NULL AND its.category_id = %(category)s
) counted
WHERE own.incident_id = %(incident)s AND own.withdrawn_at IS NULL
"""


def of(incident: Incident) -> int:
    """How many earlier reports of this matter the same person made; one statement."""
    given = {
        "incident": incident.pk,
        "category": incident.category_id,
        "within": WITHIN,
        "most": MOST,
    }
    return int(prepared.rows(COUNT, given)[0]["n"])


def counted(incident: Incident) -> tuple[list[Noted], dict[str, Any]]:
    """What the machine notes and writes with its own step when it first looks at an incident."""
    n = of(incident)
    return raised(incident, n), {} if n == incident.repeats else {"repeats": n}


def raised(incident: Incident, n: int) -> list[Noted]:
    """The third time, and each time after it, is an event of its own."""
    is_more = n > incident.repeats and n >= RAISED_FROM
    return [Noted(Step.REPEAT, {"repeats": n})] if is_more else []


def joined(incident: Incident, noted: Noted, actor: User | None) -> Incident:
    """A report has joined the locked incident: note it, and how often its sender asked before."""
    n = max(of(incident), incident.repeats)
    raising = raised(incident, n)
    changes: dict[str, Any] = {} if n == incident.repeats else {"repeats": n}
    move(incident, noted, actor=actor, **changes)
    # Nobody's step but the machine's, whoever filed the report.
    return move(incident, *raising) if raising else incident
