"""The grid's counts kept in step with the incidents: in batches from the outbox, not by a trigger.

What an incident counts for is written beside it (`CountedIncident`). A pass compares that with
what it counts for now, and adds the difference to its cells: a merged case, a moved pin, another
category are corrections, and counting the same row twice changes nothing. Reports of wrongdoing are
in no cell. What everybody may read (`Incident.objects.public`) is counted apart, for the public
map.

A pass holds the one row of `RollupState`; whoever dies leaves everything as it was before.
"""

import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from incidents.lifecycle import OPEN
from incidents.models import Incident, Outbox, Status
from maps.cursor import Cursor
from maps.models import CountedIncident, GridCount, RollupState
from maps.news import OVERLAP

BATCH = 5_000
BEGINNING = date(1970, 1, 1)
# Days are kept for so long; who looks further back reads months.
DAYS = 120
UNHAPPY_UP_TO = 2
NOT_COUNTED = (Status.MERGED, Status.INVALID)
Span = GridCount.Span
# Wider than any county: what tables by county are summed from.
COARSEST = 6
LEVELS = (COARSEST, 12, 14, 16, 18)
# No finest cells by month and day: for so few places the incidents themselves are read.
KEPT = [(level, span) for level in LEVELS for span in Span if level < 18 or span == Span.EVER]

COUNTS = """
SELECT i.id, hotline_map_cell(i.position) AS cell, coalesce(d.county_id, '') AS county,
       c.field_id AS field, (i.created_at AT TIME ZONE %(zone)s)::date AS day,
       (i.status = ANY(%(open)s))::int AS open,
       coalesce(coalesce(i.accepted_at, i.ended_at, %(now)s) > i.due_at, false)::int AS late,
       EXISTS (SELECT FROM incidents_callback b
               WHERE b.incident_id = i.id AND (b.is_solved = false OR b.satisfaction <= %(unhappy)s)
              )::int AS unhappy,
       (p.id IS NOT NULL)::int AS public,
       (p.id IS NOT NULL AND i.status = ANY(%(open)s))::int AS public_open
FROM incidents_incident i JOIN incidents_category c ON c.code = i.category_id
LEFT JOIN districts_division d ON d.code = i.division_id
LEFT JOIN (PUBLIC) AS p ON p.id = i.id
WHERE i.position IS NOT NULL AND i.kind <> 'wrongdoing' AND NOT i.status = ANY(%(nothing)s)
"""
MEASURES = ("open", "late", "unhappy", "public", "public_open")
MEASURED = ", ".join(MEASURES)
CELLS = f"level, span, since, cell, field, county, n, {MEASURED}"
FIELDS = f"cell, county, field, day, {MEASURED}"
SUMS = ", ".join(["sum(s) AS n", *(f"sum(s * {name}) AS {name}" for name in MEASURES)])
TOGETHER = ", ".join(f"sum({name})" for name in ("n", *MEASURES))
GIVEN = ", ".join(f"excluded.{name}" for name in FIELDS.split(", "))
ADDED = ", ".join(f"{name} = g.{name} + excluded.{name}" for name in ("n", *MEASURES))
IS_SOMETHING = " OR ".join(f"{name} <> 0" for name in ("n", *MEASURES))
# `signed`: rows of FIELDS and `s`, +1 or -1. All fields together are summed from the few rows by
# field, not from the incidents again.
SPREAD = f"""
WITH by_field AS (
SELECT p.level, p.span,
       CASE p.span WHEN 0 THEN %(beginning)s WHEN 1 THEN date_trunc('month', day)::date
            ELSE day END AS since,
       cell >> (2 * (18 - p.level)) AS cell, field, county, {SUMS}
FROM signed CROSS JOIN unnest(%(levels)s::int[], %(spans)s::int[]) AS p (level, span)
WHERE p.span < 2 OR day >= %(first_day)s
GROUP BY 1, 2, 3, 4, 5, 6
)
SELECT * FROM by_field
UNION ALL
SELECT level, span, since, cell, '', county, {TOGETHER} FROM by_field GROUP BY 1, 2, 3, 4, 6
"""
TAKE = f"""
WITH wanted AS (SELECT DISTINCT unnest(%(ids)s::bigint[]) AS id
), is_now AS ({COUNTS} AND i.id = ANY(%(ids)s::bigint[])
), was AS (
    SELECT k.incident_id AS id, {FIELDS} FROM maps_countedincident k
    WHERE k.incident_id = ANY(%(ids)s::bigint[])
), fresh AS (SELECT * FROM is_now EXCEPT SELECT * FROM was
), stale AS (SELECT * FROM was EXCEPT SELECT * FROM is_now
), gone AS (
    DELETE FROM maps_countedincident k USING stale
    WHERE k.incident_id = stale.id AND NOT EXISTS (SELECT FROM is_now n WHERE n.id = stale.id)
), kept AS (
    INSERT INTO maps_countedincident (incident_id, {FIELDS}) SELECT id, {FIELDS} FROM fresh
    ON CONFLICT (incident_id) DO UPDATE SET ({FIELDS}) = ({GIVEN})
), signed AS (
    SELECT 1 AS s, {FIELDS} FROM fresh UNION ALL SELECT -1, {FIELDS} FROM stale
), delta AS ({SPREAD})
INSERT INTO maps_gridcount AS g ({CELLS})
SELECT * FROM delta WHERE {IS_SOMETHING} ORDER BY 1, 2, 3, 4, 5, 6
ON CONFLICT (level, span, since, cell, field, county) DO UPDATE SET {ADDED}
"""
COUNT_ALL = f"INSERT INTO maps_countedincident (incident_id, {FIELDS}) {COUNTS}"
# In the order of the key: what a map reads lies on few pages.
SPREAD_ALL = f"""
WITH signed AS (SELECT 1 AS s, {FIELDS} FROM maps_countedincident), wanted AS ({SPREAD})
INSERT INTO maps_gridcount ({CELLS})
SELECT * FROM wanted ORDER BY level, span, field, since, cell, county
"""
DIFFERENCES = f"""
WITH signed AS (SELECT 1 AS s, {FIELDS} FROM ({COUNTS}) AS counted
), wanted AS ({SPREAD}
), found AS (
    SELECT {CELLS} FROM maps_gridcount
    WHERE ({IS_SOMETHING}) AND (span < 2 OR since >= %(first_day)s)
), both_ways AS (
    (SELECT * FROM wanted EXCEPT SELECT * FROM found)
    UNION (SELECT * FROM found EXCEPT SELECT * FROM wanted)
)
SELECT DISTINCT level, span, since, cell FROM both_ways ORDER BY 1, 2, 3, 4 LIMIT %(most)s
"""


# Counting everything takes minutes in a large house, which beat does not wait for.
# Millions of rows are sorted and summed; nobody else does so at the time.
MEMORY = "SET LOCAL work_mem = '256MB'"
IF_NOBODY = "SELECT pg_try_advisory_xact_lock(hashtext('maps.rollups'))"
ALONE = "SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock(hashtext('maps.rollups'))"


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell whose counts are not what its incidents say."""

    level: int
    span: int
    since: date
    cell: int


def first_day(now: datetime) -> date:
    return timezone.localdate(now) - timedelta(days=DAYS)


def given(now: datetime, **more: Any) -> dict[str, Any]:
    return {
        "zone": settings.TIME_ZONE,
        "open": list(OPEN),
        "nothing": list(NOT_COUNTED),
        "unhappy": UNHAPPY_UP_TO,
        "now": now,
        "beginning": BEGINNING,
        "levels": [level for level, _span in KEPT],
        "spans": [int(span) for _level, span in KEPT],
        "first_day": first_day(now),
        **more,
    }


@cache
def public_rule() -> tuple[str, dict[str, Any]]:
    """SQL for the ids of what is for everybody, and its values: the rule stays where it is."""
    sql, params = Incident.objects.public().order_by().values("id").query.sql_with_params()
    values = {f"public_{n}": value for n, value in enumerate(params)}
    return sql % tuple(f"%({name})s" for name in values), values


def run(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The rows it gives, if it gives any; PUBLIC in it stands for `public_rule`."""
    rule, more = public_rule()
    with connection.cursor() as cursor:
        cursor.execute(sql.replace("PUBLIC", rule), {**more, **values})
        return cursor.fetchall() if cursor.description else []


# --- Passes --------------------------------------------------------------------------------------


@transaction.atomic
def catch_up() -> bool:
    """Count what changed since the last pass; whether there is more. Somebody else at it: False."""
    state = RollupState.objects.select_for_update(skip_locked=True).first()
    if state is None:
        return not RollupState.objects.exists() and begin()
    now = timezone.now()
    cursor = Cursor(state.highest, gaps={int(k): v for k, v in state.gaps.items()})
    wanted = Outbox.objects.filter(Q(id__gt=cursor.highest) | Q(id__in=cursor.gaps)).order_by("id")
    rows = list(wanted.values_list("id", "incident_id")[:BATCH])
    cursor.seen((row_id for row_id, _incident in rows), time.time())
    ids = {incident for _row, incident in rows} | became_late(state.late_until, now)
    if ids:
        run(TAKE, given(now, ids=sorted(ids)))
    state.highest, state.gaps, state.late_until = cursor.highest, cursor.gaps_since, now
    state.save()
    return len(rows) == BATCH


def became_late(since: datetime, until: datetime) -> set[int]:
    """Open incidents whose due time came between: nothing was written of them."""
    due = Incident.objects.filter(status__in=OPEN, due_at__gt=since, due_at__lte=until)
    return set(due.values_list("pk", flat=True))


def begin() -> bool:
    """The first pass counts everything; while somebody does, the others go away."""
    with connection.cursor() as cursor:
        cursor.execute(IF_NOBODY)
        (is_ours,) = cursor.fetchone()
    if is_ours and not RollupState.objects.exists():
        rebuild()
    return False


@transaction.atomic
def rebuild() -> None:
    """All of it anew; readers see the old counts until it is done."""
    run(ALONE, {})
    run(MEMORY, {})
    RollupState.objects.select_for_update().first()
    now = timezone.now()
    newest = Outbox.objects.order_by("-id").values_list("id", flat=True).first() or 0
    CountedIncident.objects.all().delete()
    GridCount.objects.all().delete()
    run(COUNT_ALL, given(now))
    run(SPREAD_ALL, given(now))
    # Lower ids may still be committing: counting a row twice changes nothing.
    start = {"highest": max(0, newest - OVERLAP), "gaps": {}, "late_until": now}
    RollupState.objects.update_or_create(pk=1, defaults=start)


@transaction.atomic
def differences(most: int = 20) -> list[Difference]:
    """Cells whose counts are not what a recount gives; what is not counted yet is counted first."""
    run(ALONE, {})
    while catch_up():
        pass
    state = RollupState.objects.select_for_update().get()
    return [Difference(*row) for row in run(DIFFERENCES, given(state.late_until, most=most))]


def forget(now: datetime) -> int:
    """Days nobody can ask for any more, and cells that are empty again; returns how many rows."""
    old = Q(span=Span.DAY, since__lt=first_day(now) - timedelta(days=1))
    empty = Q(n=0, **dict.fromkeys(MEASURES, 0))
    return GridCount.objects.filter(old | empty).delete()[0]
