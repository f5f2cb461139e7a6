"""Whether the citizen agrees: checks of replies and call-backs."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from incidents.models.incidents import Incident
from incidents.models.reports import Report


class Satisfaction(models.IntegerChoices):
    VERY_DISSATISFIED = 1, _("very dissatisfied")
    DISSATISFIED = 2, _("dissatisfied")
    BASICALLY = 3, _("basically satisfied")
    SATISFIED = 4, _("satisfied")
    VERY_SATISFIED = 5, _("very satisfied")


# What counts as satisfied in the published rate.
SATISFIED = (Satisfaction.BASICALLY, Satisfaction.SATISFIED, Satisfaction.VERY_SATISFIED)


class Reason(models.TextChoices):
    """Why a citizen is not satisfied: what can be counted, beside the words."""

    NOT_DONE = "not_done", _("not done, or not wholly")
    SLOW = "slow", _("took too long")
    NO_CONTACT = "no_contact", _("nobody got in touch")
    ATTITUDE = "attitude", _("manner of the staff")
    PASSED_ON = "passed_on", _("passed from one to the next")
    UNCLEAR = "unclear", _("reply not clear or not to the point")
    UNTRUE = "untrue", _("reply does not match what was done")
    POLICY = "policy", _("does not agree with the rule itself")
    OTHER = "other", _("something else")


class CallBack(models.Model):
    """回访 of one report after one reply: asked until it says something or cannot be reached."""

    class Result(models.TextChoices):
        WAITING = "", _("waiting")
        AGREED = "agreed", _("solved and satisfied")
        EXPLAINED = "explained", _("not solved, explanation accepted")
        DISAGREED = "disagreed", _("not solved or not satisfied")
        UNREACHABLE = "unreachable", _("not reached")
        NO_CONTACT = "no_contact", _("left no way to be reached")
        # A fault found after the citizen was asked: this answer counts for the next reply no more.
        OVERTAKEN = "overtaken", _("overtaken by rework")

    class Way(models.TextChoices):
        """How the citizen said it."""

        NONE = "", _("not said")
        CALL = "call", _("on the telephone")
        LINK = "link", _("by link")
        TEXT = "text", _("by SMS")

    report = models.ForeignKey(Report, models.PROTECT, related_name="call_backs")
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="call_backs")
    round = models.PositiveSmallIntegerField(default=1)
    result = models.CharField(max_length=12, choices=Result.choices, blank=True, default="")
    is_solved = models.BooleanField(null=True)
    satisfaction = models.PositiveSmallIntegerField(choices=Satisfaction.choices, null=True)
    words = models.CharField(max_length=500, blank=True)
    reasons = ArrayField(
        models.CharField(max_length=12, choices=Reason.choices), default=list, blank=True
    )
    way = models.CharField(max_length=4, choices=Way.choices, blank=True, default="")
    agent = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    next_attempt_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("call-back")
        verbose_name_plural = _("call-backs")
        constraints = [
            models.UniqueConstraint(fields=["report", "round"], name="one_call_back_a_round"),
            models.CheckConstraint(
                condition=Q(satisfaction__isnull=True) | Q(satisfaction__range=(1, 5)),
                name="satisfaction_in_five_levels",
            ),
            models.CheckConstraint(
                condition=Q(result="", done_at__isnull=True)
                | ~Q(result="") & Q(done_at__isnull=False),
                name="call_back_done_with_a_result",
            ),
            models.CheckConstraint(
                condition=Q(reasons__contained_by=list(Reason.values)), name="reasons_are_known"
            ),
        ]
        indexes = [
            models.Index("next_attempt_at", "id", condition=Q(result=""), name="call_back_queue"),
            models.Index("incident", "round", name="call_back_of_incident"),
            BrinIndex(fields=["done_at"], autosummarize=True, name="call_back_months"),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} #{self.round} {self.result}"


class Attempt(models.Model):
    """One try to reach the citizen."""

    class Reached(models.TextChoices):
        YES = "yes", _("reached")
        NO_ANSWER = "no_answer", _("no answer")
        BUSY = "busy", _("busy")
        SWITCHED_OFF = "switched_off", _("switched off")
        WRONG_NUMBER = "wrong_number", _("wrong number")
        DECLINED = "declined", _("does not want to talk")

    call_back = models.ForeignKey(CallBack, models.PROTECT, related_name="attempts")
    agent = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    reached = models.CharField(max_length=12, choices=Reached.choices)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.call_back_id} {self.reached}"


class LowScore(models.Model):
    """A citizen said by link or SMS that they are not satisfied: somebody calls within a day."""

    call_back = models.OneToOneField(CallBack, models.PROTECT, related_name="low_score")
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    # False: not reached in any of the attempts.
    is_reached = models.BooleanField(null=True)
    heard = models.CharField(max_length=500, blank=True)
    agent = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["due_at", "pk"]
        verbose_name = _("low score")
        verbose_name_plural = _("low scores")
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, is_reached__isnull=True)
                | Q(done_at__isnull=False, is_reached__isnull=False),
                name="low_score_done_with_a_result",
            )
        ]
        indexes = [
            models.Index("due_at", "id", condition=Q(done_at=None), name="low_score_queue"),
        ]

    def __str__(self) -> str:
        return f"{self.call_back_id} until {self.due_at:%m-%d %H:%M}"


class Check(models.Model):
    """质检 of one reply, by somebody who did not handle it; `drawn` says why it was looked at."""

    class Verdict(models.TextChoices):
        WAITING = "", _("waiting")
        PASSED = "passed", _("passed")
        FAILED = "failed", _("sent back")
        FAKED = "faked", _("faked closing")

    class Drawn(models.TextChoices):
        SAMPLE = "sample", _("by sample")
        SUPERVISED = "supervised", _("supervised or escalated")
        REPEATED = "repeated", _("repeated report")
        REWORKED = "reworked", _("after rework")
        FAR = "far", _("photo taken far away, or no place in it")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="checks")
    drawn = models.CharField(max_length=12, choices=Drawn.choices)
    verdict = models.CharField(max_length=8, choices=Verdict.choices, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True)
    checker = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("quality check")
        verbose_name_plural = _("quality checks")
        constraints = [
            models.UniqueConstraint(
                fields=["incident"], condition=Q(verdict=""), name="one_open_check"
            )
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.verdict}"
