"""Who looked after a firm before, and why that changed."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from enterprises.models.firms import Firm, ServiceManager
from enterprises.models.kept import append_only


class ManagerChange(models.Model):
    """管家变更: written with each change of a firm's manager, never changed afterwards.

    By the million in one statement, out of rows it holds: the database checks no foreign key
    for them, and neither firms nor managers are ever deleted.
    """

    class Reason(models.TextChoices):
        ASSIGNED = "assigned", _("assigned")
        TERRITORY = "territory", _("territory or sectors changed")
        LEFT = "left", _("manager left")
        FULL = "full", _("manager had too many firms")
        CLOSED = "closed", _("firm closed")
        HAND = "hand", _("by hand")

    firm = models.ForeignKey(
        Firm, models.PROTECT, related_name="manager_changes", db_constraint=False
    )
    before = models.ForeignKey(
        ServiceManager,
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    after = models.ForeignKey(
        ServiceManager,
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    reason = models.CharField(_("reason"), max_length=9, choices=Reason.choices)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("change of manager")
        verbose_name_plural = _("changes of managers")
        triggers = [append_only()]
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=["assigned", "territory", "left", "full", "closed", "hand"])
                & (Q(before__isnull=False) | Q(after__isnull=False)),
                name="manager_change_says_why",
            )
        ]
        # What a manager no longer has; most rows give a firm its first one and stay out of it.
        indexes = [
            models.Index("before", "at", condition=Q(before__isnull=False), name="manager_gone")
        ]

    def __str__(self) -> str:
        return f"{self.firm_id} {self.reason}"
