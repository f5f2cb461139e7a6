"""Areas of responsibility beside the divisions, and their outlines through time."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.contrib.gis.db.models import MultiPolygonField
from django.contrib.gis.db.models.functions import IsEmpty, IsValid
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from districts.models.divisions import Division


class Jurisdiction(models.Model):
    """辖区: an area that somebody answers for and that is no division; they may overlap.

    Where several cover a place, the lower priority number speaks first, then the lower code.
    """

    class Kind(models.TextChoices):
        DEVELOPMENT_ZONE = "development_zone", _("development zone")
        HEAT_AREA = "heat_area", _("heat-company area")
        POLICE_BEAT = "police_beat", _("police beat")
        OTHER = "other", _("other jurisdiction")

    code = models.SlugField(_("code"), max_length=40, primary_key=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    priority = models.PositiveSmallIntegerField(
        _("priority"), default=100, help_text=_("the lowest number speaks first")
    )
    owner = models.ForeignKey(
        Division,
        models.PROTECT,
        related_name="jurisdictions",
        verbose_name=_("city or county it belongs to"),
    )

    class Meta:
        ordering = ["priority", "code"]
        verbose_name = _("jurisdiction")
        verbose_name_plural = _("jurisdictions")
        constraints = [
            models.CheckConstraint(
                name="jurisdiction_kind_is_known",
                condition=Q(
                    kind__in=["development_zone", "heat_area", "police_beat", "other"],
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.local_name} {self.code}"

    @property
    def local_name(self) -> str:
        """The name in the reader's language."""
        chinese = (get_language() or "zh").startswith("zh")
        return self.name if chinese or not self.name_en else self.name_en


class JurisdictionBoundaryQuerySet(models.QuerySet["JurisdictionBoundary"]):
    def valid_at(self, day: date) -> Self:
        ends_later = Q(valid_to__isnull=True) | Q(valid_to__gt=day)
        return self.filter(ends_later, valid_from__lte=day)


class JurisdictionBoundary(models.Model):
    """A jurisdiction's outline from `valid_from` up to, not including, `valid_to`; WGS-84."""

    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="boundaries")
    geom = MultiPolygonField(_("outline"), srid=4326, spatial_index=False)
    source = models.CharField(_("source"), max_length=120)
    datum = models.CharField(_("datum it came in"), max_length=8)
    approximate = models.BooleanField(_("approximate"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = JurisdictionBoundaryQuerySet.as_manager()

    class Meta:
        ordering = ["jurisdiction_id", "valid_from"]
        verbose_name = _("boundary of a jurisdiction")
        verbose_name_plural = _("boundaries of jurisdictions")
        indexes = [GistIndex(fields=["geom"], name="jurisdiction_geom")]
        constraints = [
            models.CheckConstraint(
                name="jurisdiction_geom_is_valid",
                condition=Q(IsValid("geom"), ~Q(IsEmpty("geom"))),
            ),
            models.CheckConstraint(
                name="jurisdiction_ends_after_start",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
            ),
            models.CheckConstraint(
                name="jurisdiction_datum_is_known",
                condition=Q(datum__in=["wgs84", "gcj02", "bd09", "cgcs2000"]),
            ),
            ExclusionConstraint(
                name="jurisdiction_one_at_a_time",
                expressions=[
                    ("jurisdiction", RangeOperators.EQUAL),
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
        return f"{self.jurisdiction_id} {self.valid_from}"
