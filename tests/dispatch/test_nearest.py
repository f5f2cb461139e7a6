"""Looking for the nearest: by the index, in true metres."""

import pytest
from django.db import connection

from dispatch.nearest import SHORTLIST, nearest, question
from tests.conftest import DEGREES_OF_100_M, LUXUN_PARK, IncidentMaker, Town, WorkerMaker

# The planner has no other way than the order of an index, if there is one.
NO_OTHER_WAY = """
SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off
"""


@pytest.mark.parametrize("own_workers", [True, False])
def test_the_index_gives_them_in_order(
    incident: IncidentMaker, town: Town, *, own_workers: bool
) -> None:
    """A second key to order by takes that way from the planner, and everybody is sorted."""
    asked, given = question(incident(LUXUN_PARK), town.heping, own_workers=own_workers, again=False)
    with connection.cursor() as cursor:
        cursor.execute(NO_OTHER_WAY)
        cursor.execute(f"EXPLAIN {asked}", given)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Order By: (point <-> " in plan, plan


def test_the_shortlist_is_by_true_metres(
    incident: IncidentMaker, worker: WorkerMaker, town: Town
) -> None:
    """Farther by degrees, nearer on the ground: a degree of longitude is the shorter one here."""
    east, north = LUXUN_PARK
    for n in range(SHORTLIST):
        worker(f"North{n}", (east, north + DEGREES_OF_100_M * (1 + n / 1000)))
    worker("East", (east + 1.1 * DEGREES_OF_100_M, north))
    found = nearest(incident(LUXUN_PARK), town.heping, own_workers=False)
    assert len(found) == SHORTLIST
    assert [each.user.name for each in found][:2] == ["East", "North0"]
    assert [each.away for each in found] == sorted(each.away for each in found)  # type: ignore[attr-defined]
