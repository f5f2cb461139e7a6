"""The vault: who asks, apart from what is asked; and who opened it, and why."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.tracking import tracked


# What history keeps outlives an erasure: nothing in it may say who somebody is. That somebody came
# is told by the report.
@tracked(
    "ComplainantEvent",
    *("key_id", "language", "created_at", "erased_at"),
    watched=(
        *("sealed", "key_id", "phone_index", "masked_name", "masked_phone"),
        *("language", "user", "erased_at"),
    ),
    begins=False,
    title=_("changes of the vault"),
)
class Complainant(models.Model):
    """诉求人. Name, phone and e-mail are sealed (`incidents.vault`); pages show the masks."""

    sealed = models.BinaryField(null=True)
    # The name of the key it is sealed with; empty where nothing is sealed.
    key_id = models.CharField(max_length=8, blank=True)
    phone_index = models.CharField(max_length=64, blank=True)
    masked_name = models.CharField(max_length=60, blank=True)
    masked_phone = models.CharField(max_length=30, blank=True)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, default="zh-hans")
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="complainants")
    created_at = models.DateTimeField(db_default=Now())
    erased_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("complainant")
        verbose_name_plural = _("complainants")
        constraints = [
            models.CheckConstraint(
                condition=Q(sealed__isnull=False)
                | Q(user__isnull=False)
                | Q(erased_at__isnull=False),
                name="complainant_says_who",
            ),
            models.CheckConstraint(
                condition=Q(sealed__isnull=True, key_id="")
                | Q(sealed__isnull=False) & ~Q(key_id=""),
                name="sealed_names_its_key",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(
                    sealed__isnull=True,
                    user__isnull=True,
                    phone_index="",
                    masked_name="",
                    masked_phone="",
                ),
                name="erased_says_nothing",
            ),
        ]
        indexes = [
            models.Index(
                fields=["phone_index", "-id"],
                condition=~Q(phone_index=""),
                name="complainant_phone",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class VaultOpening(models.Model):
    """Somebody opened or erased an identity: who, whose, when, why. Never changed afterwards."""

    class Act(models.TextChoices):
        OPENED = "opened", _("opened")
        ERASED = "erased", _("erased")

    complainant = models.ForeignKey(Complainant, models.PROTECT, related_name="openings")
    user = models.ForeignKey(User, models.PROTECT, related_name="vault_openings")
    act = models.CharField(max_length=10, choices=Act.choices, default=Act.OPENED)
    reason = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        verbose_name = _("opening of the vault")
        verbose_name_plural = _("openings of the vault")
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__regex=r"\S"), name="vault_opening_has_a_reason"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.act} #{self.complainant_id} {self.at}"
