"""What a merged line brings: its name, how its files are read, the files, what became of them."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from incidents.models.incidents import Incident
from incidents.models.judgement import Satisfaction


class MergedLine(models.Model):
    """并入热线: an old line, or another city's system, whose cases come along."""

    name = models.CharField(_("line"), max_length=60, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("merged line")
        verbose_name_plural = _("merged lines")

    def __str__(self) -> str:
        return self.name


class CaseMapping(models.Model):
    """How the files of a line are read (`merged_lines.mapping.Rules`)."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    line = models.ForeignKey(MergedLine, models.PROTECT, related_name="mappings")
    # Our field -> their column; our field -> their code -> ours.
    columns = models.JSONField(default=dict)
    values = models.JSONField(default=dict)
    datum = models.CharField(_("datum"), max_length=10, default="wgs84")
    date_format = models.CharField(_("form of dates"), max_length=40, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai")
    # Higher with each change: what was checked with an older one is checked again.
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]
        verbose_name = _("mapping")
        verbose_name_plural = _("mappings")

    def __str__(self) -> str:
        return self.name


class CaseFileQuerySet(models.QuerySet["CaseFile"]):
    def due(self) -> "CaseFileQuerySet":
        """Work to do, and in nobody's hands."""
        return self.filter(work_after__lte=timezone.now())


class CaseFile(models.Model):
    """A file of cases. Its bytes lie in the storage under a key of their own, which `sealed` holds;
    once its good rows are stored they are deleted, and what is left are the faulty rows, sealed.

    `done`: rows this pass has behind it, and with what counts: committed with each batch, so that
    whoever goes on begins behind it.
    """

    class State(models.TextChoices):
        NEW = "new", _("to be mapped")
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("checked")
        IMPORTING = "importing", _("being imported")
        STOPPED = "stopped", _("stopped")
        IMPORTED = "imported", _("imported")
        BROKEN = "broken", _("cannot be read")

    WORKING = (State.CHECKING, State.IMPORTING)

    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    name = models.CharField(max_length=80)
    size = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64, db_index=True)
    sealed = models.BinaryField(null=True)
    key_id = models.CharField(max_length=8, blank=True)
    form = models.CharField(max_length=4)
    encoding = models.CharField(max_length=10, blank=True)
    delimiter = models.CharField(max_length=1, blank=True)
    columns = models.JSONField(default=list)
    mapping = models.ForeignKey(CaseMapping, models.PROTECT, null=True, related_name="files")
    # Of the mapping when it was checked.
    version = models.PositiveIntegerField(default=0)
    all_or_none = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    work_after = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    checked = models.JSONField(default=dict)
    stored = models.JSONField(default=dict)
    # A word of `merged_lines.faults`, and the row it was found at.
    problem = models.CharField(max_length=20, blank=True)
    problem_row = models.PositiveIntegerField(default=0)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = CaseFileQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("file of cases")
        verbose_name_plural = _("files of cases")
        constraints = [
            models.CheckConstraint(
                condition=Q(sealed__isnull=True, key_id="")
                | Q(sealed__isnull=False) & ~Q(key_id=""),
                name="case_file_names_its_key",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["checking", "importing"]) | Q(mapping__isnull=False),
                name="case_file_is_mapped",
            ),
        ]
        indexes = [
            models.Index(
                "work_after", condition=Q(work_after__isnull=False), name="case_file_queue"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_working(self) -> bool:
        return self.state in self.WORKING

    @property
    def is_kept(self) -> bool:
        """Whether its bytes are still there."""
        return self.sealed is not None


class FaultyRow(models.Model):
    """A row that could not be taken: sealed, with what is wrong, until another mapping reads it."""

    file = models.ForeignKey(CaseFile, models.CASCADE, related_name="faulty", db_index=False)
    row = models.PositiveIntegerField()
    # [[field, what, value], ...]
    faults = models.JSONField()
    sealed = models.BinaryField()
    key_id = models.CharField(max_length=8)

    class Meta:
        ordering = ["file", "row"]
        constraints = [models.UniqueConstraint(fields=["file", "row"], name="faulty_row_once")]

    def __str__(self) -> str:
        return f"{self.file_id} row {self.row}"


class TakenCase(models.Model):
    """What the other line said of a case that is ours now: its number, stamps and words, as given.

    Nothing is added: a stamp that the file did not give is empty.
    """

    incident = models.OneToOneField(Incident, models.PROTECT, related_name="taken")
    line = models.ForeignKey(MergedLine, models.PROTECT, related_name="cases", db_index=False)
    number = models.CharField(max_length=60, db_index=True)
    file = models.ForeignKey(CaseFile, models.PROTECT, related_name="cases", db_index=False)
    status = models.CharField(max_length=60, blank=True)
    # Whether the line still worked on it.
    was_open = models.BooleanField()
    reported_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    replied_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)
    satisfaction = models.PositiveSmallIntegerField(choices=Satisfaction.choices, null=True)
    unit = models.CharField(max_length=120, blank=True)
    reply = models.TextField(blank=True)
    digest = models.BinaryField()
    taken_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("case of a merged line")
        verbose_name_plural = _("cases of merged lines")
        constraints = [
            models.UniqueConstraint(fields=["line", "number"], name="taken_case_once"),
        ]

    def __str__(self) -> str:
        return self.number
