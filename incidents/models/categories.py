"""What can be asked: fields, categories with their limits, kinds."""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.tracking import tracked
from incidents.models.alarms import AlarmWord

# Above zero, and short enough that a due date can be reckoned.
LIMIT_RANGE = (MinValueValidator(1), MaxValueValidator(999))


class Named(models.Model):
    """A thing with a Chinese and an English name."""

    name_zh = models.CharField(_("Chinese name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=80)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        chinese = (get_language() or "zh").startswith("zh")
        return self.name_zh if chinese else self.name_en


@tracked("ServiceFieldEvent", "name_zh", "name_en", "number", "icon")
class ServiceField(Named):
    """One of the 15 public-service fields."""

    code = models.SlugField(_("code"), primary_key=True, max_length=40)
    number = models.PositiveSmallIntegerField(_("number"), unique=True)
    icon = models.CharField(_("icon"), max_length=8)

    class Meta:
        ordering = ["number"]
        verbose_name = _("service field")
        verbose_name_plural = _("service fields")


class LimitUnit(models.TextChoices):
    """The words of `worktime.TimeUnit`, translated."""

    HOURS = "h", _("hours")
    DAYS = "d", _("days")
    WORKING_HOURS = "wh", _("working hours")
    WORKING_DAYS = "wd", _("working days")


class CategoryQuerySet(models.QuerySet["Category"]):
    def in_use(self) -> "CategoryQuerySet":
        """What a citizen may choose, with its field, in the order shown."""
        return self.filter(is_active=True).select_related("field")


@tracked(
    "CategoryEvent",
    *("name_zh", "name_en", "field", "position", "limit", "limit_unit", "skill", "alarm"),
    *("is_urgent", "is_essential", "is_private", "is_component", "is_active", "words"),
)
class Category(Named):
    """A sub-type of a service field, with its own limit and the skill its field task needs."""

    code = models.SlugField(_("code"), primary_key=True, max_length=40)
    field = models.ForeignKey(
        ServiceField, models.PROTECT, related_name="categories", verbose_name=_("service field")
    )
    position = models.PositiveSmallIntegerField(_("position in its field"))
    limit = models.PositiveSmallIntegerField(
        _("limit"), null=True, blank=True, validators=LIMIT_RANGE
    )
    limit_unit = models.CharField(
        _("unit of the limit"), max_length=2, choices=LimitUnit.choices, blank=True
    )
    skill = models.SlugField(
        _("skill"), max_length=30, blank=True, help_text=_("what a worker must be able to do")
    )
    is_urgent = models.BooleanField(_("danger to life or property"), default=False)
    is_essential = models.BooleanField(_("water, power, gas or heat"), default=False)
    alarm = models.CharField(
        _("emergency service"),
        max_length=3,
        blank=True,
        default="",
        choices=AlarmWord.Call.choices,
        help_text=_("alarmed as soon as it is reported"),
    )
    is_private = models.BooleanField(
        _("private"), default=False, help_text=_("never shown near others or on the public map")
    )
    is_component = models.BooleanField(
        _("component"),
        default=False,
        help_text=_(
            "a thing that somebody owns: goes to its owner first, an event to the territory"
        ),
    )
    is_active = models.BooleanField(
        _("in use"), default=True, help_text=_("a retired category is offered to nobody any more")
    )
    # What people say when they mean it, in both languages; `incidents.suggest` listens for it.
    words = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_("words that suggest it"),
        default=list,
        blank=True,
        help_text=_("separated by commas"),
    )

    objects = CategoryQuerySet.as_manager()

    class Meta:
        ordering = ["field__number", "position"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = [
            models.CheckConstraint(
                condition=Q(limit__isnull=True, limit_unit="")
                | Q(limit__isnull=False) & ~Q(limit_unit=""),
                name="limit_has_a_unit",
            ),
            models.CheckConstraint(condition=Q(limit__gt=0), name="category_limit_above_zero"),
        ]

    def clean(self) -> None:
        if self.limit is None and self.limit_unit:
            raise ValidationError({"limit": _("A unit of the limit needs a limit.")})
        if self.limit is not None and not self.limit_unit:
            raise ValidationError({"limit_unit": _("A limit needs its unit.")})


class Kind(models.TextChoices):
    CONSULTATION = "consultation", _("consultation")
    HELP = "help", _("help")
    COMPLAINT = "complaint", _("complaint")
    WRONGDOING = "wrongdoing", _("report of wrongdoing")
    SUGGESTION = "suggestion", _("suggestion")
    PRAISE = "praise", _("praise")
