"""The heatmap's cells as JSON, made by PostgreSQL in one statement: numbers of cells and counts.

Where a cell lies the browser works out from its number (`maps.cells`): twenty thousand of them are
some 200 KB, and no Python touches any.
"""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.scope import Scope
from maps import heat
from maps.heat import Asked

MOST = 20_000
# More would be told than anybody sees in a day's picture.
MOST_A_DAY = 2_000
NOTHING = '{{"level": {level}, "cells": []}}'
# `[cell, count, cell, count, ...]`, in the order of cells: neighbours are alike, and pack well.
POINTS = """
SELECT '{{"level": {level}, "cells": [' || coalesce(string_agg(c || ',' || m, ',' ORDER BY c), '')
       || ']}}'
FROM (
    SELECT c >> {shift} AS c, sum(m) AS m FROM ({now}) AS n (c, m) GROUP BY 1
    HAVING sum(m) > 0 ORDER BY 2 DESC LIMIT {most}
) AS q
"""
# `[cell, count now, count then, ...]`: those that changed most.
CHANGES = """
SELECT '{{"level": {level}, "compared": true, "cells": ['
       || coalesce(string_agg(c || ',' || m || ',' || e, ',' ORDER BY c), '') || ']}}'
FROM (
    SELECT c, sum(m) AS m, sum(e) AS e FROM (
        SELECT c >> {shift} AS c, m, 0 AS e FROM ({now}) AS n (c, m)
        UNION ALL SELECT c >> {shift_then}, 0, m FROM ({then}) AS n (c, m)
    ) AS both_of_them GROUP BY 1
    HAVING sum(m) <> sum(e) ORDER BY abs(sum(m) - sum(e)) DESC, 1 LIMIT {most}
) AS q
"""
DAYS = """
SELECT '{{"level": {level}, "days": ['
       || string_agg('["' || day || '",' || whole || ',[' || cells || ']]', ',' ORDER BY day)
       || ']}}'
FROM (
    SELECT g.day::date AS day, coalesce(sum(m), 0) AS whole,
           coalesce(string_agg(c || ',' || m, ',' ORDER BY c) FILTER (WHERE k <= {most}), '')
           AS cells
    FROM generate_series(%s::date, %s::date, '1 day') AS g (day)
    LEFT JOIN (
        SELECT day, c, m, row_number() OVER (PARTITION BY day ORDER BY m DESC, c) AS k FROM (
            SELECT day, c >> {shift} AS c, sum(m) AS m FROM ({now}) AS n (day, c, m) GROUP BY 1, 2
        ) AS each_of_them WHERE m > 0
    ) AS q ON q.day = g.day::date GROUP BY 1
) AS told
"""


def points(user: User, asked: Asked) -> str:
    """`{"level": 14, "cells": [cell, n, ...]}`, of a comparison `[cell, now, then, ...]`."""
    level = heat.level_of(Scope.of(user))
    shift = 2 * (heat.fineness(user, level) - level)
    now = heat.columns(user, asked, level)
    if not asked.shift:
        return one(POINTS, level, shift, now=now, most=MOST)
    then, found_level = heat.columns_before(user, asked, level)
    shift_then = 2 * (found_level - level)
    return one(CHANGES, level, shift, now=now, then=then, shift_then=shift_then, most=MOST)


def days(user: User, asked: Asked) -> str:
    """`{"level": 12, "days": [["2026-11-28", n, [cell, n, ...]], ...]}`, oldest first."""
    played = Asked(asked.measure, heat.PLAYED, asked.field)
    scope, today = Scope.of(user), timezone.localdate()
    # A whole province day by day: cells of 7 km, or the answer would be megabytes.
    level = 12 if scope.prefix == "" else heat.level_of(scope)
    shift = 2 * (heat.fineness(user, level) - level)
    rows = heat.columns(user, played, level, "day")
    first = [played.begins(today), today]
    return one(DAYS, level, shift, now=rows, most=MOST_A_DAY, given=first)


def one(sql: str, level: int, shift: int, given: Any = (), **parts: Any) -> str:
    """Run it with its querysets put in; nobody's incidents are no cells."""
    params = list(given)
    for name in ("now", "then"):
        rows = parts.get(name)
        if isinstance(rows, QuerySet):
            try:
                parts[name], more = rows.query.sql_with_params()
            except EmptyResultSet:
                return NOTHING.format(level=level)
            params += more
    with connection.cursor() as cursor:
        cursor.execute(sql.format(level=level, shift=shift, **parts), params)
        (text,) = cursor.fetchone()
    return str(text)
