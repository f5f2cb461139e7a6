"""The 15 service fields, their categories, limits and alarm words, from `fixtures/`.

Every start loads them, and what an administrator changed stays changed. The rule, field by field:

- What the fixtures gave last is remembered (`Shipped`). A field that still has that value gets
  what the fixtures give now; a field that has another was changed by somebody and is left alone,
  for good. So a new edition of the fixtures reaches all that nobody touched.
- A row the fixtures give for the first time is added. One that was given before and is gone was
  deleted by somebody, and is not added again.
- A category the fixtures no longer list is retired (`is_active`), never deleted, by the same rule.
  One the administrator made is none of the fixtures' business.
- A row from before anything was remembered is left as it is, but for the columns that earlier
  versions added and left to this load to fill (`FILLED_HERE`), where they are empty.

Nothing is written where nothing is new.
"""

import csv
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model

from incidents.models import AlarmWord, Category, ServiceField, Shipped, TimeLimit

FIXTURES = Path(settings.BASE_DIR) / "fixtures"
# Added to `incidents_category` without values, which the load of that time wrote at every start.
FILLED_HERE = ("alarm", "is_essential", "words")
# Who changed one of these has chosen both.
TOGETHER = ("limit", "limit_unit")

Values = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """A model, which of its fields name a row, and what the fixtures give for each row."""

    model: type[Model]
    key: tuple[str, ...]
    rows: Callable[[], Iterable[Values]]
    # What becomes of a row the fixtures no longer list; nothing, where empty.
    unlisted: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.model.__name__.lower()

    def key_of(self, row: Mapping[str, Any]) -> str:
        return "/".join(row[name] for name in self.key)


def rows(name: str) -> list[dict[str, str]]:
    with (FIXTURES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def service_fields() -> Iterable[Values]:
    return (row | {"number": int(row["number"])} for row in rows("service_fields.csv"))


def categories() -> Iterable[Values]:
    said = {row["category"]: row["words"].split(";") for row in rows("category_words.csv")}
    for position, row in enumerate(rows("categories.csv")):
        yield category(position, row, said.get(row["code"], []))


def category(position: int, row: dict[str, str], words: list[str]) -> Values:
    return {
        "code": row["code"],
        "field_id": row["field"],
        "position": position,
        "name_zh": row["name_zh"],
        "name_en": row["name_en"],
        "limit": int(row["limit"]) if row["limit"] else None,
        "limit_unit": row["limit_unit"],
        "skill": row["skill"],
        "is_urgent": bool(row["is_urgent"]),
        "is_essential": bool(row["is_essential"]),
        "is_private": bool(row["is_private"]),
        "is_component": bool(row["is_component"]),
        "alarm": row["alarm"],
        "is_active": True,
        "words": words,
    }


def time_limits() -> Iterable[Values]:
    return (row | {"limit": int(row["limit"])} for row in rows("time_limits.csv"))


TABLES = (
    Table(ServiceField, ("code",), service_fields, {}),
    Table(Category, ("code",), categories, {"is_active": False}),
    Table(TimeLimit, ("urgency", "kind"), time_limits, {}),
    Table(AlarmWord, ("word",), lambda: rows("alarm_words.csv"), {}),
)


@transaction.atomic
def load() -> int:
    """Loads what is new, by the rule above; returns how many categories there are."""
    with connection.cursor() as cursor:
        # Two nodes that start at once: the second waits, and finds nothing left to do.
        cursor.execute("LOCK TABLE incidents_shipped IN EXCLUSIVE MODE")
    for table in TABLES:
        load_table(table)
    return Category.objects.count()


def load_table(table: Table) -> None:
    remembered = {row.key: row for row in Shipped.objects.filter(table=table.name)}
    there = {
        table.key_of(vars(found)): found
        for found in table.model._default_manager.select_for_update()
    }
    now = {table.key_of(row): row for row in table.rows()}
    now |= {key: remembered[key].given | table.unlisted for key in gone(table, remembered, now)}
    for key in now.keys() & there.keys():
        known = remembered.get(key)
        update(there[key], now[key], known.given if known else first_met(there[key], now[key]))
    # In the order of the fixtures, which a set has not.
    new = [key for key in now if key not in there and key not in remembered]
    table.model._default_manager.bulk_create(table.model(**now[key]) for key in new)
    remember(table, remembered, now)


def gone(table: Table, remembered: Collection[str], now: Collection[str]) -> set[str]:
    """Given once, no longer listed, and something is to be done about it."""
    return set(remembered) - set(now) if table.unlisted else set()


def first_met(found: Model, values: Values) -> Values:
    """What counts as given before for a row nothing is remembered of: see the last rule."""
    return {
        name: value
        for name, value in values.items()
        if name not in FILLED_HERE or getattr(found, name)
    }


def update(found: Model, values: Values, given: Values) -> None:
    """Each field that was not changed since `given`; one that was not given before is new."""
    held = {name: getattr(found, name) for name in values}
    changed = {name for name in values if held[name] != given.get(name, held[name])}
    if not changed.isdisjoint(TOGETHER):
        changed.update(TOGETHER)
    fresh = {n: value for n, value in values.items() if n not in changed and held[n] != value}
    if fresh:
        vars(found).update(fresh)
        found.save(update_fields=list(fresh))


def remember(table: Table, remembered: Mapping[str, Shipped], now: Mapping[str, Values]) -> None:
    changed = [key for key in now if key in remembered and remembered[key].given != now[key]]
    for key in changed:
        remembered[key].given = now[key]
    Shipped.objects.bulk_update([remembered[key] for key in changed], ["given"])
    Shipped.objects.bulk_create(
        Shipped(table=table.name, key=key, given=now[key]) for key in now if key not in remembered
    )
