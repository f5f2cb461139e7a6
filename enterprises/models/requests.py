"""What firms ask, when their managers talked to them, and whether it was of use."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from enterprises.models.firms import Firm, ServiceManager
from enterprises.models.kept import append_only
from incidents.models import Report, Satisfaction


class Topic(models.TextChoices):
    """Each is a category of the 15th service field, so that the catalogue knows its unit."""

    POLICY = "policy-benefits", _("policy advice")
    FINANCING = "financing", _("financing")
    LEGAL = "legal-affairs", _("legal affairs")
    PERMITS = "permits", _("permits")
    ARREARS = "arrears-to-firms", _("arrears")
    CONDUCT = "department-conduct", _("complaint about a department")


class FirmRequestQuerySet(models.QuerySet["FirmRequest"]):
    def visible_to(self, user: User) -> "FirmRequestQuerySet":
        return self.filter(firm__in=Firm.objects.visible_to(user))

    def for_pages(self) -> "FirmRequestQuerySet":
        return self.select_related("firm", "report__incident", "manager__user")


class FirmRequest(models.Model):
    """企业诉求: a report that a firm filed. The incident behind it is handled as any other."""

    firm = models.ForeignKey(Firm, models.PROTECT, related_name="requests")
    report = models.OneToOneField(Report, models.PROTECT, related_name="firm_request")
    topic = models.CharField(_("topic"), max_length=20, choices=Topic.choices)
    # Whose firm it was when it asked.
    manager = models.ForeignKey(ServiceManager, models.PROTECT, null=True, related_name="requests")
    # When the manager first talked to the firm about it.
    contacted_at = models.DateTimeField(null=True)
    # Up to when the manager has read what the firm wrote about it.
    read_until = models.DateTimeField(null=True)
    filed_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = FirmRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("request of a firm")
        verbose_name_plural = _("requests of firms")
        constraints = [
            models.CheckConstraint(condition=Q(topic__in=Topic.values), name="firm_request_topic")
        ]

    def __str__(self) -> str:
        return self.report.number


class Visit(models.Model):
    """走访联系: the manager talked to the firm; the firm reads the note."""

    class Way(models.TextChoices):
        VISIT = "visit", _("visit")
        TELEPHONE = "telephone", _("telephone")
        MESSAGE = "message", _("message")

    firm = models.ForeignKey(Firm, models.PROTECT, related_name="visits")
    request = models.ForeignKey(FirmRequest, models.PROTECT, null=True, related_name="visits")
    manager = models.ForeignKey(ServiceManager, models.PROTECT, related_name="visits")
    way = models.CharField(_("way"), max_length=10, choices=Way.choices)
    note = models.CharField(_("what was said"), max_length=500)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        constraints = [
            models.CheckConstraint(condition=Q(note__regex=r"\S"), name="visit_has_a_note")
        ]

    def __str__(self) -> str:
        return f"{self.firm_id} {self.way}"


class RequestMessage(models.Model):
    """留言 between a firm and its manager about a request; both read them. Append-only."""

    request = models.ForeignKey(FirmRequest, models.PROTECT, related_name="messages")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_firm = models.BooleanField()
    text = models.CharField(_("message"), max_length=500)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["pk"]
        verbose_name = _("message about a request")
        verbose_name_plural = _("messages about requests")
        triggers = [append_only()]
        constraints = [
            models.CheckConstraint(condition=Q(text__regex=r"\S"), name="request_message_has_text")
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.author_id}"


class Usefulness(models.Model):
    """What the firm says of a request that came to its end: of use or not, and how much."""

    request = models.OneToOneField(FirmRequest, models.PROTECT, related_name="usefulness")
    useful = models.BooleanField(_("of use"))
    level = models.PositiveSmallIntegerField(
        _("satisfaction"), choices=Satisfaction.choices, null=True, blank=True
    )
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["pk"]
        verbose_name = _("usefulness")
        verbose_name_plural = _("usefulness")
        constraints = [
            models.CheckConstraint(
                condition=Q(level__isnull=True) | Q(level__in=Satisfaction.values),
                name="usefulness_level",
            )
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.useful}"
