"""What banks and funds offer, what firms need, and what became of it."""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.scope import code_prefix
from accounts.tracking import tracked
from districts.models import Division
from enterprises import financing
from enterprises.models.firms import Sector, ServiceManager, Size
from enterprises.models.kept import append_only
from enterprises.models.requests import FirmRequest
from incidents.models.knowledge import chinese

MOST_YUAN, MOST_MONTHS = 10_000_000_000, 480
AMOUNT = [MinValueValidator(1), MaxValueValidator(MOST_YUAN)]
MONTHS = [MinValueValidator(1), MaxValueValidator(MOST_MONTHS)]


class Collateral(models.TextChoices):
    NONE = "none", _("none")
    GUARANTEE = "guarantee", _("guarantee of a third party")
    PROPERTY = "property", _("land or buildings")
    EQUIPMENT = "equipment", _("machines and equipment")
    RECEIVABLES = "receivables", _("receivables")
    PATENTS = "patents", _("patents and trade marks")


class Purpose(models.TextChoices):
    WORKING = "working", _("working capital")
    EQUIPMENT = "equipment", _("equipment")
    BUILDING = "building", _("land and buildings")
    RESEARCH = "research", _("research and development")
    REFINANCING = "refinancing", _("repaying other credit")


@tracked(
    "OfferEvent",
    *("lender", "title_zh", "title_en", "text_zh", "text_en", "amount_from", "amount_to", "rate"),
    *("months_from", "months_to", "valid_from", "valid_to", "sectors", "sizes", "collaterals"),
)
class Offer(models.Model):
    """融资产品 of a bank or fund. Empty lists ask for nothing."""

    lender = models.CharField(_("bank or fund"), max_length=120)
    title_zh = models.CharField(_("title in Chinese"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=300)
    text_zh = models.TextField(_("text in Chinese"), max_length=4000)
    text_en = models.TextField(_("text in English"), max_length=4000)
    amount_from = models.BigIntegerField(_("amount from (yuan)"), validators=AMOUNT)
    amount_to = models.BigIntegerField(_("amount to (yuan)"), validators=AMOUNT)
    rate = models.DecimalField(
        _("rate (percent a year)"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    months_from = models.PositiveSmallIntegerField(_("term from (months)"), validators=MONTHS)
    months_to = models.PositiveSmallIntegerField(_("term to (months)"), validators=MONTHS)
    sectors = ArrayField(
        models.CharField(max_length=1, choices=Sector.choices),
        verbose_name=_("sectors"),
        default=list,
        blank=True,
        help_text=_("letters of GB/T 4754, separated by commas; empty: all"),
    )
    sizes = ArrayField(
        models.CharField(max_length=6, choices=Size.choices),
        verbose_name=_("sizes"),
        default=list,
        blank=True,
        help_text=_("micro, small, medium, large, separated by commas; empty: all"),
    )
    collaterals = ArrayField(
        models.CharField(max_length=11, choices=Collateral.choices),
        verbose_name=_("collateral needed"),
        default=list,
        blank=True,
        help_text=_(
            "any one of guarantee, property, equipment, receivables, patents, separated by commas;"
            " empty: none is needed"
        ),
    )
    # With all that lies below them.
    divisions = models.ManyToManyField(
        Division, blank=True, related_name="+", verbose_name=_("divisions")
    )
    valid_from = models.DateField(_("valid from"), default=timezone.localdate)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("offer of financing")
        verbose_name_plural = _("offers of financing")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_from__gte=1, amount_to__gte=F("amount_from"))
                & Q(amount_to__lte=MOST_YUAN),
                name="offer_amounts",
            ),
            models.CheckConstraint(
                condition=Q(months_from__gte=1, months_to__gte=F("months_from"))
                & Q(months_to__lte=MOST_MONTHS),
                name="offer_months",
            ),
            models.CheckConstraint(condition=Q(rate__range=(0, 100)), name="offer_rate"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="offer_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(sectors__contained_by=Sector.values)
                & Q(sizes__contained_by=Size.values)
                & Q(collaterals__contained_by=Collateral.values),
                name="offer_terms_are_known",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return self.title_zh if chinese() else self.title_en

    @property
    def text(self) -> str:
        return self.text_zh if chinese() else self.text_en

    @property
    def terms(self) -> financing.Terms:
        """Reads `divisions`: fetch them with the offers."""
        return financing.Terms(
            self.amount_from,
            self.amount_to,
            self.months_from,
            self.months_to,
            self.rate,
            self.sectors,
            self.sizes,
            [code_prefix(division) for division in self.divisions.all()],
            self.collaterals,
            self.valid_from,
            self.valid_to,
        )

    def clean(self) -> None:
        pairs = (("amount_from", "amount_to"), ("months_from", "months_to"))
        for lower, upper in (*pairs, ("valid_from", "valid_to")):
            least, most = getattr(self, lower), getattr(self, upper)
            if least is not None and most is not None and most < least:
                raise ValidationError({upper: _("It must not end before it begins.")})


class NeedQuerySet(models.QuerySet["Need"]):
    def visible_to(self, user: User) -> "NeedQuerySet":
        return self.filter(request__in=FirmRequest.objects.visible_to(user))


class Need(models.Model):
    """融资需求: what a firm needs, beside the words of its request."""

    request = models.OneToOneField(FirmRequest, models.PROTECT, related_name="need")
    amount = models.BigIntegerField(_("amount (yuan)"), validators=AMOUNT)
    purpose = models.CharField(_("purpose"), max_length=11, choices=Purpose.choices)
    months = models.PositiveSmallIntegerField(_("term (months)"), validators=MONTHS)
    collateral = models.CharField(
        _("collateral you can give"), max_length=11, choices=Collateral.choices
    )
    needed_on = models.DateField(_("needed on"))

    objects = NeedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("need of financing")
        verbose_name_plural = _("needs of financing")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__range=(1, MOST_YUAN), months__range=(1, MOST_MONTHS)),
                name="need_within_limits",
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=Purpose.values, collateral__in=Collateral.values),
                name="need_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.amount}"

    @property
    def terms(self) -> financing.Need:
        return financing.Need(self.amount, self.months, self.collateral, self.needed_on)


class FinancingStep(models.Model):
    """对接进展: what the manager did with one offer for one need. Append-only."""

    class Kind(models.TextChoices):
        INTRODUCED = "introduced", _("introduced")
        AGREED = "agreed", _("agreed")
        REFUSED = "refused", _("refused")

    need = models.ForeignKey(Need, models.PROTECT, related_name="steps")
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="steps")
    kind = models.CharField(_("step"), max_length=10, choices=Kind.choices)
    note = models.CharField(_("note (the firm reads it)"), max_length=300, blank=True)
    manager = models.ForeignKey(ServiceManager, models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["pk"]
        verbose_name = _("step of financing")
        verbose_name_plural = _("steps of financing")
        triggers = [append_only()]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["introduced", "agreed", "refused"]), name="financing_step"
            ),
            models.UniqueConstraint(
                fields=["need", "offer"],
                condition=Q(kind="introduced"),
                name="introduced_once",
            ),
            # Agreed or refused, not both.
            models.UniqueConstraint(
                fields=["need", "offer"],
                condition=~Q(kind="introduced"),
                name="financing_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.need_id} {self.offer_id} {self.kind}"
