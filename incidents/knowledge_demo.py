"""The demo's answers: invented texts, written and reviewed by the demo's own accounts."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Unit, User
from accounts.roles import Role
from incidents.models import KnowledgeItem, KnowledgeVersion
from incidents.reference import rows

VALID_FOR = timedelta(days=365)


@transaction.atomic
def load() -> int:
    """Once, where the knowledge base is empty; how many were loaded."""
    if KnowledgeItem.objects.exists():
        return 0
    author = User.objects.filter(role=Role.KNOWLEDGE_EDITOR).first()
    reviewer = User.objects.filter(role=Role.DUTY_MANAGER).first()
    units = {unit.code: unit for unit in Unit.objects.filter(code__in=UNITS)}
    if author is None or reviewer is None:
        return 0
    given = [row for row in rows("knowledge.csv") if row["unit"] in units]
    items = KnowledgeItem.objects.bulk_create(KnowledgeItem(unit=units[r["unit"]]) for r in given)
    KnowledgeVersion.objects.bulk_create(
        version(item, row, author, reviewer) for item, row in zip(items, given, strict=True)
    )
    return len(items)


UNITS = frozenset(row["unit"] for row in rows("knowledge.csv"))


def version(
    item: KnowledgeItem, row: dict[str, str], author: User, reviewer: User
) -> KnowledgeVersion:
    today = timezone.localdate()
    texts = ("question_zh", "question_en", "answer_zh", "answer_en", "also_asked", "source")
    return KnowledgeVersion(
        item=item,
        number=1,
        state=KnowledgeVersion.State.PUBLISHED,
        field_id=row["field"],
        category_id=row["category"],
        valid_from=today,
        valid_to=today + VALID_FOR,
        author=author,
        writers=[author.pk],
        reviewer=reviewer,
        published_at=timezone.now(),
        **{name: row[name] for name in texts},
    )
