"""When somebody works: patterns of shifts that come round, and what departs from them."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.tracking import tracked
from dispatch.models.work import Shift, Worker

LONGEST_CYCLE = 60


@tracked("ShiftPatternEvent", "name_zh", "name_en", "cycle", "on_working_days")
class ShiftPattern(models.Model):
    """轮班: a shift, or none, for each day of a cycle; which day is whose says `RotaPlace`."""

    code = models.SlugField(_("code"), primary_key=True, max_length=20)
    name_zh = models.CharField(_("Chinese name"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=40)
    cycle = ArrayField(
        models.SlugField(max_length=20, blank=True),
        verbose_name=_("shifts, day by day"),
        size=LONGEST_CYCLE,
        help_text=_("codes of shifts, separated by commas; nothing between two: a day off"),
    )
    on_working_days = models.BooleanField(
        _("working days only"),
        default=False,
        help_text=_("nobody begins on a public holiday or a day off of the calendar"),
    )

    class Meta:
        ordering = ["code"]
        verbose_name = _("shift pattern")
        verbose_name_plural = _("shift patterns")
        constraints = [
            models.CheckConstraint(condition=Q(cycle__len__gte=1), name="pattern_has_days"),
        ]

    def __str__(self) -> str:
        chinese = (get_language() or "zh").startswith("zh")
        return self.name_zh if chinese else self.name_en

    def clean(self) -> None:
        known = set(Shift.objects.values_list("code", flat=True))
        if strange := sorted(set(self.cycle or []) - known - {""}):
            told = gettext("There is no shift %(codes)s.") % {"codes": ", ".join(strange)}
            raise ValidationError({"cycle": told})
        if not any(self.cycle or []):
            raise ValidationError({"cycle": gettext("Somebody has to work on one day at least.")})


@tracked("RotaPlaceEvent", "pattern", "begins_on")
class RotaPlace(models.Model):
    """Whose hours follow a pattern, and on which day its cycle begins for them; else it is the
    worker's one shift, every day."""

    worker = models.OneToOneField(
        Worker, models.CASCADE, primary_key=True, related_name="rota_place"
    )
    pattern = models.ForeignKey(
        ShiftPattern, models.PROTECT, related_name="places", verbose_name=_("shift pattern")
    )
    begins_on = models.DateField(
        _("the cycle begins on"), help_text=_("any day that is the first of the cycle")
    )

    class Meta:
        verbose_name = _("place in the rota")
        verbose_name_plural = _("places in the rota")

    def __str__(self) -> str:
        return f"{self.worker_id} {self.pattern_id}"


class Span(Func):
    """`tstzrange(begins_at, ends_at)`, half open as a shift is."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


@tracked("DutyChangeEvent", "worker", "kind", "begins_at", "ends_at", "reason")
class DutyChange(models.Model):
    """What departs from somebody's rota: leave (请假), or duty beside it (加班/替班)."""

    class Kind(models.TextChoices):
        LEAVE = "leave", _("leave")
        SICK = "sick", _("sick leave")
        TRAINING = "training", _("training")
        EXTRA = "extra", _("extra duty")

    AWAY = (Kind.LEAVE, Kind.SICK, Kind.TRAINING)

    worker = models.ForeignKey(Worker, models.CASCADE, related_name="duty_changes")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["begins_at", "pk"]
        verbose_name = _("change of duty")
        verbose_name_plural = _("changes of duty")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("begins_at")), name="duty_change_ends_later"
            ),
            ExclusionConstraint(
                name="one_duty_change_at_a_time",
                expressions=[
                    ("worker", RangeOperators.EQUAL),
                    (Span("begins_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.worker_id} {self.kind} {self.begins_at:%Y-%m-%d %H:%M}"

    @property
    def is_away(self) -> bool:
        return self.kind in self.AWAY
