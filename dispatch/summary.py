"""What is late, counted: by unit and category, for those who are answerable for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min
from django.utils import timezone

from accounts.models import Unit, User
from dispatch.lists import late, soon
from incidents.models import Category, Incident

MOST = 20


@dataclass(frozen=True, slots=True)
class Late:
    """How many of one category are late or nearly so in one unit; `oldest`: the first due time."""

    unit: Unit | None
    category: Category
    late: int
    soon: int
    oldest: datetime | None


def late_by_unit_and_category(user: User) -> list[Late]:
    """Most late first; three statements, names are looked up only for what is shown."""
    now = timezone.now()
    is_late, is_soon = late(user, now), soon(user, now)
    counted: list[Any] = list(
        Incident.objects.visible_to(user)
        .filter(is_late | is_soon)
        .order_by()
        .values("lead_unit_id", "category_id")
        .annotate(
            late=Count("id", filter=is_late),
            soon=Count("id", filter=is_soon),
            oldest=Min("due_at", filter=is_late),
        )
        .order_by("-late", "-soon", "lead_unit_id", "category_id")[:MOST]
    )
    units = Unit.objects.in_bulk([row["lead_unit_id"] for row in counted if row["lead_unit_id"]])
    categories = Category.objects.in_bulk([row["category_id"] for row in counted])
    return [
        Late(
            units.get(row["lead_unit_id"]),
            categories[row["category_id"]],
            row["late"],
            row["soon"],
            row["oldest"],
        )
        for row in counted
    ]
