"""What every report asks, planned by PostgreSQL once a connection and not once a report.

Django's own cursor writes the parameters into the text, which PostgreSQL then parses and plans
each time; for `locate` that was two thirds of its cost. Here they travel apart, and after a few
times psycopg has the statement prepared (`HOTLINE_PREPARED`).

A statement names its columns: `SELECT *` would fail on kept connections once a migration adds one.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import Model
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


def made(model: type[M], names: list[str], row: dict[str, Any]) -> M:
    found = model.from_db(connection.alias, names, [row.pop(name) for name in names])
    vars(found).update(row)
    return found
