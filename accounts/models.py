"""People, the units they work for, and the keys of other systems."""

import hashlib
import secrets
from typing import Any, Self

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from districts import prepared
from districts.models import Division


class Unit(models.Model):
    """承办单位: who is responsible: departments, street offices, communities, firms; a tree."""

    class Kind(models.TextChoices):
        DEPARTMENT = "department", _("department")
        STREET_OFFICE = "street_office", _("street office")
        COMMUNITY = "community", _("community")
        FIRM = "firm", _("firm")
        HOTLINE = "hotline", _("hotline centre")

    code = models.CharField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=160)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    division = models.ForeignKey(
        Division, models.PROTECT, related_name="units", verbose_name=_("territory")
    )
    # Own id first, then the parents up to the root: one array instead of a recursive query.
    lineage = ArrayField(models.BigIntegerField(), default=list, editable=False)

    class Meta:
        ordering = ["code"]
        verbose_name = _("unit")
        verbose_name_plural = _("units")

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        lineage = [self.pk, *(self.parent.lineage if self.parent else [])]
        if lineage != self.lineage:
            self.lineage = lineage
            super().save(update_fields=["lineage"])


class User(AbstractUser):
    """One log-in: a role, a unit for those who handle, a division for those who oversee."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(_("name"), max_length=80)
    role = models.CharField(_("role"), max_length=30, choices=Role.choices, default=Role.CITIZEN)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="users")
    division = models.ForeignKey(
        Division,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
        verbose_name=_("jurisdiction"),
    )

    class Meta(AbstractUser.Meta):
        ordering = ["username"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(unit__isnull=False)
                | ~models.Q(role__in=[Role.UNIT_LIAISON, Role.COMMUNITY_WORKER]),
                name="handlers_have_a_unit",
            )
        ]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name or self.username

    def get_short_name(self) -> str:
        return self.get_full_name()


class ApiKey(models.Model):
    """A key for another system. Only its digest is kept; the key itself is shown once."""

    user = models.OneToOneField(User, models.CASCADE, related_name="api_key")
    digest = models.CharField(max_length=64, unique=True)
    per_second = models.PositiveIntegerField(_("reports per second"))
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(per_second__gt=0), name="some_rate")
        ]

    def __str__(self) -> str:
        return self.user.username

    # Written out: each request of another system asks it, and to compile it cost a fifth of one.
    VALID = """
        SELECT u.id, u.username, u.name, u.role, u.is_active, u.unit_id, u.division_id,
               k.id AS key_id, k.digest, k.per_second, k.created_at AS key_created_at
        FROM accounts_apikey k JOIN accounts_user u ON u.id = k.user_id
        WHERE k.digest = %s AND k.revoked_at IS NULL AND u.is_active
    """

    @classmethod
    def valid(cls, key: str) -> Self | None:
        """The key as it stands in the database, its user fetched with it; None if not valid."""
        for user in prepared.objects(User, cls.VALID, [digest(key)]):
            found = vars(user)
            return cls(
                pk=found["key_id"],
                user=user,
                digest=found["digest"],
                per_second=found["per_second"],
                created_at=found["key_created_at"],
            )
        return None

    @classmethod
    def issue(cls, name: str, per_second: int) -> tuple[Self, str]:
        """A new key for the client called `name`; an older key of that name stops working."""
        key = secrets.token_urlsafe(32)
        user, _created = User.objects.get_or_create(
            username=name, defaults={"name": name, "role": Role.API_CLIENT}
        )
        if user.role != Role.API_CLIENT:
            raise ValueError(f"{name} is the name of a person's account")
        made, _created = cls.objects.update_or_create(
            user=user,
            defaults={"digest": digest(key), "per_second": per_second, "revoked_at": None},
        )
        return made, key


def digest(key: str) -> str:
    """SHA-256 in hex; a key holds 256 random bits, so no slow hash is needed."""
    return hashlib.sha256(key.encode()).hexdigest()
