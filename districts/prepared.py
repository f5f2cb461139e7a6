"""What every report asks, planned by PostgreSQL once a connection and not once a report.

Django's own cursor writes the parameters into the text, which PostgreSQL then parses and plans
each time; for `locate` that was two thirds of its cost. Here they travel apart, and after a few
times psycopg has the statement prepared (`HOTLINE_PREPARED`).

A statement names its columns: `SELECT *` would fail on kept connections once a migration adds one.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import Field, Model
from psycopg.rows import dict_row

M = TypeVar("M", bound=Model)
Given = Mapping[str, Any] | Sequence[Any]


class Prepared(ServerBindingCursor):
    """Named, so that nobody (`accounts.tracking`) writes a second command before ours.

    A prepared statement is one command.
    """

    name = "prepared"


def rows(sql: str, given: Given) -> list[dict[str, Any]]:
    """Through Django's cursor, with its checks, errors and log; each row by its columns' names."""
    with connection.cursor() as cursor:
        cursor.cursor = Prepared(connection.connection, row_factory=dict_row)  # type: ignore[call-arg]
        cursor.execute(sql, given)
        found: list[dict[str, Any]] = cursor.fetchall()
        return found


def objects(model: type[M], sql: str, given: Given) -> list[M]:
    """As `model.objects.raw`: fields not asked for are deferred, other columns are attributes."""
    names = [field.attname for field in model._meta.concrete_fields]
    return [made(model, [name for name in names if name in row], row) for row in rows(sql, given)]


def columns(alias: str, model: type[Model], *names: str) -> str:
    """Columns of `alias` (all, or those of the fields named), named `alias__column`: several models
    come in one row."""
    return ", ".join(f"{alias}.{each} AS {alias}__{each}" for each in columns_of(model, names))


def columns_of(model: type[Model], names: Collection[str]) -> list[str]:
    fields = [each for each in model._meta.concrete_fields if not names or each.attname in names]
    return [str(each.column) for each in fields]


def part(row: dict[str, Any], alias: str, model: type[M]) -> M:
    """The model that `columns` asked for under this alias; fields not asked for are deferred."""
    values = {
        each.attname: valued(each, row[key])
        for each in model._meta.concrete_fields
        if (key := f"{alias}__{each.column}") in row
    }
    return made(model, list(values), values)


def part_or_none(row: dict[str, Any], alias: str, model: type[M]) -> M | None:
    """The same of what is joined from the left: nothing where its key is NULL."""
    assert model._meta.pk is not None
    return None if row[f"{alias}__{model._meta.pk.column}"] is None else part(row, alias, model)


def valued(field: "Field[Any, Any]", value: Any) -> Any:
    """As Django's compiler would turn it: JSON comes as text, a geometry as hexadecimal EWKB."""
    if value is None:
        return None
    if isinstance(field, GeometryField):
        return GEOSGeometry(value)
    convert = getattr(field, "from_db_value", None)
    return convert(value, None, connection) if convert else value


def made(model: type[M], names: list[str], row: dict[str, Any]) -> M:
    found = model.from_db(connection.alias, names, [row.pop(name) for name in names])
    vars(found).update(row)
    return found
