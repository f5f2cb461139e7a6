"""What citizens say of each other's reports, without an account: who they are is in none of it."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from incidents.models.complainants import Complainant
from incidents.models.incidents import Incident


class Endorsement(models.Model):
    """附议. `voice`: a keyed digest of the device and of this incident, the same in no other."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="endorsements")
    voice = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]
        verbose_name = _("endorsement")
        verbose_name_plural = _("endorsements")
        constraints = [
            models.UniqueConstraint(fields=["incident", "voice"], name="endorsed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id}"


class FollowQuerySet(models.QuerySet["Follow"]):
    def going_on(self) -> "FollowQuerySet":
        return self.filter(ended_at=None)

    def told(self) -> "FollowQuerySet":
        """Who gave a contact and confirmed that it is theirs."""
        return self.going_on().filter(confirmed_at__isnull=False, person__isnull=False)


class Follow(models.Model):
    """关注: by a device alone, or with a contact in the vault, which is told once confirmed.

    `device` is the same digest for all a device follows, so that it finds its list again.
    """

    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="follows")
    device = models.CharField(max_length=64)
    voice = models.CharField(max_length=64)
    # Keyed digest of the contact and of this incident.
    contact_index = models.CharField(max_length=64, blank=True)
    person = models.ForeignKey(Complainant, models.SET_NULL, null=True, related_name="follows")
    created_at = models.DateTimeField(db_default=Now())
    # When the contact was last asked whether it is theirs.
    asked_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = FollowQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("follower")
        verbose_name_plural = _("followers")
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "device"],
                condition=Q(ended_at__isnull=True),
                name="followed_once_by_device",
            ),
            models.UniqueConstraint(
                fields=["incident", "contact_index"],
                condition=Q(ended_at__isnull=True) & ~Q(contact_index=""),
                name="followed_once_by_contact",
            ),
        ]
        indexes = [
            models.Index("device", condition=Q(ended_at__isnull=True), name="follow_device"),
        ]

    def __str__(self) -> str:
        return str(self.uid)


class Verdict(models.Model):
    """解决了吗: what one follower or endorser says of one closing. `round`: reworks before it."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="verdicts")
    voice = models.CharField(max_length=64)
    round = models.PositiveSmallIntegerField()
    is_fixed = models.BooleanField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]
        verbose_name = _("word on the result")
        verbose_name_plural = _("words on the result")
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "voice", "round"], name="said_once_a_round"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.round} {self.is_fixed}"


class Doubt(models.Model):
    """Enough people say that a closed incident is not fixed: somebody decides about reopening."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="doubts")
    round = models.PositiveSmallIntegerField()
    raised_at = models.DateTimeField(db_default=Now())
    # Left closed, by whom and why; where it is reopened, its history says so.
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("doubt")
        verbose_name_plural = _("doubts")
        constraints = [
            models.UniqueConstraint(fields=["incident", "round"], name="doubted_once_a_round"),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_by__isnull=True)
                | Q(settled_at__isnull=False, settled_by__isnull=False, reason__regex=r"\S"),
                name="doubt_settled_with_a_reason",
            ),
        ]
        indexes = [
            models.Index("incident", condition=Q(settled_at__isnull=True), name="doubt_open"),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.round}"


class CommentQuerySet(models.QuerySet["Comment"]):
    def visible_to(self, user: User) -> "CommentQuerySet":
        """Those on incidents this person sees."""
        return self.filter(incident__in=Incident.objects.visible_to(user))

    def shown(self) -> "CommentQuerySet":
        return self.filter(state=Comment.State.APPROVED)


class Comment(models.Model):
    """留言 or 致谢. `text` is masked before it is stored; nobody reads it before a person has."""

    class Kind(models.TextChoices):
        COMMENT = "comment", _("comment")
        THANKS = "thanks", _("thanks")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting to be read")
        APPROVED = "approved", _("shown to everybody")
        REFUSED = "refused", _("not shown")
        # Thanks without a word: there is nothing to read.
        WORDLESS = "wordless", _("without a word")

    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="comments")
    voice = models.CharField(max_length=64)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.CharField(max_length=600, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField(db_default=Now())

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "voice"], condition=Q(kind="thanks"), name="thanked_once"
            ),
            models.CheckConstraint(
                condition=Q(text="", state="wordless", kind="thanks")
                | Q(text__regex=r"\S") & ~Q(state="wordless"),
                name="comment_says_something",
            ),
        ]
        indexes = [
            models.Index("id", condition=Q(state="waiting"), name="comment_queue"),
            models.Index("state", F("id").desc(), name="comment_state"),
        ]

    def __str__(self) -> str:
        return str(self.uid)


class Moderation(models.Model):
    """Who let a comment be shown or did not, and why; the database refuses changes."""

    class Reason(models.TextChoices):
        """Why it is refused."""

        PERSONAL = "personal", _("tells who somebody is")
        INSULT = "insult", _("insults somebody")
        ACCUSES = "accuses", _("accuses somebody by name")
        ADVERTISING = "advertising", _("advertising")
        OFF_TOPIC = "off_topic", _("not about this incident")
        UNLAWFUL = "unlawful", _("against the law")

    comment = models.ForeignKey(Comment, models.PROTECT, related_name="moderations")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    is_approved = models.BooleanField()
    reason = models.CharField(max_length=12, choices=Reason.choices, blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]
        verbose_name = _("moderation")
        verbose_name_plural = _("moderations")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_approved=True, reason="")
                | Q(is_approved=False, reason__in=[
                    "personal", "insult", "accuses", "advertising", "off_topic", "unlawful",
                ]),
                name="refused_with_a_reason",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.comment_id} {self.is_approved}"
