"""Open incidents whose place changed hands: kept where they are, or dispatched anew."""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from districts.models import AreaImport, Edition
from incidents.models import Incident


class HandOver(models.Model):
    """One open incident that lies in another jurisdiction or division than before."""

    class Decision(models.TextChoices):
        WAITING = "", _("waiting")
        KEEP = "keep", _("stays where it is")
        DISPATCH = "dispatch", _("dispatched anew")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="hand_overs")
    # What changed: jurisdictions by an import, or the divisions by an edition.
    since = models.ForeignKey(AreaImport, models.PROTECT, null=True, related_name="hand_overs")
    edition = models.ForeignKey(Edition, models.PROTECT, null=True, related_name="hand_overs")
    before = ArrayField(models.CharField(max_length=40))
    after = ArrayField(models.CharField(max_length=40))
    made_at = models.DateTimeField(auto_now_add=True)
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True, default="")
    reason = models.CharField(max_length=300, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "since", "edition"],
                nulls_distinct=False,
                name="handed_over_once",
            ),
        ]
        indexes = [
            models.Index("id", condition=Q(decision=""), name="handover_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.decision}"

    @property
    def day(self) -> date | None:
        """Since when it lies elsewhere."""
        source = self.since or self.edition
        return source.effective_on if source else None
