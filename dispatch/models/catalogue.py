"""Which unit is responsible for what, where and when; and the editions of that."""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit, User
from accounts.tracking import tracked
from districts.models import Division, Jurisdiction
from incidents.models import Category, ServiceField


class CatalogueEdition(models.Model):
    """A version of the dispatch catalogue: a draft, then published for a day, with who and why.

    There is one draft at most. A number is given when it is published.
    """

    number = models.PositiveIntegerField(null=True, unique=True)
    why = models.CharField(_("why"), max_length=300, validators=[MinLengthValidator(3)])
    legal_basis = models.CharField(_("legal basis"), max_length=200, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    effective_on = models.DateField(_("in force from"), null=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("edition of the catalogue")
        verbose_name_plural = _("editions of the catalogue")
        constraints = [
            models.UniqueConstraint(
                Value(1), condition=Q(published_at=None), name="one_draft_of_the_catalogue"
            ),
            models.CheckConstraint(
                condition=Q(published_at=None, number=None, effective_on=None)
                | Q(published_at__isnull=False, number__isnull=False, effective_on__isnull=False),
                name="published_with_number_and_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number or _('draft')}: {self.why}"

    @property
    def is_draft(self) -> bool:
        return self.published_at is None


class RuleQuerySet(models.QuerySet["Rule"]):
    def in_force(self, day: date) -> RuleQuerySet:
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)


TWICE = _("There is a rule for this matter in this place.")
# What two rules in force at once, or in one draft, must not have in common.
SAME = (
    *("division_id", "jurisdiction_id", "category_id", "field_id"),
    *("hours", "is_owner"),
)


def or_none(field: str) -> Coalesce:
    """NULL is equal to NULL here: for an exclusion it would be equal to nothing."""
    return Coalesce(field, Value(""), output_field=models.CharField())


@tracked(
    "RuleEvent",
    *("field", "category", "division", "jurisdiction", "hours", "is_owner", "unit", "legal_basis"),
    *("valid_from", "valid_to"),
)
class Rule(models.Model):
    """One line of the dispatch catalogue (派单目录): what x where x when -> lead unit.

    A rule for a category beats one for its field; a rule with neither is the back-stop of its
    place. `dispatch.catalogue` has the whole order. A rule of a draft has no `valid_from` yet.
    """

    class Hours(models.TextChoices):
        ANY = "any", _("at any time")
        WORKING = "working", _("in working time")
        OUTSIDE = "outside", _("outside working time")

    field = models.ForeignKey(
        ServiceField, models.PROTECT, null=True, blank=True, verbose_name=_("service field")
    )
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, verbose_name=_("category")
    )
    division = models.ForeignKey(
        Division,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="rules",
        verbose_name=_("division"),
    )
    jurisdiction = models.ForeignKey(
        Jurisdiction,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="rules",
        verbose_name=_("jurisdiction"),
    )
    hours = models.CharField(
        _("when"), max_length=8, choices=Hours.choices, default=Hours.ANY, blank=True
    )
    is_owner = models.BooleanField(
        _("owner of the component"),
        default=False,
        help_text=_("of a component asked first, of an event after the territory"),
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="rules", verbose_name=_("responsible unit")
    )
    cooperating = models.ManyToManyField(
        Unit, blank=True, related_name="+", verbose_name=_("cooperating units")
    )
    legal_basis = models.CharField(_("legal basis"), max_length=200, blank=True)
    # In which edition it began and in which it ends; null: it was there before editions were.
    edition = models.ForeignKey(
        CatalogueEdition, models.CASCADE, null=True, blank=True, related_name="rules"
    )
    ended_by = models.ForeignKey(
        CatalogueEdition, models.SET_NULL, null=True, blank=True, related_name="ended"
    )
    valid_from = models.DateField(
        _("valid from"), null=True, blank=True, default=timezone.localdate
    )
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = RuleQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("catalogue rule")
        verbose_name_plural = _("dispatch catalogue")
        indexes = [
            models.Index(fields=["division", "category", "field"], name="rule_of_a_place"),
        ]
        constraints = [
            ExclusionConstraint(
                name="one_rule_for_a_thing_and_place",
                expressions=[
                    (or_none("division"), RangeOperators.EQUAL),
                    (or_none("jurisdiction"), RangeOperators.EQUAL),
                    (or_none("category"), RangeOperators.EQUAL),
                    (or_none("field"), RangeOperators.EQUAL),
                    ("hours", RangeOperators.EQUAL),
                    (
                        Func("is_owner", function="int4", output_field=models.IntegerField()),
                        RangeOperators.EQUAL,
                    ),
                    (
                        Func(
                            "valid_from",
                            "valid_to",
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(valid_from__isnull=False),
                violation_error_message=TWICE,
            ),
            models.CheckConstraint(
                condition=Q(category__isnull=True) | Q(field__isnull=True),
                name="rule_for_category_or_field",
            ),
            models.CheckConstraint(
                condition=Q(division__isnull=False) | Q(jurisdiction__isnull=False),
                name="rule_has_a_place",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=models.F("valid_from")),
                name="rule_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        what = self.category or self.field or _("everything else")
        # On a form that was refused it may have no place.
        return f"{what} · {self.jurisdiction or self.division or '–'}"

    @property
    def place(self) -> Division | Jurisdiction:
        """Where it speaks: the jurisdiction, where it has one, within the division."""
        found = self.jurisdiction or self.division
        assert found is not None
        return found

    def clean(self) -> None:
        self.hours = self.hours or self.Hours.ANY
        if self.field_id and self.category_id:
            either = _("A rule is for a service field or for a category; for neither: for all.")
            raise ValidationError({"category": either})
        if not (self.division_id or self.jurisdiction_id):
            raise ValidationError({"division": _("Say where: a division or a jurisdiction.")})
        # A form without the days would pass by the constraint, which tells it only afterwards.
        if self.rivals().exists():
            raise ValidationError(TWICE)

    def rivals(self) -> RuleQuerySet:
        """Others for the same thing, place and time: in the same draft, or in force with it."""
        same = Rule.objects.exclude(pk=self.pk)
        same = same.filter(**{name: getattr(self, name) for name in SAME})
        if self.valid_from is None:
            return same.filter(edition=self.edition, valid_from=None)
        return same.filter(Q(valid_to=None) | Q(valid_to__gt=self.valid_from))
