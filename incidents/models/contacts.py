"""Every call, letter, visit and message, whether anything came of it or not."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import TERRITORIAL, Role
from accounts.scope import Scope
from districts.models import Division
from incidents.models.categories import Kind
from incidents.models.complainants import Complainant
from incidents.models.incidents import Incident
from incidents.models.knowledge import KnowledgeItem
from incidents.models.reports import Channel, Report


class ContactQuerySet(models.QuerySet["Contact"]):
    def visible_to(self, user: User) -> "ContactQuerySet":
        """Those of the hotline, within their territory; handlers see reports, never contacts."""
        return self.in_scope(Scope.of(user)) if user.role in TERRITORIAL else self.none()

    def in_scope(self, scope: Scope) -> "ContactQuerySet":
        if scope.prefix is None:
            return self.none()
        if scope.prefix == "":
            return self.all()
        within = Q(division__code__startswith=scope.prefix)
        return self.filter(within | Q(division=None) if scope.placeless else within)

    def open_of(self, operator: User) -> "ContactQuerySet":
        """In this operator's hands, without a result yet; the newest first."""
        return self.filter(operator=operator, result="").order_by("-began_at", "-id")

    def heard_by(self, user: User) -> "ContactQuerySet":
        """Recorded, and this person may hear it: who held the call, or checks or calls back within
        what they see. Of a guarded case the duty manager alone, so that no voice is known by those
        it speaks of.
        """
        recorded = self.exclude(recording="")
        seen = Q(incident__in=Incident.objects.visible_to(user))
        if user.role == Role.DUTY_MANAGER:
            return recorded.visible_to(user).filter(seen | Q(incident=None))
        open_ = recorded.exclude(incident__kind=Kind.WRONGDOING)
        open_ = open_.exclude(incident__is_confidential=True)
        if user.role in (Role.QUALITY_CHECKER, Role.CALL_BACK_AGENT):
            return open_.filter(seen)
        return open_.filter(operator=user) if user.role == Role.OPERATOR else self.none()

    def to_call_again(self) -> "ContactQuerySet":
        """Promised to be called again, and nobody has yet."""
        return self.filter(
            result=Contact.Result.FOLLOW_UP, later=None, follow_up_at__isnull=False
        ).order_by("follow_up_at", "id")


class Contact(models.Model):
    """来电/来信: one call, letter, visit or message. Who it was is in the vault alone.

    `offered_at`, `answered_at`, `ended_at` are what a telephone system announced or a person
    stamped; a missing stamp is never invented. `began_at` is when we first knew of it.
    """

    class Direction(models.TextChoices):
        IN = "in", _("incoming")
        OUT = "out", _("outgoing")

    class Result(models.TextChoices):
        ANSWERED = "answered", _("answered on the spot")
        REPORT = "report", _("report filed")
        FOLLOW_UP = "follow_up", _("to be called again")
        TRANSFERRED = "transferred", _("transferred")
        NOT_ACCEPTED = "not_accepted", _("not accepted")
        ABANDONED = "abandoned", _("abandoned")

    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    # Given by the telephone system, which may announce a call twice.
    call_id = models.CharField(max_length=80, unique=True, null=True)
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices)
    direction = models.CharField(max_length=3, choices=Direction.choices, default=Direction.IN)
    began_at = models.DateTimeField(default=timezone.now)
    offered_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    operator = models.ForeignKey(User, models.PROTECT, null=True, related_name="contacts")
    # Whose line it was: the operator's territory, or what the telephone system says.
    division = models.ForeignKey(Division, models.PROTECT, null=True, related_name="contacts")
    complainant = models.ForeignKey(
        Complainant, models.SET_NULL, null=True, related_name="contacts"
    )
    result = models.CharField(max_length=12, choices=Result.choices, blank=True)
    closed_at = models.DateTimeField(null=True)
    # Where the telephone system lets it be heard; opened with a reason (incidents.recordings).
    recording = models.CharField(max_length=500, blank=True)
    note = models.CharField(max_length=500, blank=True)
    transferred_to = models.CharField(max_length=60, blank=True)
    follow_up_at = models.DateTimeField(null=True)
    report = models.ForeignKey(Report, models.PROTECT, null=True, related_name="contacts")
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, related_name="came_by")
    knowledge_item = models.ForeignKey(
        KnowledgeItem, models.PROTECT, null=True, related_name="contacts"
    )
    # The contact this one follows up.
    earlier = models.ForeignKey("self", models.PROTECT, null=True, related_name="later")

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at=None)
                | Q(offered_at=None)
                | Q(answered_at__gte=F("offered_at")),
                name="contact_answered_after_offered",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None)
                | (Q(answered_at=None) | Q(ended_at__gte=F("answered_at")))
                & (Q(offered_at=None) | Q(ended_at__gte=F("offered_at"))),
                name="contact_ended_last",
            ),
            models.CheckConstraint(
                condition=~Q(result="follow_up") | Q(follow_up_at__isnull=False),
                name="contact_follow_up_has_a_time",
            ),
        ]
        indexes = [
            models.Index("began_at", name="contact_began"),
            models.Index("operator", condition=Q(result=""), name="contact_open"),
            models.Index("follow_up_at", condition=Q(result="follow_up"), name="contact_follow_up"),
        ]

    def __str__(self) -> str:
        return str(self.uid)


class RecordingOpening(models.Model):
    """Somebody asked for a recording: who, when and why. Written before its address is shown."""

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="openings")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        verbose_name = _("opening of a recording")
        verbose_name_plural = _("openings of recordings")
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__regex=r"\S"), name="recording_opening_has_a_reason"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.contact_id} {self.at}"
