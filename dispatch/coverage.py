"""What the catalogue leaves open, and what in it can never speak."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from dispatch.catalogue import ASKED, IN_FORCE, RANKED
from dispatch.models import Rule
from incidents.models import Category

# Every category in use in every county, in or outside working time, outside of all jurisdictions.
EVERYWHERE = """
    SELECT row_number() OVER () AS incident, c.code AS category, d.code AS division,
           NULL::geometry AS place, ARRAY[]::varchar[] AS kept, %(day)s::date AS day,
           %(working)s::boolean AS working
    FROM incidents_category c CROSS JOIN districts_division d
    WHERE c.is_active AND d.is_active AND d.level = 3
"""
UNCOVERED = f"""
SELECT asked.category, count(*) FILTER (WHERE rule.telling = 2),
       count(*) FILTER (WHERE rule.telling IS NULL), count(*),
       (array_agg(asked.division ORDER BY asked.division)
        FILTER (WHERE rule.telling IS NULL OR rule.telling = 2))[1:5]
FROM ({ASKED.format(source=EVERYWHERE)}) asked
LEFT JOIN LATERAL ({RANKED.format(force=IN_FORCE, most=1)}) rule ON true
GROUP BY asked.category
HAVING bool_or(rule.telling IS NULL OR rule.telling = 2)
ORDER BY 3 DESC, 2 DESC, 1
"""


@dataclass(frozen=True)
class Uncovered:
    """A category; in how many counties it falls to the back-stop, and in how many to nobody.

    `hours`: `any` where working time makes no difference, else `working` or `outside`.
    """

    category: Category
    hours: str
    back_stop: int
    nobody: int
    counties: int
    examples: Sequence[str]


def uncovered() -> list[Uncovered]:
    """A line a category, two where the time makes a difference; two statements and the names."""
    hours = Rule.Hours
    by_day, by_night = uncovered_when(working=True), uncovered_when(working=False)
    always = [row for row in by_day if row in by_night]
    lines = [(hours.ANY, row) for row in always]
    lines += [(hours.WORKING, row) for row in by_day if row not in always]
    lines += [(hours.OUTSIDE, row) for row in by_night if row not in always]
    known = Category.objects.select_related("field").in_bulk([row[0] for _when, row in lines])
    return [Uncovered(known[code], when, *rest) for when, (code, *rest) in lines]


def uncovered_when(*, working: bool) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(UNCOVERED, {"day": timezone.localdate(), "working": working})
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


# --- Conflicts ----------------------------------------------------------------------------------

# Rules that are or will be in force, with all the divisions they lie in.
RULES = """
    SELECT r.*, ARRAY[d.code, d.parent_id, d.street_id, d.county_id, d.city_id,
                      left(d.code, 2) || '0000'] AS within
    FROM dispatch_rule r LEFT JOIN districts_division d ON d.code = r.division_id
    WHERE r.valid_from IS NOT NULL AND (r.valid_to IS NULL OR r.valid_to > %(day)s)
"""
# Each gives (rule, the one that always speaks before it or null).
NEVER = {
    "retired_category": """
        SELECT r.id, NULL::bigint FROM rules r JOIN incidents_category c ON c.code = r.category_id
        WHERE NOT c.is_active""",
    "retired_division": """
        SELECT r.id, NULL::bigint FROM rules r JOIN districts_division d ON d.code = r.division_id
        WHERE NOT d.is_active""",
    "no_boundary": """
        SELECT r.id, NULL::bigint FROM rules r
        WHERE r.jurisdiction_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM districts_jurisdictionboundary b
            WHERE b.jurisdiction_id = r.jurisdiction_id
              AND (b.valid_to IS NULL OR b.valid_to > %(day)s))""",
    "apart": """
        SELECT r.id, NULL::bigint FROM rules r
        WHERE r.jurisdiction_id IS NOT NULL AND r.division_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM districts_jurisdictionboundary b
            JOIN districts_boundary d ON d.division_id = r.division_id
            WHERE b.jurisdiction_id = r.jurisdiction_id AND ST_Intersects(b.geom, d.geom)
              AND (b.valid_to IS NULL OR b.valid_to > %(day)s)
              AND (d.valid_to IS NULL OR d.valid_to > %(day)s))""",
    "both_hours": """
        SELECT r.id, min(s.id) FROM rules r JOIN rules s
          ON (s.division_id, s.jurisdiction_id, s.category_id, s.field_id, s.is_owner)
             IS NOT DISTINCT FROM
             (r.division_id, r.jurisdiction_id, r.category_id, r.field_id, r.is_owner)
        WHERE r.hours = 'any' AND s.hours <> 'any' GROUP BY r.id HAVING count(*) = 2""",
    "other_side": """
        SELECT r.id, min(s.id) FROM rules r JOIN incidents_category c ON c.code = r.category_id
        JOIN rules s ON s.category_id = r.category_id AND s.division_id = ANY(r.within)
        WHERE r.is_owner <> c.is_component AND s.is_owner = c.is_component
          AND s.hours = 'any' AND s.jurisdiction_id IS NULL GROUP BY r.id""",
    "all_categories": """
        SELECT r.id, NULL::bigint FROM rules r
        WHERE r.field_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM incidents_category c
            WHERE c.field_id = r.field_id AND c.is_active AND NOT EXISTS (
                SELECT FROM rules s WHERE s.category_id = c.code AND s.hours = 'any'
                  AND s.jurisdiction_id IS NULL AND s.division_id = ANY(r.within)))""",
}
CONFLICTS = f"WITH rules AS ({RULES}) " + " UNION ALL ".join(
    f"SELECT '{why}', found.* FROM ({sql}) AS found" for why, sql in NEVER.items()
)


@dataclass(frozen=True)
class Conflict:
    """A rule that can never win, why (a key of NEVER), and the one that always does."""

    rule: Rule
    why: str
    before: Rule | None


def conflicts() -> list[Conflict]:
    with connection.cursor() as cursor:
        cursor.execute(CONFLICTS, {"day": timezone.localdate()})
        rows: list[Any] = cursor.fetchall()
    wanted = {pk for _why, *pair in rows for pk in pair if pk}
    related = ("category", "field", "division", "jurisdiction", "unit")
    known = Rule.objects.select_related(*related).in_bulk(wanted)
    return [Conflict(known[pk], why, known.get(before)) for why, pk, before in rows]
