"""What units ask for, whom they contacted, whom they asked to help, and what they replied."""

from django.contrib.gis.db.models import PointField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit, User
from dispatch.models.work import Assignment
from incidents.models import Asked, Incident, Outcome, PauseReason


class Application(models.Model):
    """申请: a unit asks for a return, an extension or a pause; somebody else judges it."""

    class Verdict(models.TextChoices):
        WAITING = "", _("waiting")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")
        DROPPED = "dropped", _("overtaken")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="applications")
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="applications")
    asks = models.CharField(max_length=10, choices=Asked.choices)
    reason = models.CharField(max_length=500)
    # A return: on which rule it is not ours. An extension: working days more. A pause: until when.
    basis = models.CharField(max_length=300, blank=True)
    days = models.PositiveSmallIntegerField(null=True)
    pause_reason = models.CharField(max_length=10, choices=PauseReason.choices, blank=True)
    until = models.DateTimeField(null=True)
    suggested_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    verdict = models.CharField(max_length=8, choices=Verdict.choices, blank=True, default="")
    verdict_reason = models.CharField(max_length=500, blank=True)
    judged_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    judged_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident"], condition=Q(verdict=""), name="one_open_application"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="application_has_a_reason"),
            # Nobody judges what they asked for.
            models.CheckConstraint(
                condition=Q(judged_by__isnull=True) | ~Q(judged_by=models.F("asked_by")),
                name="application_judged_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.asks} {self.verdict}"


class ContactLog(models.Model):
    """联系记录: somebody of the unit talked, or tried to talk, to the citizen."""

    class Way(models.TextChoices):
        TELEPHONE = "telephone", _("telephone")
        VISIT = "visit", _("visit")
        MESSAGE = "message", _("message")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="contact_log")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    way = models.CharField(max_length=10, choices=Way.choices)
    reached = models.BooleanField()
    note = models.CharField(max_length=500)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.way}"


class Reply(models.Model):
    """办理结果: what the lead unit says was done; each rework ends with a new one."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="replies")
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="replies")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    outcome = models.CharField(max_length=20, choices=Outcome.choices)
    public_text = models.TextField()
    internal_note = models.TextField(blank=True)
    # Cooperating units disagree, or have not answered: said instead of hidden.
    dissent = models.TextField(blank=True)
    # "Cannot be solved now": when it will be.
    planned_for = models.DateField(null=True)
    # Where the photo after the work was taken, and how far from the place that is.
    photo_point = PointField(srid=4326, null=True, spatial_index=False)
    photo_away_m = models.FloatField(null=True)
    seconds_used = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(public_text=""), name="reply_has_a_text"),
            models.CheckConstraint(
                condition=~Q(outcome=Outcome.NOT_NOW) | Q(planned_for__isnull=False),
                name="not_now_has_a_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.outcome}"
