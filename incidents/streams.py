"""Long answers of the database, a batch at a time: memory holds no more, however long they are."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

from django.db import connection, transaction

BATCH = 2000
Row = tuple[Any, ...]


@contextmanager
def streamed(sql: str, given: Sequence[Any] = ()) -> Iterator[Iterator[Row]]:
    """The rows of one statement, by a cursor of the server's."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(sql, given)
        yield chain.from_iterable(iter(lambda: cursor.fetchmany(BATCH), []))


def ask(sql: str, given: Sequence[Any] = ()) -> Any:
    """The one value that is asked for."""
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.fetchone()[0]
