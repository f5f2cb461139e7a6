"""What citizens are told, written with what it tells: an outbox to people."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from incidents.models.complainants import Complainant
from incidents.models.incidents import Incident
from incidents.models.reports import Report
from incidents.models.voices import Follow


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: User) -> "MessageQuerySet":
        """Those about incidents this person sees."""
        return self.filter(report__incident__in=Incident.objects.visible_to(user))

    def due(self) -> "MessageQuerySet":
        """To be sent now, and in nobody's hands."""
        now = timezone.now()
        free = Q(leased_until=None) | Q(leased_until__lte=now)
        return self.filter(free, state__in=Message.OPEN, not_before__lte=now)


class Message(models.Model):
    """One thing told to one citizen, once. `values` holds what the template says beside number
    and link, and nothing of who it is for; `uid` is the provider's idempotency key.
    """

    class Template(models.TextChoices):
        RECEIVED = "received", _("report received")
        NOT_ACCEPTED = "not_accepted", _("not accepted")
        TRANSFERRED = "transferred", _("transferred")
        MORE_TIME = "more_time", _("more time given")
        PAUSED = "paused", _("clock paused")
        RESUMED = "resumed", _("clock goes on")
        REPLIED = "replied", _("reply given")
        MERGED = "merged", _("handled together with another")
        REWORKED = "reworked", _("worked on again")
        CLOSED = "closed", _("closed")
        WITHDRAWN = "withdrawn", _("withdrawn")
        # To those who follow the report of somebody else.
        CONFIRM_FOLLOW = "confirm_follow", _("following to be confirmed")
        FOLLOWED_REPLIED = "followed_replied", _("to a follower: reply given")
        FOLLOWED_CLOSED = "followed_closed", _("to a follower: closed")
        FOLLOWED_REOPENED = "followed_reopened", _("to a follower: opened again")
        # To those who follow a place; about no report.
        CONFIRM_PLACE = "confirm_place", _("following a place to be confirmed")
        PLACE_NEWS = "place_news", _("to a follower: news of a place")

    class Channel(models.TextChoices):
        SMS = "sms", _("SMS")
        EMAIL = "email", _("e-mail")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting to be sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed, tried again")
        GIVEN_UP = "given_up", _("given up")
        UNNEEDED = "unneeded", _("no longer needed")

    OPEN = (State.WAITING, State.FAILED)
    OF_PLACES = (Template.CONFIRM_PLACE, Template.PLACE_NEWS)

    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    # None: about a place that is followed; `values` holds all of it.
    report = models.ForeignKey(Report, models.PROTECT, null=True, related_name="messages")
    complainant = models.ForeignKey(
        Complainant, models.SET_NULL, null=True, related_name="messages"
    )
    # For whom only follows the incident; `report` then says which incident, and nothing of itself.
    follow = models.ForeignKey(Follow, models.PROTECT, null=True, related_name="messages")
    template = models.CharField(max_length=20, choices=Template.choices)
    # Which time it happened: the event that is told, or the call-back.
    occasion = models.CharField(max_length=40, blank=True)
    values = models.JSONField(default=dict)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, default="zh-hans")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    not_before = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    # Why the last try failed; what a provider answered, never to whom.
    error = models.CharField(max_length=200, blank=True)
    provider_id = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(
                fields=["report", "template", "occasion"], name="message_told_once"
            ),
            models.UniqueConstraint(
                fields=["template", "occasion"],
                condition=Q(report=None),
                name="place_message_told_once",
            ),
            models.CheckConstraint(
                condition=Q(report=None, template__in=["confirm_place", "place_news"])
                | Q(report__isnull=False) & ~Q(template__in=["confirm_place", "place_news"]),
                name="message_about_a_report_or_a_place",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | ~Q(state="sent") & Q(sent_at__isnull=True),
                name="message_sent_at_a_time",
            ),
        ]
        indexes = [
            models.Index(
                "not_before",
                "id",
                condition=Q(state__in=["waiting", "failed"]),
                name="message_queue",
            ),
            models.Index("state", F("id").desc(), name="message_state"),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.state}"


class StoppedNumber(models.Model):
    """Who sent a stop word: the keyed digest of the number, which says nobody's number."""

    index = models.CharField(max_length=64, unique=True)
    since = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        verbose_name = _("number that wants no SMS")
        verbose_name_plural = _("numbers that want no SMS")

    def __str__(self) -> str:
        return self.index[:8]
