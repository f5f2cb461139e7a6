"""Who does it: workers, shifts, assignments, work orders."""

from django.contrib.gis.db.models import PointField
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit, User
from accounts.scope import Scope
from accounts.tracking import tracked
from dispatch.models.batch import Batch
from districts.models import Division
from incidents.models import Incident, Outcome


@tracked("ShiftEvent", "name_zh", "name_en", "starts", "ends")
class Shift(models.Model):
    """Hours of a day, in the hotline's time zone; `ends` before `starts` runs past midnight."""

    code = models.SlugField(_("code"), primary_key=True, max_length=20)
    name_zh = models.CharField(_("Chinese name"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=40)
    starts = models.TimeField(_("begins at"))
    ends = models.TimeField(
        _("ends at"), help_text=_("earlier than it begins: past midnight; the same: all day")
    )

    class Meta:
        ordering = ["starts"]
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")

    def __str__(self) -> str:
        chinese = (get_language() or "zh").startswith("zh")
        return self.name_zh if chinese else self.name_en


class WorkerQuerySet(models.QuerySet["Worker"]):
    def visible_to(self, user: User) -> "WorkerQuerySet":
        return self.in_scope(Scope.of(user))

    def in_scope(self, scope: Scope) -> "WorkerQuerySet":
        if scope.prefix is not None:
            return self.filter(division__code__startswith=scope.prefix)
        if scope.unit_id is not None:
            led = WorkOrder.objects.filter(
                worker=OuterRef("pk"), incident__lead_unit=scope.unit_id, status__in=WorkOrder.LIVE
            )
            return self.filter(Q(unit=scope.unit_id) | Exists(led))
        return self.filter(user=scope.user_id) if scope.user_id else self.none()


# Not what dispatching writes: that changes with every order.
@tracked("WorkerEvent", "user", "unit", "division", "shift", "skills", "capacity", "home")
class Worker(models.Model):
    """社区工作者/网格员: the person in the street.

    `point` is where to look for them: the shared position while it is fresh, else the home point.
    `on_shift`, `point` and `open_orders` are kept by this package, so that one partial index finds
    the nearest free worker.
    """

    user = models.OneToOneField(
        User, models.PROTECT, related_name="worker", verbose_name=_("person")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="workers", verbose_name=_("unit"))
    division = models.ForeignKey(
        Division, models.PROTECT, related_name="workers", verbose_name=_("own community")
    )
    county = models.ForeignKey(Division, models.PROTECT, related_name="+")
    shift = models.ForeignKey(
        Shift, models.PROTECT, related_name="workers", verbose_name=_("shift")
    )
    skills = ArrayField(
        models.SlugField(max_length=30),
        verbose_name=_("skills"),
        default=list,
        blank=True,
        help_text=_("separated by commas"),
    )
    capacity = models.PositiveSmallIntegerField(
        _("work orders at once"), default=3, validators=[MaxValueValidator(50)]
    )
    home = PointField(_("home point"), srid=4326, spatial_index=False)
    point = PointField(srid=4326, spatial_index=False)
    # Given only while on shift; null: at the home point as far as we know.
    position_at = models.DateTimeField(null=True)
    accuracy_m = models.FloatField(null=True)
    on_shift = models.BooleanField(default=False)
    open_orders = models.PositiveSmallIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    objects = WorkerQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("community worker")
        verbose_name_plural = _("community workers")
        indexes = [
            GistIndex(
                fields=["county", "point"],
                condition=Q(on_shift=True, open_orders__lt=F("capacity")),
                name="worker_free",
            ),
            GistIndex(fields=["point"], name="worker_point"),
            models.Index("updated_at", name="worker_changed"),
        ]

    def __str__(self) -> str:
        return self.user.name


class Assignment(models.Model):
    """派单: incident -> unit. One lead; `why` keeps the rule and what else was possible."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="assignments")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="assignments")
    is_lead = models.BooleanField(default=True)
    is_current = models.BooleanField(default=True)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(db_default=Now())
    why = models.JSONField(default=dict)
    signed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # A cooperating unit (协办): what it is asked to do, until when, and what it answered.
    task = models.CharField(max_length=500, blank=True)
    due_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident"],
                condition=Q(is_lead=True, is_current=True),
                name="one_lead_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["incident", "unit"],
                condition=Q(is_lead=False, is_current=True),
                name="a_unit_cooperates_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} -> {self.unit_id}"


class WorkOrder(models.Model):
    """现场任务: assignment -> one worker. A missing stamp is never invented."""

    class Status(models.TextChoices):
        OFFERED = "offered", _("offered")
        ACCEPTED = "accepted", pgettext_lazy("work order", "accepted")
        EN_ROUTE = "en_route", _("en route")
        ARRIVED = "arrived", _("arrived")
        DONE = "done", _("done")
        DECLINED = "declined", _("declined")
        MISSED = "missed", _("not answered in time")
        WITHDRAWN = "withdrawn", _("withdrawn by the dispatcher")

    LIVE = (Status.OFFERED, Status.ACCEPTED, Status.EN_ROUTE, Status.ARRIVED)
    SIGNED = LIVE[1:]

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="work_orders")
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="work_orders")
    worker = models.ForeignKey(Worker, models.PROTECT, related_name="orders")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.OFFERED)
    away_m = models.FloatField(_("metres away when offered"))
    # The parts of the cost in metres, and of the others who could have gone, why not they.
    why = models.JSONField(default=dict)
    others = models.JSONField(default=list)
    batch = models.ForeignKey(
        Batch, models.SET_NULL, null=True, related_name="orders", db_index=False
    )
    offered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    offered_at = models.DateTimeField(db_default=Now())
    answer_by = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    en_route_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("work order")
        verbose_name_plural = _("work orders")
        constraints = [
            # The promise itself, kept by the database: never two live offers for one incident.
            models.UniqueConstraint(
                fields=["incident"],
                condition=Q(status__in=["offered", "accepted", "en_route", "arrived"]),
                name="one_live_order",
            )
        ]
        indexes = [
            models.Index("answer_by", condition=Q(status="offered"), name="order_unanswered"),
            models.Index("worker", F("id").desc(), name="order_of_worker"),
            models.Index(
                "accepted_at",
                condition=Q(status__in=["accepted", "en_route", "arrived"]),
                name="order_signed",
            ),
            models.Index("batch", condition=Q(batch__isnull=False), name="order_of_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} -> {self.worker_id} {self.status}"

    @property
    def is_live(self) -> bool:
        return self.status in self.LIVE
