"""Which unit is responsible for what, where."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from accounts.tracking import tracked
from districts.models import Division
from incidents.models import Category, ServiceField


@tracked("RuleEvent", "field", "category", "division", "unit", "legal_basis")
class Rule(models.Model):
    """One line of the dispatch catalogue (派单目录): category or field x division -> lead unit.

    A rule for a category beats one for its field, the deeper division beats the wider one; a rule
    with neither category nor field is the back-stop of its division.
    """

    field = models.ForeignKey(
        ServiceField, models.PROTECT, null=True, blank=True, verbose_name=_("service field")
    )
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, verbose_name=_("category")
    )
    division = models.ForeignKey(
        Division, models.PROTECT, related_name="rules", verbose_name=_("division")
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="rules", verbose_name=_("responsible unit")
    )
    legal_basis = models.CharField(_("legal basis"), max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("catalogue rule")
        verbose_name_plural = _("dispatch catalogue")
        constraints = [
            models.UniqueConstraint(
                fields=["division", "category", "field"],
                nulls_distinct=False,
                name="one_rule_for_a_thing_and_place",
                violation_error_message=_("There is a rule for this matter in this division."),
            ),
            models.CheckConstraint(
                condition=Q(category__isnull=True) | Q(field__isnull=True),
                name="rule_for_category_or_field",
            ),
        ]

    def __str__(self) -> str:
        what = self.category or self.field or _("everything else")
        return f"{what} · {self.division}"

    def clean(self) -> None:
        if self.field_id and self.category_id:
            either = _("A rule is for a service field or for a category; for neither: for all.")
            raise ValidationError({"category": either})
