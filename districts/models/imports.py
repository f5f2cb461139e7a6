"""Files of outlines between their arrival and the day they take effect."""

from __future__ import annotations

import uuid

from django.contrib.gis.db.models import GeometryField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from districts.models.divisions import Division


class AreaImport(models.Model):
    """One file of jurisdictions or grid cells: checked, looked at on a map, then in force."""

    class Kind(models.TextChoices):
        """What is in the file: the kinds of jurisdictions, or cells."""

        DEVELOPMENT_ZONE = "development_zone", _("development zones")
        HEAT_AREA = "heat_area", _("heat-company areas")
        POLICE_BEAT = "police_beat", _("police beats")
        OTHER = "other", _("other jurisdictions")
        CELL = "cell", _("grid cells")

    class State(models.TextChoices):
        CHECKED = "checked", _("checked")
        IN_FORCE = "in_force", _("in force")
        DISCARDED = "discarded", _("discarded")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    datum = models.CharField(max_length=8)
    source = models.CharField(max_length=120)
    approximate = models.BooleanField(default=False)
    # What the areas belong to, and what they must fill without a gap, where that was declared.
    owner = models.ForeignKey(Division, models.PROTECT, null=True, related_name="+")
    whole = models.ForeignKey(Division, models.PROTECT, null=True, related_name="+")
    priority = models.PositiveSmallIntegerField(default=100)
    # A file that states its kind whole: what it does not list any more ends.
    replaces_all = models.BooleanField(default=False)
    # Faults of the file as a whole (gaps): code and words, as those of each area.
    faults = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHECKED)
    # By account name: people are known above this package only.
    made_by = models.CharField(max_length=150, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    effective_on = models.DateField(null=True)
    confirmed_by = models.CharField(max_length=150, blank=True)
    # When the open incidents whose place changed hands had been listed.
    listed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="in_force_has_a_day",
                condition=~Q(state="in_force") | Q(effective_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.made_at:%Y-%m-%d}"

    @property
    def is_cells(self) -> bool:
        return self.kind == self.Kind.CELL


class ImportedArea(models.Model):
    """One area of a file, in WGS-84, with what is wrong with it and what was repaired."""

    of = models.ForeignKey(AreaImport, models.CASCADE, related_name="areas")
    # The feature's number in its file, counted from 1.
    row = models.PositiveIntegerField()
    code = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=80, blank=True)
    name_en = models.CharField(max_length=120, blank=True)
    # Of a cell: the user name of its worker, where the file says it.
    holder = models.CharField(max_length=150, blank=True)
    geom = GeometryField(srid=4326, null=True, spatial_index=False)
    faults = models.JSONField(default=list)
    repairs = models.JSONField(default=list)

    class Meta:
        ordering = ["of_id", "row"]
        constraints = [
            models.UniqueConstraint(fields=["of", "row"], name="imported_area_once"),
        ]

    def __str__(self) -> str:
        return f"{self.row} {self.code}"
