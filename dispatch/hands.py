"""The free workers of some pools in columns, as the matching takes them; one statement."""

from collections.abc import Collection
from typing import Any

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from dispatch.candidates import limits
from dispatch.matching import Hands, Pool
from districts import prepared

# A column each, not a row each: ten thousand objects would cost more than all the rest of a batch;
# and as the bytes of its numbers, since arrays of 70,000 written as text took half a second.
FREE = """
SELECT string_agg(int8send(id), '') AS ids, string_agg(float8send(ST_X(point)), '') AS longitude,
    string_agg(float8send(ST_Y(point)), '') AS latitude, string_agg(int8send(unit_id), '') AS unit,
    string_agg(int8send(rpad(division_id, 15, '0')::bigint), '') AS place,
    string_agg(float8send(open_orders), '') AS in_hand,
    string_agg(float8send(capacity), '') AS capacity,
    string_agg(float8send(coalesce(position_at > %(fresh)s, false)::int), '') AS fresh,
    string_agg(' ' || array_to_string(skills, ' ') || ' ', ',') AS skills
FROM dispatch_worker
WHERE on_shift AND open_orders < capacity
  AND (county_id = ANY(%(counties)s) OR division_id LIKE ANY(%(wide)s) OR unit_id = ANY(%(units)s))
"""
# As PostgreSQL sends them: the highest byte first.
WHOLE, NUMBER = np.dtype(">i8"), np.dtype(">f8")
TYPES = {
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
    columns = {name: numbers(row[name] or b"", kind) for name, kind in TYPES.items()}
    order = np.argsort(columns["ids"])
    skills = row["skills"].split(",") if row["skills"] else []
    return Hands(
        **{name: column[order] for name, column in columns.items()},
        skills=[skills[n] for n in order.tolist()],
    )


def numbers(sent: bytes, kind: "np.dtype[Any]") -> NDArray[Any]:
    """In this machine's own order of bytes."""
    return np.frombuffer(sent, dtype=kind).astype(kind.newbyteorder("="))
