"""Where: the province's tree of divisions, and their outlines through time."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.contrib.gis.db.models import MultiPolygonField, PointField
from django.contrib.gis.db.models.functions import IsEmpty, IsValid
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Replace
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Level(models.IntegerChoices):
    PROVINCE = 1, _("province")
    CITY = 2, _("city")
    COUNTY = 3, _("county")
    STREET = 4, _("street")
    COMMUNITY = 5, _("community")
    GRID = 6, _("grid")

    @property
    def word(self) -> str:
        """The level as the API and the fixture files write it."""
        return self.name.lower()

    @classmethod
    def from_word(cls, word: str) -> Level:
        """KeyError for a word that is no level."""
        return {level.word: level for level in cls}[word]


class DivisionQuerySet(models.QuerySet["Division"]):
    def path_of(self, code: str) -> Self:
        """Province down to the division itself. One statement: the path is on its row."""
        own = Division.objects.filter(code=code)
        above = ["city__parent_id", "city_id", "county_id", "street_id", "parent_id", "code"]
        codes = [Q(code__in=own.values(column)) for column in above]
        return self.filter(_any(codes)).order_by("level")

    def children_of(self, code: str) -> Self:
        return self.filter(parent_id=code, is_active=True).order_by("code")

    def search(self, text: str, limit: int = 20) -> Self:
        """Active divisions whose Chinese or English name contains `text`, larger ones first.

        Not grid cells, whose names are numbers.
        """
        # Tai'an is typed taian as often as not.
        plain = Replace("name_en", Value("'"), Value(""))
        found = Q(name__icontains=text) | Q(plain_name__icontains=text.replace("'", ""))
        named = self.alias(plain_name=plain).filter(found, is_active=True, level__lt=Level.GRID)
        return named.order_by("level", "code")[:limit]

    def with_path(self) -> Self:
        """Fetches the ancestors with the row, so that `Division.path` asks nothing more."""
        return self.select_related("parent", "city__parent", "county", "street")


def _any(conditions: list[Q]) -> Q:
    together = Q()
    for condition in conditions:
        together |= condition
    return together


class Division(models.Model):
    """An area somebody governs, known by its code. Names repeat: never match by name.

    A code starts with its parent's code (a city's with the province's first two digits, a
    county's with the city's first four). `city`, `county` and `street` repeat the ancestors, the
    division itself included, so that a leaf knows its whole path.
    """

    code = models.CharField(_("code"), max_length=15, primary_key=True)
    level = models.PositiveSmallIntegerField(_("level"), choices=Level)
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=120)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    city = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    county = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    street = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    is_active = models.BooleanField(_("active"), default=True)

    objects = DivisionQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = _("division")
        verbose_name_plural = _("divisions")
        constraints = [
            models.CheckConstraint(
                name="division_code_is_digits", condition=Q(code__regex=r"^([0-9]{3}){2,5}$")
            ),
            models.CheckConstraint(
                name="division_level_is_known", condition=Q(level__in=Level.values)
            ),
            models.CheckConstraint(
                name="division_province_has_no_parent",
                condition=Q(level=Level.PROVINCE, parent__isnull=True)
                | Q(level__gt=Level.PROVINCE, parent__isnull=False),
            ),
            models.CheckConstraint(
                name="division_ancestors_fit_level",
                condition=Q(level=1, city=None, county=None, street=None)
                | Q(level=2, city__isnull=False, county=None, street=None)
                | Q(level=3, city__isnull=False, county__isnull=False, street=None)
                | Q(level__gte=4, city__isnull=False, county__isnull=False, street__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.local_name} {self.code}"

    @property
    def local_name(self) -> str:
        """The name in the reader's language."""
        chinese = (get_language() or "zh").startswith("zh")
        return self.name if chinese or not self.name_en else self.name_en

    @property
    def path(self) -> list[Division]:
        """Province down to itself. No statement when fetched `with_path()`."""
        province = self.city.parent if self.city else None
        chain = [province, self.city, self.county, self.street, self.parent, self]
        distinct = {division.code: division for division in chain if division}
        return sorted(distinct.values(), key=lambda division: division.level)


class BoundaryQuerySet(models.QuerySet["Boundary"]):
    def valid_at(self, day: date) -> Self:
        ends_later = Q(valid_to__isnull=True) | Q(valid_to__gt=day)
        return self.filter(ends_later, valid_from__lte=day)

    def open(self) -> Self:
        """Boundaries that nothing has replaced."""
        return self.filter(valid_to__isnull=True)


class Boundary(models.Model):
    """A division's outline from `valid_from` up to, not including, `valid_to`; WGS-84."""

    division = models.ForeignKey(Division, models.PROTECT, related_name="boundaries")
    geom = MultiPolygonField(_("outline"), srid=4326, spatial_index=False)
    point = PointField(_("label point"), srid=4326, spatial_index=False)
    source = models.CharField(_("source"), max_length=120)
    datum = models.CharField(_("datum it came in"), max_length=8)
    approximate = models.BooleanField(_("approximate"))
    is_leaf = models.BooleanField(_("leaf"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = BoundaryQuerySet.as_manager()

    class Meta:
        ordering = ["division_id", "valid_from"]
        verbose_name = _("boundary")
        verbose_name_plural = _("boundaries")
        constraints = [
            models.CheckConstraint(
                name="boundary_geom_is_valid", condition=Q(IsValid("geom"), ~Q(IsEmpty("geom")))
            ),
            models.CheckConstraint(
                name="boundary_point_is_inside", condition=Q(geom__covers=F("point"))
            ),
            models.CheckConstraint(
                name="boundary_ends_after_start",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
            ),
            models.CheckConstraint(
                name="boundary_datum_is_known",
                condition=Q(datum__in=["wgs84", "gcj02", "bd09", "cgcs2000"]),
            ),
            ExclusionConstraint(
                name="boundary_one_at_a_time",
                expressions=[
                    ("division", RangeOperators.EQUAL),
                    (
                        Func(
                            "valid_from",
                            "valid_to",
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.division_id} {self.valid_from}"


class Edition(models.Model):
    """One load of a province's divisions: which data, when, and what it changed."""

    province = models.ForeignKey(Division, models.PROTECT, related_name="editions")
    checksum = models.CharField(_("checksum"), max_length=64)
    loaded_at = models.DateTimeField(_("loaded at"), auto_now_add=True)
    divisions = models.PositiveIntegerField(_("divisions"))
    leaves = models.PositiveIntegerField(_("leaves"))
    added = models.PositiveIntegerField(_("boundaries added"))
    closed = models.PositiveIntegerField(_("boundaries closed"))
    effective_on = models.DateField(_("in force from"), null=True)
    # When the open incidents whose place changed hands had been listed.
    listed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("edition")
        verbose_name_plural = _("editions")

    def __str__(self) -> str:
        return f"{self.province_id} {self.loaded_at:%Y-%m-%d}"


class Households(models.Model):
    """How many households a division has, as somebody counted or estimated them."""

    division = models.OneToOneField(Division, models.PROTECT, related_name="households")
    households = models.PositiveIntegerField(_("households"))
    is_estimate = models.BooleanField(_("estimate"))
    source = models.CharField(_("source"), max_length=200)

    class Meta:
        ordering = ["division_id"]
        verbose_name = _("households")
        verbose_name_plural = _("households")

    def __str__(self) -> str:
        return f"{self.division_id} {self.households}"
