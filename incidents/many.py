"""Writing many rows that are locked already, each with its own values, in one statement."""

import json
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Field, Model


def write(rows: Sequence[Model], names: Collection[str]) -> None:
    """As `save(update_fields=names)` of each; all of one model, none of the columns geometry."""
    if not rows:
        return
    meta = rows[0]._meta
    known: dict[str, Field[Any, Any]] = {each.name: each for each in meta.concrete_fields}
    assert meta.pk is not None
    fields = [known[name] for name in sorted(names)]
    key, columns = quoted(meta.pk), [quoted(each) for each in fields]
    types = ", ".join(f"{quoted(each)} {each.db_type(connection)}" for each in (meta.pk, *fields))
    sql = (
        f"UPDATE {meta.db_table} AS old SET "
        + ", ".join(f"{column} = new.{column}" for column in columns)
        + f" FROM jsonb_to_recordset(%s::jsonb) AS new({types}) WHERE old.{key} = new.{key}"
    )
    given = [{each.column: stored(each, row) for each in (meta.pk, *fields)} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(sql, [json.dumps(given, default=to_text)])


def quoted(field: "Field[Any, Any]") -> str:
    return connection.ops.quote_name(str(field.column))


def stored(field: "Field[Any, Any]", row: Model) -> Any:
    return field.pre_save(row, add=False)


def to_text(value: Any) -> str:
    """To the microsecond, unlike Django's own encoder."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
