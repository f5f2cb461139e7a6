"""One service manager for every active firm, by territory (deepest first), sector and load.

Set-based: one statement for each kind of manager (level of the territory, sectors), whatever the
number of firms. Whoever is assigned and still fits stays. Each change is kept with its reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from accounts.roles import Role
from enterprises.models import Firm, ManagerChange

# The division at a level above (or at) a firm's own, by its row.
ABOVE = {
    1: "left(d.code, 2) || '0000'",
    2: "d.city_id",
    3: "d.county_id",
    4: "d.street_id",
    5: "left(d.code, 12)",
    6: "d.code",
}
AT_LEVEL = " ".join(f"WHEN {level} THEN {code}" for level, code in ABOVE.items())

# Who no longer fits: the firm closed or moved, the manager left, the territory changed.
# `only`: of these managers; none for all. Each change is written beside it, in one statement.
LET_GO = f"""
WITH changed AS (
    UPDATE enterprises_firm f SET manager_id = NULL
    FROM enterprises_servicemanager m
    JOIN accounts_user u ON u.id = m.user_id
    JOIN districts_division t ON t.code = m.territory_id, districts_division d
    WHERE m.id = f.manager_id AND d.code = f.division_id
      AND (%(only)s::bigint[] IS NULL OR m.id = ANY (%(only)s)) AND NOT (
        f.is_active AND u.is_active AND u.role = %(role)s
        AND CASE t.level {AT_LEVEL} END = t.code
        AND (m.sectors = '{{}}' OR f.sector = ANY (m.sectors)))
    RETURNING f.id, m.id AS before_id, CASE
        WHEN NOT f.is_active THEN 'closed'
        WHEN NOT u.is_active OR u.role <> %(role)s THEN 'left'
        ELSE 'territory' END
)
INSERT INTO enterprises_managerchange (firm_id, before_id, reason) SELECT * FROM changed
"""
# A capacity made smaller keeps the oldest.
RELIEVE = """
WITH held AS (
    SELECT id, manager_id, row_number() OVER (PARTITION BY manager_id ORDER BY id) AS n
    FROM enterprises_firm
    WHERE manager_id IS NOT NULL
      AND (%(only)s::bigint[] IS NULL OR manager_id = ANY (%(only)s))
), changed AS (
    UPDATE enterprises_firm f SET manager_id = NULL
    FROM held JOIN enterprises_servicemanager m ON m.id = held.manager_id
    WHERE f.id = held.id AND held.n > m.capacity
    RETURNING f.id, held.manager_id
)
INSERT INTO enterprises_managerchange (firm_id, before_id, reason)
SELECT id, manager_id, 'full' FROM changed
"""
# Of the deepest territories first; there, who has sectors of their own before who takes all.
KINDS = """
SELECT t.level, m.sectors FROM enterprises_servicemanager m
JOIN districts_division t ON t.code = m.territory_id
GROUP BY t.level, m.sectors
ORDER BY t.level DESC, m.sectors = '{}', cardinality(m.sectors), m.sectors
"""
# Places are dealt out in turn, those of the least loaded first: among equals the loads end up
# within one of each other. `{above}` is of ABOVE.
DEAL = """
WITH peers AS MATERIALIZED (
    SELECT m.id, m.territory_id, m.capacity,
           (SELECT count(*) FROM enterprises_firm f WHERE f.manager_id = m.id) AS load
    FROM enterprises_servicemanager m
    JOIN accounts_user u ON u.id = m.user_id AND u.is_active AND u.role = %(role)s
    JOIN districts_division t ON t.code = m.territory_id AND t.level = %(level)s
    WHERE m.sectors = %(sectors)s::varchar[]
), places AS (
    SELECT id, territory_id,
           row_number() OVER (PARTITION BY territory_id ORDER BY n, id) AS place
    FROM peers, generate_series(load + 1, capacity) AS n
), waiting AS (
    SELECT f.id, {above} AS territory_id,
           row_number() OVER (PARTITION BY {above} ORDER BY f.id) AS place
    FROM enterprises_firm f JOIN districts_division d ON d.code = f.division_id
    WHERE f.manager_id IS NULL AND f.is_active
      AND {above} IN (SELECT territory_id FROM peers)
      AND (%(sectors)s::varchar[] = '{{}}' OR f.sector = ANY (%(sectors)s::varchar[]))
), changed AS (
    UPDATE enterprises_firm f SET manager_id = places.id
    FROM waiting JOIN places USING (territory_id, place)
    WHERE f.id = waiting.id
    RETURNING f.id, f.manager_id
)
INSERT INTO enterprises_managerchange (firm_id, after_id, reason)
SELECT id, manager_id, 'assigned' FROM changed
"""
COUNT = """
SELECT count(*) FILTER (WHERE manager_id IS NOT NULL), count(*) FILTER (WHERE manager_id IS NULL)
FROM enterprises_firm WHERE is_active
"""


# Whoever is at it may take minutes: that is waited for, longer than for a row.
ALONE = """
SET LOCAL lock_timeout = 0;
SELECT pg_advisory_xact_lock(hashtext('enterprises.assigning'))
"""
IF_NOBODY = "SELECT pg_try_advisory_xact_lock(hashtext('enterprises.assigning'))"


@dataclass(frozen=True, slots=True)
class Assigned:
    """`without`: active firms for which there is no manager, or none with room."""

    let_go: int
    new: int
    have: int
    without: int


# Changed themselves, or left while firms are theirs.
DUE = """
SELECT id FROM enterprises_servicemanager WHERE is_due
UNION
SELECT m.id FROM enterprises_servicemanager m JOIN accounts_user u ON u.id = m.user_id
WHERE NOT (u.is_active AND u.role = %(role)s)
  AND EXISTS (SELECT FROM enterprises_firm f WHERE f.manager_id = m.id)
"""
DONE = """
UPDATE enterprises_servicemanager SET is_due = false
WHERE is_due AND (%(only)s::bigint[] IS NULL OR id = ANY (%(only)s))
"""


@transaction.atomic
def assign(only: Sequence[int] | None = None) -> Assigned:
    """For all firms, or of those that have a manager for the firms of `only` these managers.

    Two at a time wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute(ALONE)
        given = {"only": None if only is None else list(only)}
        run(cursor, DONE, **given)
        let_go = run(cursor, LET_GO, role=Role.SERVICE_MANAGER, **given)
        let_go += run(cursor, RELIEVE, **given)
        cursor.execute(KINDS)
        new = sum(deal(cursor, level, sectors) for level, sectors in cursor.fetchall())
        cursor.execute(COUNT)
        have, without = cursor.fetchone()
    return Assigned(let_go, new, have, without)


@transaction.atomic
def reassign_due() -> int:
    """The firms of managers who changed or left, and who has none; returns how many changed.

    While somebody assigns, nothing: beat comes again.
    """
    with connection.cursor() as cursor:
        cursor.execute(IF_NOBODY)
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(DUE, {"role": Role.SERVICE_MANAGER})
        due = [pk for (pk,) in cursor.fetchall()]
    if not due:
        return 0
    done = assign(due)
    return done.let_go + done.new


def by_hand(firm: Firm, before: int | None, user: User) -> None:
    """Note that somebody chose `firm.manager`; a manager chosen anew is no change."""
    if firm.manager_id != before:
        ManagerChange.objects.create(
            firm=firm,
            before_id=before,
            after_id=firm.manager_id,
            reason=ManagerChange.Reason.HAND,
            by=user,
        )


def deal(cursor: Any, level: int, sectors: list[str]) -> int:
    statement = DEAL.format(above=ABOVE[level])
    return run(cursor, statement, level=level, sectors=sectors, role=Role.SERVICE_MANAGER)


def run(cursor: Any, statement: str, **given: Any) -> int:
    cursor.execute(statement, given or None)
    changed: int = cursor.rowcount
    return changed
