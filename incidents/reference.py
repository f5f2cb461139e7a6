"""The 15 service fields and their categories, from `fixtures/`; loading again updates them."""

import csv
from pathlib import Path

from django.conf import settings
from django.db import transaction

from incidents.models import Category, ServiceField

FIXTURES = Path(settings.BASE_DIR) / "fixtures"


def rows(name: str) -> list[dict[str, str]]:
    with (FIXTURES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@transaction.atomic
def load() -> int:
    """Fields and categories by code; a category no longer listed is retired, never deleted."""
    fields = [ServiceField(**row) for row in rows("service_fields.csv")]
    ServiceField.objects.bulk_create(
        fields,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["number", "name_zh", "name_en", "icon"],
    )
    categories = [category(n, row) for n, row in enumerate(rows("categories.csv"))]
    Category.objects.bulk_create(
        categories,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=[
            "field", "position", "name_zh", "name_en", "limit", "limit_unit", "skill",
            "is_urgent", "is_private", "is_active",
        ],
    )  # fmt: skip
    Category.objects.exclude(pk__in=[c.pk for c in categories]).update(is_active=False)
    return len(categories)


def category(position: int, row: dict[str, str]) -> Category:
    return Category(
        code=row["code"],
        field_id=row["field"],
        position=position,
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        limit=int(row["limit"]) if row["limit"] else None,
        limit_unit=row["limit_unit"],
        skill=row["skill"],
        is_urgent=bool(row["is_urgent"]),
        is_private=bool(row["is_private"]),
    )
