"""Legal affairs: named advisers, what firms ask them, and the documents that go with it."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinLengthValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import Role
from accounts.tracking import tracked
from districts.models import Division
from enterprises.models.requests import FirmRequest
from incidents.sealed_files import SealedFiles, register


class Speciality(models.TextChoices):
    CONTRACTS = "contracts", _("contracts and debts")
    LABOUR = "labour", _("labour")
    RIGHTS = "rights", _("intellectual property")
    TAX = "tax", _("tax and fines")
    COMPANY = "company", _("company and shares")
    DISPUTES = "disputes", _("litigation and arbitration")


@tracked("AdviserEvent", "user", "bar_number", "specialities", "territory", "capacity")
class Adviser(models.Model):
    """法律顾问: a lawyer with an account of the role service manager."""

    user = models.OneToOneField(
        User, models.PROTECT, related_name="adviser", verbose_name=_("person")
    )
    bar_number = models.CharField(
        _("bar number"), max_length=30, unique=True, validators=[MinLengthValidator(5)]
    )
    specialities = ArrayField(
        models.CharField(max_length=9, choices=Speciality.choices),
        verbose_name=_("specialities"),
        help_text=_(
            "contracts, labour, rights, tax, company, disputes: at least one, separated by commas"
        ),
    )
    territory = models.ForeignKey(
        Division, models.PROTECT, related_name="+", verbose_name=_("territory")
    )
    capacity = models.PositiveSmallIntegerField(
        _("open requests at most"),
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
    )

    class Meta:
        ordering = ["pk"]
        verbose_name = _("legal adviser")
        verbose_name_plural = _("legal advisers")
        constraints = [
            models.CheckConstraint(
                condition=Q(specialities__contained_by=Speciality.values)
                & Q(specialities__len__gte=1),
                name="adviser_specialities",
            ),
            models.CheckConstraint(condition=Q(capacity__range=(1, 1000)), name="adviser_capacity"),
        ]

    def __str__(self) -> str:
        return f"{self.user.name} ({self.bar_number})"


class AdviceQuerySet(models.QuerySet["Advice"]):
    def visible_to(self, user: User) -> "AdviceQuerySet":
        """The firm's own, and what is in this adviser's hands. A firm's manager is not among them:

        what a firm tells its lawyer is for the lawyer.
        """
        if user.role == Role.SERVICE_MANAGER:
            return self.filter(adviser__user=user)
        return self.filter(request__in=FirmRequest.objects.visible_to(user))

    def for_pages(self) -> "AdviceQuerySet":
        return self.select_related("request__report__incident", "request__firm", "adviser__user")


class Advice(models.Model):
    """法律咨询: a firm's request in the hands of an adviser, with a clock of its own."""

    request = models.OneToOneField(FirmRequest, models.PROTECT, related_name="advice")
    speciality = models.CharField(_("speciality"), max_length=9, choices=Speciality.choices)
    adviser = models.ForeignKey(Adviser, models.PROTECT, null=True, related_name="advices")
    assigned_at = models.DateTimeField(null=True)
    # One working day after it was filed, whoever has it.
    contact_due_at = models.DateTimeField()
    contacted_at = models.DateTimeField(null=True)
    answer = models.TextField(_("answer (the firm reads it)"), max_length=4000, blank=True)
    answered_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(db_default=Now())

    objects = AdviceQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("legal advice")
        verbose_name_plural = _("legal advice")
        constraints = [
            models.CheckConstraint(
                condition=Q(speciality__in=Speciality.values), name="advice_speciality"
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answer="")
                | Q(answered_at__isnull=False, adviser__isnull=False, answer__regex=r"\S"),
                name="advice_answered_by_somebody",
            ),
        ]
        indexes = [
            models.Index("adviser", condition=Q(answered_at=None), name="advice_open"),
            models.Index("id", condition=Q(adviser=None), name="advice_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.speciality}"


class Document(models.Model):
    """A file of the firm, sealed under a key of its own, which lies here sealed with the vault's.

    It is handed out as it came and never shown: what is in it runs nowhere of ours.
    """

    class Kind(models.TextChoices):
        PDF = "pdf", "PDF"
        JPEG = "jpeg", "JPEG"
        PNG = "png", "PNG"
        DOCX = "docx", "DOCX"

    advice = models.ForeignKey(Advice, models.PROTECT, related_name="documents")
    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=4, choices=Kind.choices)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    sealed = models.BinaryField()
    key_id = models.CharField(max_length=8)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["pk"]
        verbose_name = _("document of a firm")
        verbose_name_plural = _("documents of firms")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["pdf", "jpeg", "png", "docx"], size__gte=1) & ~Q(key_id=""),
                name="document_is_whole",
            )
        ]

    def __str__(self) -> str:
        return self.name


register(SealedFiles("document", Document, lasting=Q()))
