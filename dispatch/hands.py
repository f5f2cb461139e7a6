"""The free workers of some pools in columns, as the matching takes them; one statement."""

from collections.abc import Collection
from typing import Any

import numpy as np
from django.utils import timezone

from dispatch.candidates import limits
from dispatch.matching import Hands, Pool
from districts import prepared

# A column each, not a row each: ten thousand objects would cost more than all the rest of a batch.
FREE = """
SELECT array_agg(id) AS ids, array_agg(ST_X(point)) AS longitude,
    array_agg(ST_Y(point)) AS latitude, array_agg(unit_id) AS unit,
    array_agg(rpad(division_id, 15, '0')::bigint) AS place, array_agg(open_orders) AS in_hand,
    array_agg(capacity) AS capacity,
    array_agg((coalesce(position_at > %(fresh)s, false))::int) AS fresh,
    array_agg(' ' || array_to_string(skills, ' ') || ' ') AS skills
FROM (
    SELECT * FROM dispatch_worker
    WHERE on_shift AND open_orders < capacity
      AND (county_id = ANY(%(counties)s) OR division_id LIKE ANY(%(wide)s)
           OR unit_id = ANY(%(units)s))
    ORDER BY id
) free
"""
WHOLE, NUMBER = np.int64, np.float64
TYPES: dict[str, Any] = {
    "ids": WHOLE,
    "longitude": NUMBER,
    "latitude": NUMBER,
    "unit": WHOLE,
    "place": WHOLE,
    "in_hand": NUMBER,
    "capacity": NUMBER,
    "fresh": NUMBER,
}


def free_hands(pools: Collection[Pool]) -> Hands:
    """On shift, below capacity, of a unit or a territory of these pools."""
    of_units = {pool.unit for pool in pools if pool.unit}
    prefixes = {pool.prefix for pool in pools if not pool.unit}
    given = {
        "fresh": timezone.now() - limits().fresh,
        "units": sorted(of_units),
        "counties": sorted({prefix[:6] for prefix in prefixes if len(prefix) >= 6}),
        "wide": sorted(f"{prefix}%" for prefix in prefixes if len(prefix) < 6),
    }
    (row,) = prepared.rows(FREE, given)
    columns = {name: np.array(row[name] or [], dtype=kind) for name, kind in TYPES.items()}
    return Hands(**columns, skills=row["skills"] or [])
