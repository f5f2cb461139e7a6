"""Which limit applies and which days are working days: the city's data."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.tracking import tracked
from incidents.models.categories import LIMIT_RANGE, Kind, LimitUnit
from incidents.models.course import Urgency

EITHER = _("A limit is either for an urgency or for a kind.")


@tracked("TimeLimitEvent", "urgency", "kind", "limit", "limit_unit")
class TimeLimit(models.Model):
    """What holds where a category has no limit of its own: by urgency, then by kind."""

    urgency = models.CharField(_("urgency"), max_length=10, choices=Urgency.choices, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, blank=True)
    limit = models.PositiveSmallIntegerField(_("limit"), validators=LIMIT_RANGE)
    limit_unit = models.CharField(_("unit of the limit"), max_length=2, choices=LimitUnit.choices)

    class Meta:
        ordering = ["urgency", "kind"]
        verbose_name = _("time limit")
        verbose_name_plural = _("time limits")
        constraints = [
            models.UniqueConstraint(fields=["urgency", "kind"], name="one_time_limit"),
            models.CheckConstraint(
                condition=Q(urgency="") ^ Q(kind=""),
                name="time_limit_for_one",
                violation_error_message=EITHER,
            ),
            models.CheckConstraint(condition=Q(limit__gt=0), name="time_limit_above_zero"),
        ]

    def __str__(self) -> str:
        what = self.get_urgency_display() if self.urgency else self.get_kind_display()
        return f"{what}: {self.limit} {self.get_limit_unit_display()}"

    def clean(self) -> None:
        if self.urgency and self.kind:
            raise ValidationError({"kind": EITHER})
        if not (self.urgency or self.kind):
            raise ValidationError({"urgency": EITHER})


@tracked("CalendarDayEvent", "day", "is_working", "note")
class CalendarDay(models.Model):
    """A day on which this city departs from China's calendar (调休, local holidays)."""

    day = models.DateField(_("day"), primary_key=True)
    is_working = models.BooleanField(_("working day"))
    note = models.CharField(_("note"), max_length=120, blank=True)

    class Meta:
        ordering = ["day"]
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")

    def __str__(self) -> str:
        return f"{self.day} {'+' if self.is_working else '-'}"
