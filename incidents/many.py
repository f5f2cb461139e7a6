"""Writing many rows with their own values in one statement, whose text does not grow with them.

Django's own `bulk_create` and `bulk_update` write each value into the text: of a batch of
dispatches that was half the cost.
"""

import json
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Field, Model
from django.db.models.expressions import DatabaseDefault

from districts import prepared

Fields = Sequence["Field[Any, Any]"]


def insert(rows: Sequence[Model]) -> None:
    """All new, of one model, none of the columns geometry; they get their ids.

    What the database fills in by itself (`db_default`) is left to it in all of them.
    """
    if not rows:
        return
    meta = rows[0]._meta
    fields = [
        each
        for each in meta.concrete_fields
        if not each.primary_key and not isinstance(each.value_from_object(rows[0]), DatabaseDefault)
    ]
    columns = ", ".join(quoted(each) for each in fields)
    sql = (
        f"INSERT INTO {meta.db_table} ({columns}) SELECT {columns} FROM ROWS FROM"
        f" (jsonb_to_recordset(%s::jsonb) AS ({types(fields)})) WITH ORDINALITY"
        f" ORDER BY ordinality RETURNING id"
    )
    made = prepared.rows(sql, [as_json(rows, fields, add=True)])
    for row, its in zip(rows, made, strict=True):
        row.pk = its["id"]
        row._state.adding = False


def write(rows: Sequence[Model], names: Collection[str]) -> None:
    """As `save(update_fields=names)` of each, all locked; none of the columns geometry."""
    if not rows:
        return
    meta = rows[0]._meta
    known: dict[str, Field[Any, Any]] = {each.name: each for each in meta.concrete_fields}
    assert meta.pk is not None
    key, fields = meta.pk, [known[name] for name in sorted(names)]
    sql = (
        f"UPDATE {meta.db_table} AS old SET "
        + ", ".join(f"{quoted(each)} = new.{quoted(each)}" for each in fields)
        + f" FROM jsonb_to_recordset(%s::jsonb) AS new({types([key, *fields])})"
        + f" WHERE old.{quoted(key)} = new.{quoted(key)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [as_json(rows, [key, *fields], add=False)])


def types(fields: Fields) -> str:
    return ", ".join(f"{quoted(each)} {column_type(each)}" for each in fields)


def column_type(field: "Field[Any, Any]") -> str:
    """Of the column itself; an id's own type would bring its sequence with it."""
    return str(field.cast_db_type(connection)).replace("serial", "bigint")


def as_json(rows: Sequence[Model], fields: Fields, *, add: bool) -> str:
    given = [{each.column: stored(each, row, add=add) for each in fields} for row in rows]
    return json.dumps(given, default=to_text)


def quoted(field: "Field[Any, Any]") -> str:
    return connection.ops.quote_name(str(field.column))


def stored(field: "Field[Any, Any]", row: Model, *, add: bool) -> Any:
    return field.pre_save(row, add=add)


def to_text(value: Any) -> str:
    """To the microsecond, unlike Django's own encoder."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return "\\x" + bytes(value).hex()
    return str(value)
