"""The knowledge base: what the hotline answers, in versions, each owned by a unit."""

from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit, User
from accounts.roles import EDITING_KNOWLEDGE
from incidents.models.categories import Category, ServiceField

# So long before its end an answer is listed to be renewed.
RENEW_BEFORE = timedelta(days=30)


class KnowledgeItemQuerySet(models.QuerySet["KnowledgeItem"]):
    def editable_by(self, user: User) -> "KnowledgeItemQuerySet":
        """Items of the unit of this editor or duty manager, and of the units below it."""
        if user.role not in EDITING_KNOWLEDGE or user.unit_id is None:
            return self.none()
        return self.filter(unit__lineage__contains=[user.unit_id])


class KnowledgeItem(models.Model):
    """One question with its answer through all its versions; the counts are of all of them."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="knowledge", verbose_name=_("unit"))
    views = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(_("this answered it"), default=0)
    created_at = models.DateTimeField(db_default=Now())

    objects = KnowledgeItemQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("knowledge item")
        verbose_name_plural = _("knowledge items")

    def __str__(self) -> str:
        return f"K{self.pk}"


class KnowledgeVersionQuerySet(models.QuerySet["KnowledgeVersion"]):
    def shown(self, on: date | None = None) -> "KnowledgeVersionQuerySet":
        """What may be given as an answer on this day (today): published and in force."""
        day = on or timezone.localdate()
        return self.filter(
            Q(valid_to=None) | Q(valid_to__gte=day),
            state=KnowledgeVersion.State.PUBLISHED,
            valid_from__lte=day,
        )

    def to_renew(self) -> "KnowledgeVersionQuerySet":
        """Published, and at its end or soon to be; the most overdue first."""
        soon = timezone.localdate() + RENEW_BEFORE
        return self.filter(state=KnowledgeVersion.State.PUBLISHED, valid_to__lt=soon).order_by(
            "valid_to", "id"
        )

    def editable_by(self, user: User) -> "KnowledgeVersionQuerySet":
        return self.filter(item__in=KnowledgeItem.objects.editable_by(user))


class KnowledgeVersion(models.Model):
    """One wording of an item. What was published is never changed: a new version replaces it."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_REVIEW = "in_review", _("in review")
        PUBLISHED = "published", _("published")
        RETIRED = "retired", _("retired")

    item = models.ForeignKey(KnowledgeItem, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.DRAFT)
    question_zh = models.CharField(_("question in Chinese"), max_length=200)
    question_en = models.CharField(_("question in English"), max_length=300, blank=True)
    answer_zh = models.TextField(_("answer in Chinese"), max_length=2000)
    answer_en = models.TextField(_("answer in English"), max_length=2000, blank=True)
    # 相似问法: found by, never shown as the question.
    also_asked = models.CharField(_("also asked as"), max_length=400, blank=True)
    field = models.ForeignKey(
        ServiceField, models.PROTECT, null=True, blank=True, verbose_name=_("service field")
    )
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, verbose_name=_("category")
    )
    source = models.CharField(_("legal basis or source"), max_length=300, blank=True)
    valid_from = models.DateField(_("valid from"), default=timezone.localdate)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    # Everybody who wrote on this version: none of them reviews it.
    writers = ArrayField(models.BigIntegerField(), default=list)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    reviewer = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    review_note = models.CharField(max_length=400, blank=True)
    changed_at = models.DateTimeField(auto_now=True)
    published_at = models.DateTimeField(null=True)
    words = models.GeneratedField(
        expression=Func(
            F("question_zh"),
            F("question_en"),
            F("also_asked"),
            F("answer_zh"),
            F("answer_en"),
            function="hotline_answer_words",
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = KnowledgeVersionQuerySet.as_manager()

    class Meta:
        ordering = ["item", "-number"]
        verbose_name = _("version of a knowledge item")
        verbose_name_plural = _("versions of knowledge items")
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="knowledge_version_once"),
            models.UniqueConstraint(
                fields=["item"], condition=Q(state="published"), name="knowledge_one_published"
            ),
            models.UniqueConstraint(
                fields=["item"],
                condition=Q(state__in=["draft", "in_review"]),
                name="knowledge_one_in_the_making",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="knowledge_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(reviewer__isnull=False),
                name="knowledge_published_was_reviewed",
            ),
        ]
        indexes = [
            GinIndex("words", name="knowledge_words"),
            GinIndex(
                OpClass(F("question_zh"), "gin_trgm_ops"),
                OpClass(F("question_en"), "gin_trgm_ops"),
                name="knowledge_question_like",
            ),
        ]

    def __str__(self) -> str:
        return self.question_zh

    @property
    def question(self) -> str:
        return self.question_zh if chinese() else self.question_en or self.question_zh

    @property
    def answer(self) -> str:
        return self.answer_zh if chinese() else self.answer_en or self.answer_zh

    @property
    def is_expired(self) -> bool:
        return self.valid_to is not None and self.valid_to < timezone.localdate()

    def wording(self) -> dict[str, Any]:
        """What a new version starts from."""
        return {name: getattr(self, name) for name in WORDING}


# What an editor writes.
WORDING = (
    "question_zh", "question_en", "answer_zh", "answer_en", "also_asked", "field", "category",
    "source", "valid_from", "valid_to",
)  # fmt: skip


def chinese() -> bool:
    return (get_language() or "zh").startswith("zh")
