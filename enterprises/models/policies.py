"""What is offered to firms, and to which of them."""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from accounts.scope import code_prefix
from accounts.tracking import tracked
from districts.models import Division
from enterprises.fitting import Terms
from enterprises.models.firms import Firm, Sector, Size
from incidents.models.knowledge import chinese


@tracked(
    "PolicyEvent",
    *("title_zh", "title_en", "text_zh", "text_en", "unit", "valid_from", "valid_to"),
    *("sectors", "sizes"),
)
class Policy(models.Model):
    """惠企政策. What it asks of a firm is data: empty means that it asks for nothing there."""

    title_zh = models.CharField(_("title in Chinese"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=300)
    text_zh = models.TextField(_("text in Chinese"), max_length=4000)
    text_en = models.TextField(_("text in English"), max_length=4000)
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="policies", verbose_name=_("issued by")
    )
    valid_from = models.DateField(_("valid from"), default=timezone.localdate)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    sectors = ArrayField(
        models.CharField(max_length=1, choices=Sector.choices),
        verbose_name=_("sectors"),
        default=list,
        blank=True,
        help_text=_("letters of GB/T 4754, separated by commas; empty: all"),
    )
    sizes = ArrayField(
        models.CharField(max_length=6, choices=Size.choices),
        verbose_name=_("sizes"),
        default=list,
        blank=True,
        help_text=_("micro, small, medium, large, separated by commas; empty: all"),
    )
    # With all that lies below them.
    divisions = models.ManyToManyField(
        Division, blank=True, related_name="+", verbose_name=_("divisions")
    )
    # When the firms it fits were last looked for; none after a change (`enterprises.pushing`).
    pushed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="policy_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(sectors__contained_by=Sector.values)
                & Q(sizes__contained_by=Size.values),
                name="policy_terms_are_known",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return self.title_zh if chinese() else self.title_en

    @property
    def text(self) -> str:
        return self.text_zh if chinese() else self.text_en

    @property
    def terms(self) -> Terms:
        """Reads `divisions`: fetch them with the policies."""
        prefixes = [code_prefix(division) for division in self.divisions.all()]
        return Terms(self.sectors, self.sizes, prefixes, self.valid_from, self.valid_to)

    def clean(self) -> None:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValidationError({"valid_to": _("It must not end before it begins.")})


class PolicyNotice(models.Model):
    """政策找企: this policy was found to fit this firm. `read_at`: when the firm looked at it."""

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="notices")
    firm = models.ForeignKey(Firm, models.PROTECT, related_name="notices", db_index=False)
    made_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("notice of a policy")
        verbose_name_plural = _("notices of policies")
        constraints = [models.UniqueConstraint(fields=["firm", "policy"], name="noticed_once")]

    def __str__(self) -> str:
        return f"{self.policy_id} {self.firm_id}"
