"""每月一题: a kind of trouble the province works on for a time, in public."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from districts.models import Division
from incidents.models.categories import Category


def chosen(zh: str, en: str) -> str:
    """The words in the language of the page."""
    return zh if (get_language() or "zh").startswith("zh") else en


class TopicQuerySet(models.QuerySet["Topic"]):
    def begun(self) -> "TopicQuerySet":
        """What everybody is shown: from its first day on, also when it is over."""
        return self.filter(starts__lte=timezone.localdate())


class Topic(models.Model):
    """`baseline`: how many were open when it began, as counted then, for everybody to compare."""

    slug = models.SlugField(_("short name in the address"), max_length=60, unique=True)
    title_zh = models.CharField(_("Chinese title"), max_length=80)
    title_en = models.CharField(_("English title"), max_length=120)
    purpose_zh = models.TextField(_("what for, in Chinese"), max_length=1000)
    purpose_en = models.TextField(_("what for, in English"), max_length=1000)
    categories = models.ManyToManyField(
        Category, verbose_name=_("categories"), related_name="topics"
    )
    divisions = models.ManyToManyField(
        Division, verbose_name=_("only in"), related_name="topics", blank=True
    )
    starts = models.DateField(_("first day"))
    ends = models.DateField(_("last day"))
    baseline = models.PositiveIntegerField(_("open when it began"), null=True, blank=True)
    # Made to show what a topic looks like.
    is_demo = models.BooleanField(default=False)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["-starts", "-id"]
        verbose_name = _("topic of the month")
        verbose_name_plural = _("topics of the month")
        constraints = [
            models.CheckConstraint(condition=Q(ends__gte=F("starts")), name="topic_ends_later"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return chosen(self.title_zh, self.title_en)

    @property
    def purpose(self) -> str:
        return chosen(self.purpose_zh, self.purpose_en)

    @property
    def is_running(self) -> bool:
        return self.starts <= timezone.localdate() <= self.ends


class TopicPost(models.Model):
    """News of a topic, or who changed it (`is_change`, for the desk alone); never changed."""

    topic = models.ForeignKey(Topic, models.PROTECT, related_name="posts")
    text_zh = models.TextField(_("in Chinese"), max_length=2000)
    text_en = models.TextField(_("in English"), max_length=2000)
    is_change = models.BooleanField(default=False)
    author = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        verbose_name = _("news of a topic")
        verbose_name_plural = _("news of topics")

    def __str__(self) -> str:
        return f"{self.topic_id} {self.at}"

    @property
    def text(self) -> str:
        return chosen(self.text_zh, self.text_en)
