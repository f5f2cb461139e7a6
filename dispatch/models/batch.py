"""Many decided at once: what a batch did, kept as long as the positions it went by."""

from django.db import models
from django.db.models.functions import Now


class Batch(models.Model):
    """批量派单: one matching of waiting incidents with free workers.

    `origins`: work order -> longitude and latitude its worker was thought to be at. `left_over`:
    incidents nobody suitable was free for. `total_m`: the cost of all that was offered, in metres.
    """

    at = models.DateTimeField(db_default=Now())
    took_ms = models.PositiveIntegerField()
    taken_up = models.PositiveIntegerField()
    offered = models.PositiveIntegerField()
    free_workers = models.PositiveIntegerField()
    total_m = models.FloatField()
    # How evenly it fell: orders in hand of those who got one, on average and at most.
    mean_in_hand = models.FloatField()
    most_in_hand = models.PositiveSmallIntegerField()
    origins = models.JSONField(default=dict)
    left_over = models.JSONField(default=list)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index("at", name="batch_at")]

    def __str__(self) -> str:
        return f"{self.pk}: {self.offered}/{self.taken_up}"
