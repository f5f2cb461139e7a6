"""What happened, what is to be told, and what was counted on the way."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from incidents import lifecycle
from incidents.models.incidents import Incident


class Event(models.Model):
    """The append-only history of an incident; the database refuses changes.

    `nth` and `hash` are the database's own (`incidents.chain` says how): whatever is given for them
    is overwritten when the row is inserted.
    """

    # Asked for by the index of `event_nth`, which begins with it.
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="events", db_index=False)
    nth = models.PositiveIntegerField(default=0, editable=False)
    at = models.DateTimeField(db_default=Now())
    step = models.CharField(max_length=20, choices=[(s.value, s.value) for s in lifecycle.Step])
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    from_status = models.CharField(max_length=20, blank=True)
    to_status = models.CharField(max_length=20)
    # For staff. The public history shows the step and its time, never what is in here.
    data = models.JSONField(default=dict)
    hash = models.BinaryField(editable=False, default=b"")

    class Meta:
        ordering = ["id"]
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [
            # Also what finds the newest event of an incident, and refuses a fork of its chain.
            models.UniqueConstraint(fields=["incident", "nth"], name="event_nth"),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.to_status}"


class Outbox(models.Model):
    """What changed, written with the change itself. The live gateway reads on from its last id."""

    class Topic(models.TextChoices):
        INCIDENT = "incident"
        WORK_ORDER = "workorder"

    topic = models.CharField(max_length=12, choices=Topic.choices)
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="+", db_index=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.pk} {self.topic} {self.incident_id}"


class IdempotencyKey(models.Model):
    """A key a sender may use again: same body, same answer; another body, refused."""

    sender = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    body_sha256 = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["sender", "key"], name="idempotency_key_once")
        ]

    def __str__(self) -> str:
        return f"{self.sender} {self.key}"


class Tally(models.Model):
    """How many reports a client sent in a window of time; written by `incidents.tally`."""

    name = models.CharField(max_length=60, primary_key=True)
    ends = models.DateTimeField()
    hits = models.PositiveIntegerField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} {self.hits}"
