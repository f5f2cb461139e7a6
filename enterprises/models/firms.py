"""Who does business here, who looks after them, and who may speak for them."""

import pgtrigger
from django.contrib.gis.db.models import PointField
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import Role
from accounts.scope import code_prefix
from accounts.tracking import tracked
from districts.models import Division
from enterprises.credit_code import PATTERN, Fault, fault, tidy
from incidents.bigrams import bigrams


class Sector(models.TextChoices):
    """Sections of the national classification of industries, GB/T 4754-2017."""

    A = "A", _("farming, forestry, fishery")
    B = "B", _("mining")
    C = "C", _("manufacturing")
    D = "D", _("power, heat, gas and water supply")
    E = "E", _("construction")
    F = "F", _("wholesale and retail")
    G = "G", _("transport, storage and post")
    H = "H", _("hotels and catering")
    I = "I", _("information technology and software")  # noqa: E741
    J = "J", _("finance")
    K = "K", _("real estate")
    L = "L", _("leasing and business services")
    M = "M", _("research and technical services")
    N = "N", _("water conservancy, environment, public facilities")
    O = "O", _("resident services and repair")  # noqa: E741
    P = "P", _("education")
    Q = "Q", _("health and social work")
    R = "R", _("culture, sport and entertainment")
    S = "S", _("public administration and social organisations")
    T = "T", _("international organisations")


class Size(models.TextChoices):
    MICRO = "micro", _("micro")
    SMALL = "small", _("small")
    MEDIUM = "medium", _("medium")
    LARGE = "large", _("large")


FAULTS = {
    Fault.LENGTH: _("A credit code has 18 characters."),
    Fault.LETTERS: _("A credit code has digits and capital letters without I, O, S, V and Z."),
    Fault.CHECK: _("The last character of the credit code does not fit the others."),
}


def valid_code(code: str) -> None:
    """Raises ValidationError with the reason."""
    if wrong := fault(code):
        raise ValidationError(FAULTS[wrong], code=wrong.value)


@tracked("ServiceManagerEvent", "user", "territory", "sectors", "capacity")
class ServiceManager(models.Model):
    """项目管家: looks after firms of a territory, of all sectors or of some."""

    user = models.OneToOneField(
        User, models.PROTECT, related_name="service_manager", verbose_name=_("person")
    )
    territory = models.ForeignKey(
        Division, models.PROTECT, related_name="+", verbose_name=_("territory")
    )
    sectors = ArrayField(
        models.CharField(max_length=1, choices=Sector.choices),
        verbose_name=_("sectors"),
        default=list,
        blank=True,
        help_text=_("letters of GB/T 4754, separated by commas; empty: all"),
    )
    capacity = models.PositiveIntegerField(
        _("firms at most"),
        default=100,
        validators=[MinValueValidator(1), MaxValueValidator(10_000)],
    )
    # Set by a trigger whenever what the assignment goes by changed: `assigning.reassign_due`.
    is_due = models.BooleanField(default=True, db_default=True, editable=False)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("service manager")
        verbose_name_plural = _("service managers")
        triggers = [
            pgtrigger.Trigger(
                name="due_for_assignment",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("territory", "sectors", "capacity"),
                func="NEW.is_due = true; RETURN NEW;",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(capacity__range=(1, 10_000)), name="manager_capacity"
            ),
            models.CheckConstraint(
                condition=Q(sectors__contained_by=Sector.values), name="manager_sectors_are_known"
            ),
        ]

    def __str__(self) -> str:
        return self.user.name


class FirmQuerySet(models.QuerySet["Firm"]):
    def visible_to(self, user: User) -> "FirmQuerySet":
        """A service manager's own firms; the one a representative speaks for; else none."""
        if user.role == Role.SERVICE_MANAGER:
            return self.filter(manager__user=user)
        if user.role == Role.FIRM:
            speaks = Representative.objects.approved().filter(user=user)
            return self.filter(pk__in=speaks.values("firm"))
        return self.none()

    def active(self) -> "FirmQuerySet":
        return self.filter(is_active=True)

    def within(self, division: Division) -> "FirmQuerySet":
        return self.filter(division__code__startswith=code_prefix(division))

    def search(self, text: str) -> "FirmQuerySet":
        """By the whole credit code, its beginning, or words of the name; "" finds all."""
        code = tidy(text)
        if not code:
            return self
        named = Q(code__startswith=code) if len(code) >= 6 and code.isascii() else Q()
        if pieces := bigrams(text):
            asked = " & ".join(f"{piece}:*" for piece in pieces)
            named |= Q(words=SearchQuery(asked, config="simple", search_type="raw"))
        return self.filter(named) if named else self.none()


@tracked(
    "FirmEvent",
    *("code", "name", "sector", "size", "division", "is_active"),
    # Imported by the hundred thousand: what they begin with is the row itself.
    begins=False,
)
class Firm(models.Model):
    """企业. `manager` is kept by `enterprises.assigning`, one for every active firm."""

    code = models.CharField(_("credit code"), max_length=18, unique=True, validators=[valid_code])
    name = models.CharField(_("name"), max_length=120)
    sector = models.CharField(_("sector"), max_length=1, choices=Sector.choices)
    size = models.CharField(_("size"), max_length=6, choices=Size.choices)
    division = models.ForeignKey(
        Division, models.PROTECT, related_name="firms", verbose_name=_("division")
    )
    point = PointField(_("point"), srid=4326, null=True, blank=True, spatial_index=False)
    is_active = models.BooleanField(_("active"), default=True, db_default=True)
    manager = models.ForeignKey(
        ServiceManager,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="firms",
        verbose_name=_("service manager"),
    )
    words = models.GeneratedField(
        expression=Func(F("name"), function="hotline_firm_words"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = FirmQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("firm")
        verbose_name_plural = _("firms")
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=PATTERN), name="firm_code_shape"),
            models.CheckConstraint(condition=Q(sector__in=Sector.values), name="firm_sector"),
            models.CheckConstraint(condition=Q(size__in=Size.values), name="firm_size"),
            models.CheckConstraint(condition=Q(name__regex=r"\S"), name="firm_has_a_name"),
        ]
        indexes = [
            GinIndex("words", name="firm_words"),
            models.Index(OpClass(F("division"), "varchar_pattern_ops"), name="firm_place"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.manager and not fits(self.manager, self):
            raise ValidationError(
                {"manager": _("This manager's territory or sectors do not cover the firm.")}
            )


def fits(manager: ServiceManager, firm: Firm) -> bool:
    """The rule of `assigning.SQL`, for one pair."""
    covers = firm.division_id.startswith(code_prefix(manager.territory))
    return covers and (not manager.sectors or firm.sector in manager.sectors)


class RepresentativeQuerySet(models.QuerySet["Representative"]):
    def approved(self) -> "RepresentativeQuerySet":
        return self.filter(state=Representative.State.APPROVED)

    def judged_by(self, user: User) -> "RepresentativeQuerySet":
        """Claims this person decides on: of the manager's own firms, or all for administrators."""
        if user.role == Role.ADMINISTRATOR:
            return self
        return self.filter(firm__in=Firm.objects.visible_to(user))


class Representative(models.Model):
    """企业代表: an account that speaks for a firm, once somebody else approved the claim."""

    class State(models.TextChoices):
        CLAIMED = "claimed", _("waiting for approval")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")
        REVOKED = "revoked", _("revoked")
        GIVEN_UP = "given_up", _("given up")

    # Whoever spoke for a firm may ask anew.
    OVER = (State.REFUSED, State.REVOKED, State.GIVEN_UP)

    user = models.ForeignKey(User, models.PROTECT, related_name="represents")
    firm = models.ForeignKey(Firm, models.PROTECT, related_name="representatives")
    state = models.CharField(max_length=8, choices=State.choices, default=State.CLAIMED)
    note = models.CharField(_("what shows that you speak for it"), max_length=300)
    claimed_at = models.DateTimeField(db_default=Now())
    judged_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    judged_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = RepresentativeQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("firm's representative")
        verbose_name_plural = _("firms' representatives")
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=~Q(state__in=["refused", "revoked", "given_up"]),
                name="represents_one_firm",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["claimed", "approved", "refused"])
                | Q(ended_by__isnull=False, ended_at__isnull=False),
                name="representation_ended_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="revoked") | Q(end_reason__regex=r"\S"),
                name="revoked_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state="claimed") | Q(judged_by__isnull=False),
                name="claim_was_judged_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(judged_by__isnull=True) | ~Q(judged_by=F("user")),
                name="claim_judged_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.firm_id} {self.state}"
