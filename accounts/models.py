"""People, the units they work for, and the keys of other systems."""

import hashlib
import secrets
from typing import Any, Self

import pgtrigger
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.roles import NEEDING_A_DIVISION, NEEDING_A_UNIT, Role
from accounts.tracking import tracked
from districts import prepared
from districts.models import Division

# What stands before the unit in a lineage is below it; what stands after is where it was.
MOVE = """
UPDATE accounts_unit
SET lineage = lineage[:array_position(lineage, %(unit)s::bigint) - 1] || %(lineage)s::bigint[]
WHERE id = %(unit)s OR lineage @> ARRAY[%(unit)s]::bigint[]
"""


@tracked("UnitEvent", "code", "name", "name_en", "kind", "parent", "division")
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
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("unit above"),
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
        """Who moves takes along all below. Two moves at once could close a circle: one by one."""
        with transaction.atomic():
            above = self._lineage_above()
            self.refuse_circle(above)
            super().save(*args, **kwargs)
            lineage = [self.pk, *above]
            if lineage != self.lineage:
                self._move(lineage)

    def clean(self) -> None:
        self.refuse_circle(self.parent.lineage if self.parent else [])

    def refuse_circle(self, above: list[int]) -> None:
        if self.pk is not None and self.pk in above:
            raise ValidationError({"parent": _("A unit cannot lie below itself.")})

    def _lineage_above(self) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('accounts_unit.lineage'))")
        if self.parent_id is None:
            return []
        return Unit.objects.values_list("lineage", flat=True).get(pk=self.parent_id)

    def _move(self, lineage: list[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(MOVE, {"unit": self.pk, "lineage": lineage})
        self.lineage = lineage


class People(UserManager["User"]):
    """`createsuperuser` makes the first administrator: the desk asks for the role."""

    use_in_migrations = False

    def create_superuser(self, username: str, *args: Any, **more: Any) -> "User":
        return super().create_superuser(
            username, *args, **{"role": Role.ADMINISTRATOR, "name": username} | more
        )


# Whoever logged in before one of these changed has to log in again.
RIGHTS = ("password", "role", "unit", "division", "is_active", "is_staff", "is_superuser")
# However it is changed, and whatever a stale save() brings along: never less than it was.
COUNT_RIGHTS = """
NEW.rights_version = GREATEST(NEW.rights_version, OLD.rights_version
    + ((NEW.password, NEW.role, NEW.unit_id, NEW.division_id, NEW.is_active, NEW.is_staff,
        NEW.is_superuser)
       IS DISTINCT FROM
       (OLD.password, OLD.role, OLD.unit_id, OLD.division_id, OLD.is_active, OLD.is_staff,
        OLD.is_superuser))::int);
RETURN NEW;
"""


# Only what gives or takes rights: no password, no time of the last log-in.
@tracked(
    "UserEvent",
    *("username", "role", "unit", "division", "is_active", "is_staff", "is_superuser"),
)
class User(AbstractUser):
    """One log-in: a role, a unit for those who handle, a division for those who oversee."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(_("name"), max_length=80)
    role = models.CharField(_("role"), max_length=30, choices=Role.choices, default=Role.CITIZEN)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="users", verbose_name=_("unit")
    )
    division = models.ForeignKey(
        Division,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
        verbose_name=_("jurisdiction"),
    )
    # Counted by a trigger whenever rights or password change; part of what a session remembers.
    rights_version = models.BigIntegerField(default=1, db_default=1, editable=False)

    objects = People()  # type: ignore[misc]

    class Meta(AbstractUser.Meta):
        ordering = ["username"]
        triggers = [
            pgtrigger.Trigger(
                name="count_rights",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=COUNT_RIGHTS,
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(unit__isnull=False)
                | ~models.Q(role__in=[Role.UNIT_LIAISON, Role.COMMUNITY_WORKER]),
                name="handlers_have_a_unit",
            )
        ]

    def __str__(self) -> str:
        return self.name or self.username

    def clean(self) -> None:
        super().clean()
        if self.role in NEEDING_A_UNIT and self.unit_id is None:
            raise ValidationError({"unit": _("Who has this role works for a unit.")})
        if self.role in NEEDING_A_DIVISION and self.division_id is None:
            raise ValidationError({"division": _("Who has this role has a jurisdiction.")})

    def get_full_name(self) -> str:
        return self.name or self.username

    def get_short_name(self) -> str:
        return self.get_full_name()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A change of rights is counted in the database; who goes on with this object knows it."""
        adding, written = self._state.adding, kwargs.get("update_fields")
        super().save(*args, **kwargs)
        if not adding and (written is None or not set(RIGHTS).isdisjoint(written)):
            self.refresh_from_db(fields=["rights_version"])

    def get_session_auth_hash(self) -> str:
        """What Django compares with the session at each request: password and rights as they are.

        The user's row is read then anyway, so that a session ends without another statement.
        """
        told = f"{self.rights_version} {self.password}"
        return salted_hmac("accounts.User.session", told, algorithm="sha256").hexdigest()


class ApiKey(models.Model):
    """A key for another system. Only its digest is kept; the key itself is shown once."""

    user = models.OneToOneField(User, models.CASCADE, related_name="api_key")
    digest = models.CharField(max_length=64, unique=True)
    per_second = models.PositiveIntegerField(_("reports per second"))
    # A telephone system's; any other key may file reports and no more.
    announces_calls = models.BooleanField(default=False, db_default=False)
    # A fleet's gateway: tells where workers are.
    moves_workers = models.BooleanField(default=False, db_default=False)
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
               k.id AS key_id, k.digest, k.per_second, k.announces_calls,
               k.moves_workers,
               k.created_at AS key_created_at
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
                announces_calls=found["announces_calls"],
                moves_workers=found["moves_workers"],
                created_at=found["key_created_at"],
            )
        return None

    @classmethod
    def issue(
        cls,
        name: str,
        per_second: int,
        *,
        announces_calls: bool = False,
        moves_workers: bool = False,
    ) -> tuple[Self, str]:
        """A new key for the client called `name`; an older key of that name stops working."""
        key = secrets.token_urlsafe(32)
        user, _created = User.objects.get_or_create(
            username=name, defaults={"name": name, "role": Role.API_CLIENT}
        )
        if user.role != Role.API_CLIENT:
            raise ValueError(f"{name} is the name of a person's account")
        made, _created = cls.objects.update_or_create(
            user=user,
            defaults={
                "digest": digest(key),
                "per_second": per_second,
                "announces_calls": announces_calls,
                "moves_workers": moves_workers,
                "revoked_at": None,
            },
        )
        return made, key


def digest(key: str) -> str:
    """SHA-256 in hex; a key holds 256 random bits, so no slow hash is needed."""
    return hashlib.sha256(key.encode()).hexdigest()


# A new second factor, or one taken away, ends the sessions of its owner.
COUNT_FACTOR = """
UPDATE accounts_user SET rights_version = rights_version + 1
WHERE id = COALESCE(NEW.user_id, OLD.user_id) AND COALESCE(NEW.type, OLD.type) = 'totp';
RETURN NULL;
"""


@tracked("SecondFactorEvent", "user", "type", title=_("changes of second factors"))
class SecondFactor(Authenticator):
    """django-allauth's rows, with what our database does about them."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="count_factor",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Delete,
                func=COUNT_FACTOR,
            )
        ]


class LogInTries(models.Model):
    """Failed tries to log in, by account (a digest), code or address (`accounts.lockout`)."""

    name = models.CharField(max_length=80, primary_key=True)
    hits = models.PositiveIntegerField()
    ends = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} {self.hits}"
