"""A draft of the catalogue tried on what was reported lately, before it is in force."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import Unit
from dispatch.catalogue import ASKED, IN_FORCE, RANKED
from dispatch.models import CatalogueEdition
from incidents.clocks import calendar
from incidents.models import Incident

LAST = 10_000
# As each was reported: the hour of the report, the jurisdictions it was given or would be today.
SOURCE = """
    SELECT i.id AS incident, i.category_id AS category, i.division_id AS division,
           i.position AS place, i.jurisdictions AS kept, %(day)s::date AS day, t.working
    FROM unnest(%(incidents)s::bigint[], %(working)s::boolean[]) AS t(id, working)
    JOIN incidents_incident i ON i.id = t.id
"""
DRAFTED = f"r.edition_id = %(draft)s OR r.ended_by_id IS DISTINCT FROM %(draft)s AND {IN_FORCE}"
CHANGED = f"""
SELECT asked.incident, old.unit_id, new.unit_id
FROM ({ASKED.format(source=SOURCE)}) asked
LEFT JOIN LATERAL ({RANKED.format(force=IN_FORCE, most=1)}) old ON true
LEFT JOIN LATERAL ({RANKED.format(force=DRAFTED, most=1)}) new ON true
WHERE old.unit_id IS DISTINCT FROM new.unit_id
ORDER BY asked.incident DESC
"""


@dataclass(frozen=True)
class Elsewhere:
    """An incident, and the ids of the units it goes to now and would go to; None: to nobody."""

    incident: int
    now: int | None
    then: int | None


@dataclass(frozen=True)
class Trial:
    """What a draft would do to the last incidents, newest first."""

    tried: int
    elsewhere: Sequence[Elsewhere]

    def by_units(self) -> list[tuple[Unit | None, Unit | None, int]]:
        """From which unit to which, and how many, most first."""
        counted = Counter((each.now, each.then) for each in self.elsewhere)
        units = Unit.objects.in_bulk({pk for pair in counted for pk in pair if pk})
        return [
            (units.get(now or 0), units.get(then or 0), n)
            for (now, then), n in sorted(counted.items(), key=lambda each: (-each[1], str(each[0])))
        ]


def tried(draft: CatalogueEdition, last: int = LAST) -> Trial:
    """Two statements, whatever the number. Nothing is written."""
    placed = Incident.objects.filter(division__isnull=False).order_by("-pk")
    lately = list(placed.values_list("pk", "created_at")[:last])
    days = calendar()
    given: dict[str, Any] = {
        "incidents": [pk for pk, _at in lately],
        "working": [days.is_open(at) for _pk, at in lately],
        "day": timezone.localdate(),
        "draft": draft.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(CHANGED, given)
        return Trial(len(lately), [Elsewhere(*row) for row in cursor.fetchall()])
