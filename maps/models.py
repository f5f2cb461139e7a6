"""What this package keeps of its own: bulletins. Everything else it only reads."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class Bulletin(models.Model):
    """月报: a month's figures as they were counted, frozen. A correction is another edition.

    `data` is what `maps.bulletin.count` gave: `total`, `counties`, `departments`, `excluded`.
    """

    month = models.DateField(_("month"), help_text=_("its first day"))
    edition = models.PositiveSmallIntegerField(_("edition"), default=1)
    # Which formulas: maps.bulletin.FORMULA at the time.
    formula = models.CharField(_("formula"), max_length=20)
    data = models.JSONField()
    made_at = models.DateTimeField(db_default=Now())
    # Nobody: the house itself, when the month was over.
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        ordering = ["-month", "-edition"]
        verbose_name = _("bulletin")
        verbose_name_plural = _("bulletins")
        constraints = [
            models.UniqueConstraint(fields=["month", "edition"], name="bulletin_edition_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="bulletin_of_a_month"),
            models.CheckConstraint(
                condition=Q(edition=1) | Q(reason__regex=r"\S"), name="restated_for_a_reason"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="bulletins_stay", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}/{self.edition}"


class KeptCount(models.Model):
    """What took long to count, by its name (`maps.kept_counts`); it may be lost at any time."""

    name = models.CharField(max_length=60, unique=True)
    counted_at = models.DateTimeField()
    fresh_until = models.DateTimeField()
    data = models.JSONField()

    class Meta:
        ordering = ["name"]
        verbose_name = _("kept count")
        verbose_name_plural = _("kept counts")

    def __str__(self) -> str:
        return self.name


class OpenDay(models.Model):
    """The open data of one day are published: files at `maps.open_files.name_of`, made once."""

    day = models.DateField(_("day"), unique=True)
    lines = models.PositiveIntegerField(_("lines"))
    # How many incidents stand in no line; told to nobody outside.
    withheld = models.PositiveIntegerField(_("withheld"))
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-day"]
        verbose_name = _("day of open data")
        verbose_name_plural = _("days of open data")

    def __str__(self) -> str:
        return f"{self.day}"
