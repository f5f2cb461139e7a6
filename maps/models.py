"""What this package keeps of its own; everything else it only reads."""

import uuid

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from districts.models import Division
from incidents.models import Complainant, Incident


class Bulletin(models.Model):
    """月报: a month's figures as they were counted, frozen. A correction is another edition.

    `data` is what `maps.bulletin.count` gave: `total`, `counties`, `departments`, `excluded`.
    """

    month = models.DateField(_("month"), help_text=_("its first day"))
    edition = models.PositiveSmallIntegerField(_("edition"), default=1)
    # Which formulas: maps.bulletin.FORMULA at the time.
    formula = models.CharField(_("formula"), max_length=20)
    data = models.JSONField()
    made_at = models.DateTimeField(db_default=Now())
    # Nobody: the house itself, when the month was over.
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        ordering = ["-month", "-edition"]
        verbose_name = _("bulletin")
        verbose_name_plural = _("bulletins")
        constraints = [
            models.UniqueConstraint(fields=["month", "edition"], name="bulletin_edition_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="bulletin_of_a_month"),
            models.CheckConstraint(
                condition=Q(edition=1) | Q(reason__regex=r"\S"), name="restated_for_a_reason"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="bulletins_stay", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}/{self.edition}"


class CountedIncident(models.Model):
    """How an incident stands in the grid's counts, so that a change takes back what was counted."""

    incident = models.OneToOneField(
        Incident, models.CASCADE, primary_key=True, related_name="+", db_constraint=False
    )
    cell = models.BigIntegerField()
    county = models.CharField(max_length=6)
    field = models.CharField(max_length=40)
    day = models.DateField()
    open = models.SmallIntegerField()
    late = models.SmallIntegerField()
    unhappy = models.SmallIntegerField()
    # For everybody (`Incident.objects.public`) when it was counted; and open besides.
    public = models.SmallIntegerField()
    public_open = models.SmallIntegerField()

    class Meta:
        ordering = ["pk"]
        indexes = [
            # Who asks for the incidents of a cell, or of the days of another year.
            models.Index("cell", F("incident").desc(), name="counted_cell"),
            models.Index("day", name="counted_day"),
            models.Index("cell", condition=Q(public=1), name="counted_public"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.cell}"


class GridCount(models.Model):
    """Counts of one cell (`maps.cells`), kept by `maps.rollups`: all time, by month, by recent day.

    `since`: the first day of the span; `BEGINNING` for all time. `field`: empty for all fields
    together, which most maps show; whoever sums must choose one of the two. The key has the cell
    behind the field and the day, so that what a map reads stands side by side.
    """

    class Span(models.IntegerChoices):
        EVER = 0, _("all time")
        MONTH = 1, _("month")
        DAY = 2, _("day")

    pk = models.CompositePrimaryKey("level", "span", "field", "since", "cell", "county")
    level = models.SmallIntegerField()
    span = models.SmallIntegerField(choices=Span.choices)
    since = models.DateField()
    cell = models.BigIntegerField()
    field = models.CharField(max_length=40)
    county = models.CharField(max_length=6)
    n = models.IntegerField()
    open = models.IntegerField()
    late = models.IntegerField()
    unhappy = models.IntegerField()
    public = models.IntegerField()
    public_open = models.IntegerField()

    class Meta:
        verbose_name = _("count of a cell")
        verbose_name_plural = _("counts of cells")

    def __str__(self) -> str:
        return f"{self.level}/{self.cell} {self.since}"


class RollupState(models.Model):
    """How far the outbox is counted; one row. `gaps`: ids that were not there yet -> since when."""

    highest = models.BigIntegerField()
    gaps = models.JSONField(default=dict)
    # What became due since then is looked at for lateness.
    late_until = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_rollup_state")]

    def __str__(self) -> str:
        return str(self.highest)


class KeptCount(models.Model):
    """What took long to count, by its name (`maps.kept_counts`); it may be lost at any time."""

    name = models.CharField(max_length=60, unique=True)
    counted_at = models.DateTimeField()
    fresh_until = models.DateTimeField()
    data = models.JSONField()

    class Meta:
        ordering = ["name"]
        verbose_name = _("kept count")
        verbose_name_plural = _("kept counts")

    def __str__(self) -> str:
        return self.name


class UsualCount(models.Model):
    """How many incidents of a thing a place had in earlier weeks (`maps.cluster_watch`)."""

    pk = models.CompositePrimaryKey("kind", "code", "thing")
    kind = models.CharField(max_length=10)
    code = models.CharField(max_length=40)
    thing = models.CharField(max_length=42)
    n = models.IntegerField()

    class Meta:
        verbose_name = _("usual count")
        verbose_name_plural = _("usual counts")

    def __str__(self) -> str:
        return f"{self.kind} {self.code} {self.thing}: {self.n}"


class UsualHour(models.Model):
    """How many of a thing came in this hour of the week, Monday midnight first."""

    pk = models.CompositePrimaryKey("thing", "hour")
    thing = models.CharField(max_length=42)
    hour = models.PositiveSmallIntegerField()
    n = models.IntegerField()

    class Meta:
        verbose_name = _("usual count of an hour")
        verbose_name_plural = _("usual counts of hours")

    def __str__(self) -> str:
        return f"{self.thing} {self.hour}: {self.n}"


class SuddenCluster(models.Model):
    """突发聚集: reports that came together at a place in numbers chance does not explain.

    Made by `maps.cluster_watch`; a dispatcher makes one incident of it, or says that it is not one
    thing. `place_kind`, `place`, `thing`, `hours`: as in `maps.clusters`.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        MADE_ONE = "made_one", _("made one incident")
        NOT_ONE = "not_one", _("not one thing")
        OVER = "over", _("over")

    place_kind = models.CharField(max_length=10)
    place = models.CharField(max_length=40)
    thing = models.CharField(max_length=42)
    hours = models.PositiveSmallIntegerField()
    # Ids of the incidents; what a reader sees of them is asked of `visible_to`.
    incidents = ArrayField(models.BigIntegerField())
    expected = models.FloatField()
    chance = models.FloatField()
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    lead = models.ForeignKey(Incident, models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        ordering = ["-first_seen", "-pk"]
        verbose_name = _("sudden cluster")
        verbose_name_plural = _("sudden clusters")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "over"]) | Q(ended_by__isnull=False),
                name="cluster_ended_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="not_one") | Q(reason__regex=r"\S"),
                name="cluster_dismissed_for_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["state", "last_seen"], name="cluster_state")]

    def __str__(self) -> str:
        return f"{self.place_kind} {self.place} {self.thing}"


class OpenDay(models.Model):
    """The open data of one day are published: files at `maps.open_files.name_of`, made once."""

    day = models.DateField(_("day"), unique=True)
    lines = models.PositiveIntegerField(_("lines"))
    # How many incidents stand in no line; told to nobody outside.
    withheld = models.PositiveIntegerField(_("withheld"))
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-day"]
        verbose_name = _("day of open data")
        verbose_name_plural = _("days of open data")

    def __str__(self) -> str:
        return f"{self.day}"


class FollowedPlaceQuerySet(models.QuerySet["FollowedPlace"]):
    def lock(self, device: str) -> None:
        """One request of a device at a time, to the end of the transaction."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"places:{device}"])


class FollowedPlace(models.Model):
    """A place that a device follows: a division, or a square of `maps.near.LEVEL`.

    `device`: a keyed digest of the device, used for places alone. Nothing of it is kept when it
    ends.
    """

    device = models.CharField(max_length=64)
    division = models.ForeignKey(Division, models.CASCADE, null=True, related_name="+")
    square = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    # What happened later is new to it.
    seen_at = models.DateTimeField()
    # In the links of messages.
    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    # A contact, sealed, that is told once it is confirmed; a keyed digest of it and of the place.
    person = models.ForeignKey(Complainant, models.SET_NULL, null=True, related_name="+")
    contact_index = models.CharField(max_length=64, blank=True)
    asked_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)

    objects = FollowedPlaceQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("followed place")
        verbose_name_plural = _("followed places")
        constraints = [
            models.UniqueConstraint(
                fields=["device", "division", "square"],
                nulls_distinct=False,
                name="place_followed_once",
            ),
            models.UniqueConstraint(
                fields=["contact_index"],
                condition=~Q(contact_index=""),
                name="place_told_once",
            ),
            models.CheckConstraint(
                condition=Q(division=None, square__isnull=False)
                | Q(division__isnull=False, square=None),
                name="followed_division_or_square",
            ),
        ]
        indexes = [
            models.Index(
                "told_at", condition=Q(confirmed_at__isnull=False), name="followed_place_due"
            ),
        ]

    def __str__(self) -> str:
        return str(self.division_id or self.square)
