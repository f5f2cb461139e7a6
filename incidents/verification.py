"""Holding the whole history against its chains and its roots, in memory that does not grow."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.utils import timezone

from incidents import chain, roots
from incidents.chain import Kept, Standing
from incidents.days import computed
from incidents.models import NumberDay
from incidents.roots import BEFORE_ALL, ONE_DAY, CrookedLine, Root
from incidents.streams import Row, streamed

# So long after midnight the line of the day before may be missing.
GRACE = timedelta(hours=3)
STANDINGS = """
SELECT i.number, i.status, i.id, e.nth, e.id, (extract(epoch FROM e.at) * 1000000)::bigint,
       e.step, e.actor_id, e.from_status, e.to_status, e.data::text, e.hash
FROM incidents_incident i LEFT JOIN incidents_event e ON e.incident_id = i.id
ORDER BY i.id, e.nth
"""


def findings(now: datetime | None = None) -> Iterator[str]:
    """Everything that is wrong with the history, a sentence each; none where all is well."""
    # One statement sees one moment: who works on meanwhile causes no finding.
    with streamed(STANDINGS) as rows:
        yield from chain.findings(map(standing, rows))
    yield from wrong_roots(now or timezone.now())


def standing(row: Row) -> Standing:
    number, status, *event = row
    if event[1] is None:
        return Standing(number, status, None)
    return Standing(number, status, Kept(*event))


def wrong_roots(now: datetime) -> Iterator[str]:
    """The file line by line, each against the former one and the events it covers."""
    former: Root | None = None
    after, broken = 0, False
    for n, line in enumerate(roots.lines(), start=1):
        try:
            root = Root.read(line)
        except CrookedLine:
            yield f"roots: line {n} was changed, it cannot be read"
            broken = True
            continue
        if former and not broken and date.fromisoformat(root.day) != former.next_day:
            yield f"roots: missing line, {root.day} follows {former.day}"
            broken = True
        # After a gap the former root is not known; the next line can be held against this one.
        if not broken:
            yield from wrong_root(root, former.root if former else BEFORE_ALL, after)
        former, after, broken = root, max(after, root.last or 0), False
    yield from overdue(former, now)


def wrong_root(root: Root, former: str, after: int) -> Iterator[str]:
    found = computed(date.fromisoformat(root.day), former, after, max(after, root.last or 0))
    if found.events != root.events:
        yield (
            f"roots: {root.day} covers {found.events} events and says {root.events}: "
            "events were removed or added, or the line was changed"
        )
    elif found != root:
        yield (
            f"roots: {root.day} does not fit: its line was changed, or one of the events "
            f"{root.first}-{root.last}"
        )


def overdue(newest: Root | None, now: datetime) -> Iterator[str]:
    begun = NumberDay.objects.order_by("day").values_list("day", flat=True).first()
    due = timezone.localdate(now - GRACE) - ONE_DAY
    if begun and begun <= due and (newest is None or newest.day < str(due)):
        yield f"roots: missing line, {due} has none; the newest is {newest.day if newest else '-'}"
