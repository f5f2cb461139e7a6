"""Who knows the matter, the person or the place: workers who finished an order for them before, and
who looks after the grid cell; and who must not be sent."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.utils import timezone

from districts import prepared
from incidents.repeats import WITHIN

# Who it is, is asked by the index of numbers or by the log-in, as in `incidents.repeats`.
KNOWN = """
SELECT of.incident, o.worker_id AS worker
FROM (
    SELECT id AS incident, id AS earlier FROM incidents_incident WHERE id = ANY(%(incidents)s)
    UNION
    SELECT own.incident_id, before.incident_id
    FROM incidents_report own
    JOIN incidents_complainant who ON who.id = own.complainant_id
    CROSS JOIN LATERAL (
        SELECT id FROM incidents_complainant
        WHERE phone_index = who.phone_index AND phone_index <> ''
        UNION
        SELECT id FROM incidents_complainant WHERE user_id = who.user_id
    ) same
    JOIN incidents_report before ON before.complainant_id = same.id
    WHERE own.incident_id = ANY(%(incidents)s) AND own.withdrawn_at IS NULL
      AND before.created_at > own.created_at - %(within)s
) of
JOIN dispatch_workorder o ON o.incident_id = of.earlier AND o.status = 'done'
"""


# Each incident's cell, where cells are drawn, and the cell's worker.
KEEPERS = """
SELECT i.id AS incident, c.worker_id AS worker FROM incidents_incident i
JOIN dispatch_cellworker c ON c.cell_id = hotline_cell(i.position, i.division_id, %(day)s)
WHERE i.id = ANY(%(incidents)s)
"""


# Who declined or missed it is not asked again by the machine; who asked for it is never sent.
NOT_FOR = """
SELECT o.incident_id AS incident, o.worker_id AS worker FROM dispatch_workorder o
WHERE o.incident_id = ANY(%(incidents)s)
UNION
SELECT r.incident_id, w.id FROM incidents_report r
JOIN incidents_complainant who ON who.id = r.complainant_id
JOIN dispatch_worker w ON w.user_id = who.user_id
WHERE r.incident_id = ANY(%(incidents)s)
"""


def known_workers(incidents: Sequence[int]) -> dict[int, frozenset[int]]:
    """Incident -> ids of workers, where there are any; one statement however many."""
    return by_incident(prepared.rows(KNOWN, {"incidents": list(incidents), "within": WITHIN}))


def not_for(incidents: Sequence[int]) -> dict[int, frozenset[int]]:
    """Incident -> ids of workers who are not asked, where there are any; one statement."""
    return by_incident(prepared.rows(NOT_FOR, {"incidents": list(incidents)}))


def by_incident(rows: Iterable[dict[str, int]]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        found[row["incident"]].add(row["worker"])
    return {incident: frozenset(workers) for incident, workers in found.items()}


def cell_workers(incidents: Sequence[int]) -> dict[int, int]:
    """Incident -> id of the worker of its grid cell, where there is one; one statement."""
    given = {"incidents": list(incidents), "day": timezone.localdate()}
    return {row["incident"]: row["worker"] for row in prepared.rows(KEEPERS, given)}
