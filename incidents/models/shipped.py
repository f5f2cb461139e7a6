"""What the fixtures last gave, so that a load can tell it from what an administrator chose."""

from django.db import models


class Shipped(models.Model):
    """One row of the fixtures as it was loaded last: of which table, with which values.

    It outlives the row it tells of: what was deleted since is not loaded again.
    """

    table = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    given = models.JSONField()

    class Meta:
        ordering = ["table", "key"]
        constraints = [
            models.UniqueConstraint(fields=["table", "key"], name="shipped_once"),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.key}"
