"""Who looks after a grid cell."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from dispatch.models.work import Worker
from districts.models import Division


class CellWorker(models.Model):
    """网格员: the worker of one grid cell; a worker may have several."""

    cell = models.OneToOneField(
        Division, models.CASCADE, primary_key=True, related_name="cell_worker"
    )
    worker = models.ForeignKey(Worker, models.CASCADE, related_name="cells")

    class Meta:
        ordering = ["cell_id"]
        verbose_name = _("worker of a grid cell")
        verbose_name_plural = _("workers of grid cells")

    def __str__(self) -> str:
        return f"{self.cell_id} {self.worker_id}"
