"""Photos and videos: sealed originals, what is shown of them, who opened them."""

import uuid

from django.contrib.gis.db.models import PointField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from incidents.models.incidents import Incident
from incidents.models.reports import Report


class Original(models.Model):
    """The bytes somebody sent, sealed under a random name; stored once, however often sent."""

    class State(models.TextChoices):
        WAITING = "waiting", _("being prepared")
        READY = "ready", _("ready")
        UNREADABLE = "unreadable", _("cannot be shown")

    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    sha256 = models.CharField(max_length=64, unique=True)
    content_type = models.CharField(max_length=40)
    size = models.PositiveBigIntegerField()
    # Where the file itself says it was taken: a hint, never more.
    position = PointField(srid=4326, null=True, spatial_index=False)
    duration_s = models.FloatField(null=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    process_after = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]
        verbose_name = _("original")
        verbose_name_plural = _("originals")
        indexes = [
            models.Index("process_after", condition=Q(state="waiting"), name="original_queue"),
        ]

    def __str__(self) -> str:
        return str(self.uid)

    @property
    def is_video(self) -> bool:
        return self.content_type.startswith("video/")

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.READY


class MediaQuerySet(models.QuerySet["Media"]):
    def with_original(self) -> "MediaQuerySet":
        return self.select_related("original")


class Media(models.Model):
    """A photo or video of one incident; its `uid` is its public name, its bytes the original's."""

    class Stage(models.TextChoices):
        REPORTED = "reported", _("sent with a report")
        AFTER_WORK = "after_work", _("taken after the work")

    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    original = models.ForeignKey(Original, models.PROTECT, related_name="media")
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="media")
    report = models.ForeignKey(Report, models.PROTECT, null=True, related_name="media")
    uploaded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="uploads")
    stage = models.CharField(max_length=20, choices=Stage.choices, default=Stage.REPORTED)
    created_at = models.DateTimeField(db_default=Now())

    objects = MediaQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("photo or video")
        verbose_name_plural = _("photos and videos")

    def __str__(self) -> str:
        return str(self.uid)


class Opening(models.Model):
    """Somebody opened a sealed original: who, when and why. Written before a byte is shown."""

    media = models.ForeignKey(Media, models.PROTECT, related_name="openings")
    user = models.ForeignKey(User, models.PROTECT, related_name="openings")
    reason = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        verbose_name = _("opening of an original")
        verbose_name_plural = _("openings of originals")
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="opening_has_a_reason")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.media_id} {self.at}"
