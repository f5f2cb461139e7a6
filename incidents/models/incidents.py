"""The case that gets handled, its words, and who may see it."""

from math import cos, radians

from django.contrib.gis.db.models import PointField
from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point, Polygon
from django.contrib.gis.measure import Distance as Metres
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex, GistIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit, User
from accounts.scope import Scope
from districts.models import Division
from incidents import lifecycle
from incidents.models.categories import Category, Kind
from incidents.models.course import Asked, Assigned, Clocked, Judged


class Status(models.TextChoices):
    """The words of `lifecycle.Status`, translated; a test keeps the two equal."""

    REGISTERED = "registered", _("registered")
    TRIAGE = "triage", _("in triage")
    ACCEPTED = "accepted", _("accepted")
    DISPATCHED = "dispatched", _("dispatched")
    IN_PROGRESS = "in_progress", _("in progress")
    REPLIED = "replied", _("replied")
    CALL_BACK = "call_back", _("call-back")
    CLOSED = "closed", _("closed")
    ARCHIVED = "archived", _("archived")
    ANSWERED = "answered", _("answered at the desk")
    NOT_ACCEPTED = "not_accepted", _("not accepted")
    TRANSFERRED = "transferred", _("transferred")
    MERGED = "merged", _("merged")
    WITHDRAWN = "withdrawn", _("withdrawn")
    INVALID = "invalid", _("invalid")


# Nobody owes anything any more.
ENDED = [status for status in Status if status.value not in lifecycle.OPEN]


# In hand, or done; what was merged lives on in another, and the other ends concern one citizen.
PUBLIC = [Status(status) for status in lifecycle.OPEN] + [Status.CLOSED, Status.ARCHIVED]


class Waiting(models.TextChoices):
    """Why an incident waits for a person: the name of the queue it stands in."""

    NO_PLACE = "no_place", _("no place given")
    OUTSIDE = "outside", _("outside the province")
    NO_RULE = "no_rule", _("no unit in the catalogue")
    NO_WORKER = "no_worker", _("no suitable worker")
    MISSED = "missed", _("three workers did not answer")
    WRONGDOING = "wrongdoing", _("wrongdoing: conflict check")
    RETURNED = "returned", _("returned by the unit")
    DESIGNATE = "designate", _("to be designated by the duty manager")
    UNMERGED = "unmerged", _("taken out of another incident")


class Outcome(models.TextChoices):
    SOLVED = "solved", _("solved")
    EXPLAINED = "explained", _("explained")
    NOTHING_FOUND = "nothing_found", _("nothing found on site")
    NOT_ENTITLED = "not_entitled", _("not entitled")
    DUPLICATE = "duplicate", _("duplicate")
    REFERRED = "referred", _("referred")
    NOT_NOW = "not_now", _("cannot be solved now")
    WITHDRAWN = "withdrawn", _("withdrawn")


# How near a report must be to be offered as the same thing.
NEAR_M = 200


class IncidentQuerySet(models.QuerySet["Incident"]):
    def visible_to(self, user: User) -> "IncidentQuerySet":
        """What this person may see; every page, API, tile, stream and export goes through it."""
        return self.in_scope(Scope.of(user))

    def in_scope(self, scope: Scope) -> "IncidentQuerySet":
        if scope.prefix is not None:
            seen = self if scope.wrongdoing else self.exclude(kind=Kind.WRONGDOING)
            if scope.prefix == "":
                return seen
            within = Q(division__code__startswith=scope.prefix)
            return seen.filter(within | Q(division=None) if scope.placeless else within)
        if scope.unit_id is not None:
            return self.filter(visible_units__contains=[scope.unit_id])
        if scope.user_id is not None:
            return self.filter(field_worker_id=scope.user_id)
        if scope.urgent_only:
            # Danger to life in a report of wrongdoing is theirs as well, once it is alarmed.
            return self.filter(is_urgent=True).exclude(kind=Kind.WRONGDOING, alarm="")
        return self.none()

    def open(self) -> "IncidentQuerySet":
        return self.filter(status__in=lifecycle.OPEN)

    def near(self, point: Point | None, metres: float = NEAR_M) -> "IncidentQuerySet":
        """Within `metres` of a WGS-84 point, nearest first; nothing is near no place."""
        if point is None:
            return self.none()
        # The box in degrees lets the index work; true metres decide.
        reach = metres / 111_000 / cos(radians(point.y))
        box = Polygon.from_bbox(
            (point.x - reach, point.y - reach, point.x + reach, point.y + reach)
        )
        return (
            self.filter(position__bboverlaps=box)
            .annotate(away=Distance("position", point, spheroid=True))
            .filter(away__lte=Metres(m=metres))
            .order_by("away", "id")
        )

    def joinable(self) -> "IncidentQuerySet":
        """What a second citizen may be shown and follow: open, nothing private about it."""
        return self.harmless().filter(status__in=lifecycle.JOINABLE)

    def harmless(self) -> "IncidentQuerySet":
        """With a place, and nothing private about it: the one rule of what strangers may know."""
        return self.filter(
            is_confidential=False,
            category__is_private=False,
            position__isnull=False,
        ).exclude(kind=Kind.WRONGDOING)

    def public(self) -> "IncidentQuerySet":
        """What has a page for everybody: harmless, in hand or done, and not taken back."""
        return self.harmless().filter(status__in=PUBLIC, division__isnull=False)

    def where_it_lives(self, incident_id: int) -> "IncidentQuerySet":
        """This one, or what it was merged into, if that is for everybody; take the first."""
        return self.public().filter(Q(pk=incident_id) | Q(merged=incident_id))


class NumberDay(models.Model):
    """Where the sequence of numbers stood when a day began; written by `hotline_next_number()`."""

    day = models.DateField(primary_key=True)
    before_first = models.BigIntegerField()

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return str(self.day)


class NextNumber(Func):
    """`20261123-000042`: the day in the hotline's time zone, and a count that starts anew."""

    function = "hotline_next_number"
    output_field = models.CharField()


CLOCKED = Q(status__in=lifecycle.OPEN, due_at__isnull=False)
BY_TIME_LEFT = (F("is_urgent").desc(), F("due_at"), F("id"))


class Incident(Clocked, Assigned, Judged):
    """工单: the case that gets handled. Reports about one thing share one incident.

    `division` stays what it was when the place was given, whatever boundaries do later.
    `lead_unit`, `visible_units`, `field_worker` and `dispatch_after` are written by dispatch.
    """

    number = models.CharField(max_length=20, unique=True, db_default=NextNumber())
    kind = models.CharField(max_length=20, choices=Kind.choices)
    category = models.ForeignKey(Category, models.PROTECT, related_name="incidents")
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.REGISTERED)
    is_urgent = models.BooleanField(default=False)
    is_confidential = models.BooleanField(default=False)
    position = PointField(srid=4326, null=True, blank=True, spatial_index=False)
    division = models.ForeignKey(Division, models.PROTECT, null=True, related_name="incidents")
    # Codes of the jurisdictions it lay in when it was first dispatched; null: not asked yet.
    jurisdictions = ArrayField(models.CharField(max_length=40), null=True)
    address = models.CharField(max_length=200, blank=True)
    waiting = models.CharField(max_length=20, choices=Waiting.choices, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True)
    public_reply = models.TextField(blank=True)
    lead_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="led_incidents")
    visible_units = ArrayField(models.BigIntegerField(), default=list)
    field_worker = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="field_incidents"
    )
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")
    # The dispatch queue is a WHERE clause: due when this time has come, empty when in hand.
    dispatch_after = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="incident_kind"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="incident_status"),
            # Invariant 4: a position lies in a division, or in the queue that says it does not.
            models.CheckConstraint(
                condition=Q(position__isnull=True)
                | Q(division__isnull=False)
                | Q(waiting=Waiting.OUTSIDE)
                | Q(status__in=[Status.TRIAGE, *ENDED]),
                name="incident_position_has_division",
            ),
        ]
        indexes = [
            models.Index(
                "dispatch_after", condition=Q(dispatch_after__isnull=False), name="dispatch_queue"
            ),
            models.Index(
                OpClass(F("division"), "varchar_pattern_ops"), F("id").desc(), name="incident_place"
            ),
            models.Index(F("status"), F("id").desc(), name="incident_status_newest"),
            GinIndex("visible_units", name="incident_units"),
            # The lists of the desks (dispatch.lists), each in its own order; what has no clock yet
            # is in none of them, so that filing a report pays for none.
            models.Index("due_at", condition=CLOCKED, name="incident_due"),
            models.Index(*BY_TIME_LEFT, condition=CLOCKED, name="incident_time_left"),
            models.Index(F("lead_unit"), *BY_TIME_LEFT, condition=CLOCKED, name="incident_of_unit"),
            models.Index(
                F("is_urgent").desc(), F("id"), condition=~Q(waiting=""), name="incident_waiting"
            ),
            models.Index(*BY_TIME_LEFT, condition=~Q(asked=""), name="incident_asked"),
            models.Index(*BY_TIME_LEFT, condition=Q(under_review=True), name="incident_review"),
            models.Index(*BY_TIME_LEFT, condition=Q(repeats__gt=0), name="incident_repeated"),
            models.Index(
                *BY_TIME_LEFT,
                condition=Q(supervised__gt=0) | Q(escalated__gt=0),
                name="incident_pressed",
            ),
            models.Index(F("id").desc(), condition=Q(is_faked=True), name="incident_faked"),
            models.Index(
                "next_rung_at", condition=Q(next_rung_at__isnull=False), name="incident_ladder"
            ),
            # Bulletins and equity read months: rows of one month lie close together.
            BrinIndex(
                fields=["created_at", "dispatched_at", "due_at", "contact_due_at", "accepted_at"],
                autosummarize=True,
                name="incident_months",
            ),
            # Maps and neighbours ask for what is open; closed ones would swell the index.
            GistIndex(
                fields=["position"],
                condition=Q(status__in=lifecycle.OPEN, position__isnull=False),
                name="incident_open_position",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def told_reply(self) -> str:
        """What citizens read: not before the reply is accepted, nor after it failed."""
        return self.public_reply if self.accepted_at or not self.is_open else ""

    # Django's own translate every choice to find one; a list of 50 spent a third of its time so.
    def get_status_display(self) -> str:  # type: ignore[no-redef]
        return str(Status(self.status).label)

    def get_kind_display(self) -> str:  # type: ignore[no-redef]
        return str(Kind(self.kind).label)

    def get_waiting_display(self) -> str:  # type: ignore[no-redef]
        return str(Waiting(self.waiting).label) if self.waiting else ""

    def get_asked_display(self) -> str:  # type: ignore[no-redef]
        return str(Asked(self.asked).label) if self.asked else ""

    @property
    def is_open(self) -> bool:
        return lifecycle.Status(self.status) in lifecycle.OPEN


def as_point(longitude: float, latitude: float) -> Point:
    """A WGS-84 point, longitude first."""
    return Point(longitude, latitude, srid=4326)
