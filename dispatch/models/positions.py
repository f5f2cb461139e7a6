"""The newest position of each worker, beside the worker's own row."""

from django.contrib.gis.db.models import PointField
from django.db import models

from dispatch.models.work import Worker


class LastPosition(models.Model):
    """Rewritten every few seconds while on shift, gone with the shift.

    No index but the key, and half of each page free: a new version stays on the page of the old.
    """

    worker = models.OneToOneField(
        Worker, models.CASCADE, primary_key=True, related_name="last_position"
    )
    at = models.DateTimeField()
    point = PointField(srid=4326, spatial_index=False)
    accuracy_m = models.FloatField(null=True)

    class Meta:
        ordering = ["worker"]

    def __str__(self) -> str:
        return f"{self.worker_id} {self.at:%H:%M:%S}"
