"""E-mails and messages of gateways as they came: kept first, then read."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import ANSWERING
from accounts.scope import Scope
from incidents.models.incidents import Incident
from incidents.models.reports import Channel, Report


class LetterQuerySet(models.QuerySet["Letter"]):
    def visible_to(self, user: User) -> "LetterQuerySet":
        """Whoever answers contacts and owns what has no place yet: a letter has none. Of a report,
        whoever sees its incident; what may tell of wrongdoing, whoever is shown such reports.
        """
        if user.role not in ANSWERING or not Scope.of(user).placeless:
            return self.none()
        seen = Q(report=None) | Q(report__incident__in=Incident.objects.visible_to(user))
        delicate = Q() if Scope.of(user).wrongdoing else ~Q(why=Letter.Why.DELICATE)
        return self.filter(seen, delicate)

    def due(self) -> "LetterQuerySet":
        """Not read yet, and in nobody's hands."""
        return self.filter(state=Letter.State.NEW, process_after__lte=timezone.now())


class Letter(models.Model):
    """来信. The bytes lie in the storage under a key of their own, which `sealed` holds together
    with who wrote and about what (`incidents.mail_intake`): without it the file says nothing.
    """

    class State(models.TextChoices):
        NEW = "new", _("not read yet")
        TO_FILE = "to_file", _("to be filed by a person")
        BAD = "bad", _("cannot be read")
        FILED = "filed", _("report filed")
        THREADED = "threaded", _("added to a report")
        IGNORED = "ignored", _("automatic, ignored")
        ASIDE = "aside", _("put aside")

    class Why(models.TextChoices):
        """Why it was not filed by itself."""

        AUTO = "auto", _("an automatic answer")
        BULK = "bulk", _("sent to many, or by a list")
        BOUNCE = "bounce", _("a notice about delivery")
        UNCLEAR = "unclear", _("its words fit no category surely")
        NO_TEXT = "no_text", _("it says nothing")
        DELICATE = "delicate", _("it may report wrongdoing")
        OFTEN = "often", _("many letters of this sender within an hour")
        SAME_ID = "same_id", _("it has the Message-ID of another letter")
        NOT_THEIRS = "not_theirs", _("it names a report of somebody else")
        ENDED = "ended", _("it answers a case that has ended")
        WHICH = "which", _("it may go on from one of several reports")
        SURVEY = "survey", _("it answers whether it is solved")
        SMS_WISH = "sms_wish", _("it says whether SMS may come")
        UNREADABLE = "unreadable", _("its form is broken")
        TRIED = "tried", _("reading it failed three times")

    # What waits for a person.
    WAITING = (State.TO_FILE, State.BAD)

    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    # Of Message-ID and body: the same letter delivered twice. `message_digest`: of the id alone.
    digest = models.CharField(max_length=64, unique=True)
    message_digest = models.CharField(max_length=64, blank=True)
    # Mailbox, or message: an SMS or a chat that a gateway brought.
    channel = models.CharField(max_length=20, choices=Channel.choices, default=Channel.MAIL)
    # Keyed digest of the sender's address, number or name.
    sender_index = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField()
    sealed = models.BinaryField(null=True)
    key_id = models.CharField(max_length=8, blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    why = models.CharField(max_length=12, choices=Why.choices, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    process_after = models.DateTimeField(default=timezone.now)
    # What it became, or the report it names.
    report = models.ForeignKey(Report, models.PROTECT, null=True, related_name="letters")
    # Who filed it or put it aside, and why.
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["filed", "threaded"]) | Q(report__isnull=False),
                name="letter_filed_has_a_report",
            ),
            models.CheckConstraint(
                condition=~Q(state="aside") | Q(reason__regex=r"\S"),
                name="letter_aside_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(sealed__isnull=True, key_id="")
                | Q(sealed__isnull=False) & ~Q(key_id=""),
                name="letter_names_its_key",
            ),
        ]
        indexes = [
            models.Index("process_after", condition=Q(state="new"), name="letter_queue"),
            models.Index("state", F("id").desc(), name="letter_state"),
            models.Index("message_digest", condition=~Q(message_digest=""), name="letter_message"),
            models.Index(
                "sender_index",
                "received_at",
                condition=~Q(sender_index=""),
                name="letter_sender",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uid)
