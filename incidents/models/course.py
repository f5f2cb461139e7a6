"""How far a case has come: its clock, what was asked for it, its checks, the pressure on it.

Columns of the incident itself, because every guard of `incidents.lifecycle` reads them from the
one locked row. Database defaults, because `incidents.registration` writes none of them.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit, User
from incidents.models.categories import LimitUnit


class Urgency(models.TextChoices):
    """How soon; empty where only category and kind decide."""

    DANGER = "danger", _("danger to life or property")
    ESSENTIAL = "essential", _("water, power, gas or heat")
    GENERAL = "general", _("general")
    COMPLEX = "complex", _("complex")


class Asked(models.TextChoices):
    """What the unit has asked for and nobody has judged yet."""

    RETURN = "return", _("return")
    EXTENSION = "extension", _("extension")
    PAUSE = "pause", _("pause")


class PauseReason(models.TextChoices):
    """The only reasons for which a clock may stand still."""

    CITIZEN = "citizen", _("waiting for the citizen")
    PROCEDURE = "procedure", _("court or petition procedure")
    SEASON = "season", _("season or weather")
    FUNDS = "funds", _("funds approved, work being procured")


class Clocked(models.Model):
    """The clock: from the first dispatch to the accepted reply, never begun anew."""

    urgency = models.CharField(max_length=10, choices=Urgency.choices, blank=True, db_default="")
    dispatched_at = models.DateTimeField(null=True)
    limit = models.PositiveSmallIntegerField(null=True)
    limit_unit = models.CharField(
        max_length=2, choices=LimitUnit.choices, blank=True, db_default=""
    )
    due_at = models.DateTimeField(_("due"), null=True)
    contact_due_at = models.DateTimeField(null=True)
    contacted_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    pause_reason = models.CharField(
        max_length=10, choices=PauseReason.choices, blank=True, db_default=""
    )
    paused_until = models.DateTimeField(null=True)
    # Time that did not count, in seconds on the wall, told apart from the time used.
    paused_s = models.PositiveIntegerField(db_default=0)
    extended_at = models.DateTimeField(null=True)
    replied_at = models.DateTimeField(null=True)
    # When the reply that was accepted had been given: the clock stopped then.
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # When the ladder of supervision next looks here; a queue as `dispatch_after` is.
    next_rung_at = models.DateTimeField(null=True)
    rungs = models.PositiveSmallIntegerField(db_default=0)

    class Meta:
        abstract = True


class Assigned(models.Model):
    """How it came to its unit, and what the unit has asked for."""

    dispatches = models.PositiveSmallIntegerField(db_default=0)
    dispatched_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    is_designated = models.BooleanField(db_default=False)
    sign_due_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    return_until = models.DateTimeField(null=True)
    asked = models.CharField(max_length=10, choices=Asked.choices, blank=True, db_default="")
    open_cooperations = models.PositiveSmallIntegerField(db_default=0)
    # When somebody of the field should be there, as the citizen is told; written by dispatch.
    expected_at = models.DateTimeField(null=True)
    # A report of wrongdoing: whom it is about, and who therefore never sees it.
    about_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")

    class Meta:
        abstract = True


class Judged(models.Model):
    """Whether it was done well: checks, call-backs, pressure from above."""

    reworks = models.PositiveSmallIntegerField(db_default=0)
    failed_checks = models.PositiveSmallIntegerField(db_default=0)
    is_faked = models.BooleanField(_("faked closing"), db_default=False)
    under_review = models.BooleanField(db_default=False)
    reminders = models.PositiveSmallIntegerField(db_default=0)
    supervised = models.PositiveSmallIntegerField(_("supervised"), db_default=0)
    escalated = models.PositiveSmallIntegerField(_("escalated"), db_default=0)
    repeats = models.PositiveSmallIntegerField(_("repeated"), db_default=0)
    # Not accepted or transferred: who is the right one to ask. All ends: why.
    right_channel = models.CharField(max_length=120, blank=True, db_default="")
    end_reason = models.CharField(max_length=500, blank=True, db_default="")
    # 110, 119, 120 or 122, where an emergency was handed over.
    alarm = models.CharField(max_length=3, blank=True, db_default="")
    alarm_taken_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
