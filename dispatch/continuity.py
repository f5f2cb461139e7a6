"""Who knows the matter or the person: workers who finished an order for them before."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from districts import prepared
from incidents.repeats import WITHIN

# Who it is, is asked by the index of numbers or by the log-in, as in `incidents.repeats`.
KNOWN = """
SELECT of.incident, o.worker_id AS worker
FROM (
    SELECT id AS incident, id AS earlier FROM incidents_incident WHERE id = ANY(%s)
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
    WHERE own.incident_id = ANY(%s) AND own.withdrawn_at IS NULL
      AND before.created_at > own.created_at - %s
) of
JOIN dispatch_workorder o ON o.incident_id = of.earlier AND o.status = 'done'
"""


KNOWS = f"dispatch_worker.id = ANY(ARRAY(SELECT k.worker FROM ({KNOWN}) k))"


def known_workers(incidents: Sequence[int]) -> dict[int, frozenset[int]]:
    """Incident -> ids of workers, where there are any; one statement however many."""
    found: dict[int, set[int]] = defaultdict(set)
    for row in prepared.rows(KNOWN, given(incidents)):
        found[row["incident"]].add(row["worker"])
    return {incident: frozenset(workers) for incident, workers in found.items()}


def knows(incident_id: int) -> RawSQL:
    """The same as a column of workers, so that a single dispatch needs no statement of its own."""
    return RawSQL(KNOWS, given([incident_id]), output_field=BooleanField())


def given(incidents: Sequence[int]) -> tuple[Any, ...]:
    return (list(incidents), list(incidents), WITHIN)
