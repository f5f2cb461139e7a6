"""What one person asks or shows, and by which channel."""

import secrets

from django.contrib.gis.db.models import PointField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from districts.datums import Datum
from incidents.models.complainants import Complainant
from incidents.models.incidents import Incident, NextNumber


class Channel(models.TextChoices):
    TELEPHONE = "telephone", _("telephone")
    WEB = "web", _("web page")
    API = "api", _("another system")
    MAIL = "mail", _("mailbox")
    WALK_IN = "walk_in", _("walk-in")
    MESSAGE = "message", _("message")
    MERGED_LINE = "merged_line", _("merged line")


class Origin(models.TextChoices):
    """Where a position comes from."""

    PIN = "pin", _("pin set on the map")
    DEVICE = "device", _("position of the device")
    EXIF = "exif", _("position inside the photo or video")
    ADDRESS = "address", _("address")
    MERGED_LINE = "line", _("position given by the merged line")
    NONE = "none", _("no position")


def new_tracking_code() -> str:
    """20 letters and digits that are not mistaken for each other: 20 x 5 = 100 random bits."""
    letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32: each byte means all of them equally often
    return "".join(letters[byte % 32] for byte in secrets.token_bytes(20))


class Report(models.Model):
    """诉求: what one person asks or shows. Each report gets its own answer."""

    # The first report of an incident lends it its number.
    number = models.CharField(max_length=20, unique=True, db_default=NextNumber())
    tracking_code = models.CharField(max_length=20, unique=True, default=new_tracking_code)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="reports")
    # Where it was before a merge took it to its present incident.
    came_from = models.ForeignKey(
        Incident, models.PROTECT, null=True, related_name="reports_merged_away"
    )
    channel = models.CharField(max_length=20, choices=Channel.choices)
    text = models.TextField(blank=True)
    address = models.CharField(max_length=200, blank=True)
    complainant = models.ForeignKey(Complainant, models.PROTECT, null=True, related_name="reports")
    # What was given stays as it was given; the WGS-84 point stands beside it.
    given_longitude = models.FloatField(null=True)
    given_latitude = models.FloatField(null=True)
    datum = models.CharField(max_length=10, choices=[(d.value, d.value) for d in Datum])
    accuracy_m = models.FloatField(null=True)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    position = PointField(srid=4326, null=True, spatial_index=False)
    created_at = models.DateTimeField(db_default=Now())
    # The citizen needs it no longer: nothing is told and nobody asked.
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.CheckConstraint(
                condition=Q(position__isnull=True)
                | Q(given_longitude__isnull=False, given_latitude__isnull=False),
                name="report_position_was_given",
            )
        ]

    def __str__(self) -> str:
        return self.number
