"""重复诉求: the same person reports the same kind of thing again within 30 days.

Counted where it costs filing nothing: at the first dispatch, and when a report joins an incident.
"""

from collections.abc import Sequence
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
SELECT own.incident_id AS incident, least(max(n), %(most)s) AS n
FROM incidents_report own
JOIN incidents_incident mine ON mine.id = own.incident_id
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
      AND earlier.withdrawn_at IS NULL AND its.category_id = mine.category_id
) counted
WHERE own.incident_id = ANY(%(incidents)s) AND own.withdrawn_at IS NULL
GROUP BY own.incident_id
"""


def of(incident: Incident) -> int:
    """How many earlier reports of this matter the same person made; one statement."""
    return of_all([incident.pk]).get(incident.pk, 0)


def of_all(incidents: Sequence[int]) -> dict[int, int]:
    """The same of many by their ids, 0 left out; one statement too."""
    given = {"incidents": list(incidents), "within": WITHIN, "most": MOST}
    return {row["incident"]: int(row["n"]) for row in prepared.rows(COUNT, given) if row["n"]}


def counted(incident: Incident) -> tuple[list[Noted], dict[str, Any]]:
    """What the machine notes and writes with its own step when it first looks at an incident."""
    return noted(incident, of(incident))


def noted(incident: Incident, n: int) -> tuple[list[Noted], dict[str, Any]]:
    return raised(incident, n), {} if n == incident.repeats else {"repeats": n}


def raised(incident: Incident, n: int) -> list[Noted]:
    """The third time, and each time after it, is an event of its own."""
    is_more = n > incident.repeats and n >= RAISED_FROM
    return [Noted(Step.REPEAT, {"repeats": n})] if is_more else []


def joined(incident: Incident, told: Noted, actor: User | None) -> Incident:
    """A report has joined the locked incident: note it, and how often its sender asked before."""
    n = max(of(incident), incident.repeats)
    raising = raised(incident, n)
    changes: dict[str, Any] = {} if n == incident.repeats else {"repeats": n}
    move(incident, told, actor=actor, **changes)
    # Nobody's step but the machine's, whoever filed the report.
    return move(incident, *raising) if raising else incident
