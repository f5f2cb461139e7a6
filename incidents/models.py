"""The glossary of what is asked: fields and categories, reports, incidents, media, history."""

import secrets
import uuid
from math import cos, radians

from django.contrib.gis.db.models import PointField
from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point, Polygon
from django.contrib.gis.measure import Distance as Metres
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit, User
from accounts.scope import Scope
from districts.datums import Datum
from districts.models import Division
from incidents import lifecycle


class Named(models.Model):
    """A thing with a Chinese and an English name."""

    name_zh = models.CharField(_("Chinese name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=80)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        chinese = (get_language() or "zh").startswith("zh")
        return self.name_zh if chinese else self.name_en


class ServiceField(Named):
    """One of the 15 public-service fields."""

    code = models.SlugField(primary_key=True, max_length=40)
    number = models.PositiveSmallIntegerField(unique=True)
    icon = models.CharField(max_length=8)

    class Meta:
        ordering = ["number"]
        verbose_name = _("service field")
        verbose_name_plural = _("service fields")


class CategoryQuerySet(models.QuerySet["Category"]):
    def in_use(self) -> "CategoryQuerySet":
        """What a citizen may choose, with its field, in the order shown."""
        return self.filter(is_active=True).select_related("field")


class Category(Named):
    """A sub-type of a service field, with its own limit and the skill its field task needs."""

    class LimitUnit(models.TextChoices):
        HOURS = "h", _("hours")
        DAYS = "d", _("days")
        WORKING_HOURS = "wh", _("working hours")
        WORKING_DAYS = "wd", _("working days")

    code = models.SlugField(primary_key=True, max_length=40)
    field = models.ForeignKey(ServiceField, models.PROTECT, related_name="categories")
    position = models.PositiveSmallIntegerField()
    limit = models.PositiveSmallIntegerField(null=True, blank=True)
    limit_unit = models.CharField(max_length=2, choices=LimitUnit.choices, blank=True)
    skill = models.SlugField(
        max_length=30, blank=True, help_text="what a worker must be able to do"
    )
    is_urgent = models.BooleanField(_("danger to life or property"), default=False)
    is_private = models.BooleanField(
        _("private"), default=False, help_text="never shown near others or on the public map"
    )
    is_active = models.BooleanField(default=True)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        ordering = ["field__number", "position"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = [
            models.CheckConstraint(
                condition=Q(limit__isnull=True, limit_unit="")
                | Q(limit__isnull=False) & ~Q(limit_unit=""),
                name="limit_has_a_unit",
            )
        ]


class Kind(models.TextChoices):
    CONSULTATION = "consultation", _("consultation")
    HELP = "help", _("help")
    COMPLAINT = "complaint", _("complaint")
    WRONGDOING = "wrongdoing", _("report of wrongdoing")
    SUGGESTION = "suggestion", _("suggestion")
    PRAISE = "praise", _("praise")


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


class Waiting(models.TextChoices):
    """Why an incident waits for a person: the name of the queue it stands in."""

    NO_PLACE = "no_place", _("no place given")
    OUTSIDE = "outside", _("outside the province")
    NO_RULE = "no_rule", _("no unit in the catalogue")
    NO_WORKER = "no_worker", _("no suitable worker")
    MISSED = "missed", _("three workers did not answer")
    WRONGDOING = "wrongdoing", _("wrongdoing: conflict check")


class Outcome(models.TextChoices):
    SOLVED = "solved", _("solved")
    EXPLAINED = "explained", _("explained")
    NOTHING_FOUND = "nothing_found", _("nothing found on site")
    NOT_ENTITLED = "not_entitled", _("not entitled")
    DUPLICATE = "duplicate", _("duplicate")
    REFERRED = "referred", _("referred")
    NOT_NOW = "not_now", _("cannot be solved now")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Channel(models.TextChoices):
    TELEPHONE = "telephone", _("telephone")
    WEB = "web", _("web page")
    API = "api", _("another system")
    MAIL = "mail", _("mailbox")
    WALK_IN = "walk_in", _("walk-in")


class Origin(models.TextChoices):
    """Where a position comes from."""

    PIN = "pin", _("pin set on the map")
    DEVICE = "device", _("position of the device")
    EXIF = "exif", _("position inside the photo or video")
    ADDRESS = "address", _("address")
    NONE = "none", _("no position")


# How near a report must be to be offered as the same thing.
NEAR_M = 200


class IncidentQuerySet(models.QuerySet["Incident"]):
    def visible_to(self, user: User) -> "IncidentQuerySet":
        """What this person may see; every page, API, tile, stream and export goes through it."""
        return self.in_scope(Scope.of(user))

    def in_scope(self, scope: Scope) -> "IncidentQuerySet":
        if scope.prefix == "":
            return self.all()
        if scope.prefix is not None:
            within = Q(division__code__startswith=scope.prefix)
            return self.filter(within | Q(division=None) if scope.placeless else within)
        if scope.unit_id is not None:
            return self.filter(visible_units__contains=[scope.unit_id])
        if scope.user_id is not None:
            return self.filter(field_worker_id=scope.user_id)
        return self.filter(is_urgent=True) if scope.urgent_only else self.none()

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
        return self.filter(
            status__in=lifecycle.JOINABLE,
            is_confidential=False,
            category__is_private=False,
            position__isnull=False,
        ).exclude(kind=Kind.WRONGDOING)


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


class Incident(models.Model):
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
    address = models.CharField(max_length=200, blank=True)
    waiting = models.CharField(max_length=20, choices=Waiting.choices, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True)
    public_reply = models.TextField(blank=True)
    lead_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="led_incidents")
    visible_units = ArrayField(models.BigIntegerField(), default=list)
    field_worker = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="field_incidents"
    )
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
    def is_open(self) -> bool:
        return lifecycle.Status(self.status) in lifecycle.OPEN


class Complainant(models.Model):
    """诉求人: the vault. Identity stays apart from what was reported."""

    name = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="complainants")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name="", phone="", user__isnull=True), name="complainant_says_who"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def masked_phone(self) -> str:
        """`138****5678`; short numbers are hidden whole."""
        if len(self.phone) < 8:
            return "*" * len(self.phone)
        return f"{self.phone[:3]}****{self.phone[-4:]}"

    @property
    def masked_name(self) -> str:
        return self.name[:1] + "*" * (len(self.name) - 1)


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


class Original(models.Model):
    """The bytes somebody sent, sealed under a random name; stored once, however often sent."""

    class State(models.TextChoices):
        WAITING = "waiting", _("being prepared")
        READY = "ready", _("ready")
        UNREADABLE = "unreadable", _("cannot be shown")

    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    sha256 = models.CharField(max_length=64, unique=True)
    content_type = models.CharField(max_length=40)
    size = models.PositiveBigIntegerField()
    # Where the file itself says it was taken: a hint, never more.
    position = PointField(srid=4326, null=True, spatial_index=False)
    duration_s = models.FloatField(null=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    process_after = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]
        verbose_name = _("original")
        verbose_name_plural = _("originals")
        indexes = [
            models.Index("process_after", condition=Q(state="waiting"), name="original_queue"),
        ]

    def __str__(self) -> str:
        return str(self.uid)

    @property
    def is_video(self) -> bool:
        return self.content_type.startswith("video/")

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.READY


class MediaQuerySet(models.QuerySet["Media"]):
    def with_original(self) -> "MediaQuerySet":
        return self.select_related("original")


class Media(models.Model):
    """A photo or video of one incident; its `uid` is its public name, its bytes the original's."""

    class Stage(models.TextChoices):
        REPORTED = "reported", _("sent with a report")
        AFTER_WORK = "after_work", _("taken after the work")

    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    original = models.ForeignKey(Original, models.PROTECT, related_name="media")
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="media")
    report = models.ForeignKey(Report, models.PROTECT, null=True, related_name="media")
    uploaded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="uploads")
    stage = models.CharField(max_length=20, choices=Stage.choices, default=Stage.REPORTED)
    created_at = models.DateTimeField(db_default=Now())

    objects = MediaQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("photo or video")
        verbose_name_plural = _("photos and videos")

    def __str__(self) -> str:
        return str(self.uid)


class Opening(models.Model):
    """Somebody opened a sealed original: who, when and why. Written before a byte is shown."""

    media = models.ForeignKey(Media, models.PROTECT, related_name="openings")
    user = models.ForeignKey(User, models.PROTECT, related_name="openings")
    reason = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        verbose_name = _("opening of an original")
        verbose_name_plural = _("openings of originals")
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="opening_has_a_reason")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.media_id} {self.at}"


class Event(models.Model):
    """The append-only history of an incident; the database refuses changes."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="events")
    at = models.DateTimeField(db_default=Now())
    step = models.CharField(max_length=20, choices=[(s.value, s.value) for s in lifecycle.Step])
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    from_status = models.CharField(max_length=20, blank=True)
    to_status = models.CharField(max_length=20)
    # For staff. The public history shows the step and its time, never what is in here.
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return f"{self.step} {self.to_status}"


class Outbox(models.Model):
    """What changed, written with the change itself. The live gateway reads on from its last id."""

    class Topic(models.TextChoices):
        INCIDENT = "incident"
        WORK_ORDER = "workorder"

    topic = models.CharField(max_length=12, choices=Topic.choices)
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="+", db_index=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.pk} {self.topic} {self.incident_id}"


class IdempotencyKey(models.Model):
    """A key a sender may use again: same body, same answer; another body, refused."""

    sender = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    body_sha256 = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["sender", "key"], name="idempotency_key_once")
        ]

    def __str__(self) -> str:
        return f"{self.sender} {self.key}"


class Tally(models.Model):
    """How many reports a client sent in a window of time; written by `incidents.tally`."""

    name = models.CharField(max_length=60, primary_key=True)
    ends = models.DateTimeField()
    hits = models.PositiveIntegerField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} {self.hits}"


def as_point(longitude: float, latitude: float) -> Point:
    """A WGS-84 point, longitude first."""
    return Point(longitude, latitude, srid=4326)
