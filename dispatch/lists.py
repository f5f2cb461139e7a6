"""The lists people work from, each a WHERE clause with a name and an order.

A list shows 50; how long it is, is counted up to a hundred, all lists of a desk in one statement.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F, OrderBy, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Left
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import (
    ALARMED,
    CHECKING,
    DISPATCHING,
    HANDLING,
    LOOKING_ON,
    Role,
)
from dispatch.models import Assignment, WorkOrder
from incidents.lifecycle import OPEN, WITH_THE_UNIT
from incidents.models import Asked, Check, Incident, Report, Status
from incidents.voices.counting import doubted

SHOWN = 50
COUNTED = 100
SOON = timedelta(hours=24)
Cases = QuerySet[Incident]
Where = Callable[[User, datetime], Q]
BY_TIME_LEFT: tuple[str | OrderBy, ...] = ("-is_urgent", F("due_at").asc(nulls_last=True), "id")
BY_AGE = ("-is_urgent", "id")
NEWEST = ("-id",)


@dataclass(frozen=True, slots=True)
class List:
    """One list of a desk: what belongs in it, and in which order."""

    name: str
    title: str | Promise
    where: Where
    order: Sequence[str | OrderBy] = BY_TIME_LEFT

    def of(self, seen: Cases, user: User, now: datetime) -> Cases:
        return seen.filter(self.where(user, now)).order_by(*self.order)


@dataclass(frozen=True, slots=True)
class Desk:
    """The lists of one role's working day. `bulk`: what may be done with several at once."""

    name: str
    title: str | Promise
    roles: frozenset[Role]
    lists: tuple[List, ...]
    bulk: tuple[str, ...] = ()

    def list_named(self, name: str) -> List | None:
        return next((each for each in self.lists if each.name == name), None)


def led(user: User) -> Q:
    return Q(lead_unit=user.unit_id)


def helping(user: User) -> Q:
    """Where the unit helps and has not answered."""
    own = Assignment.objects.filter(
        unit=user.unit_id, is_lead=False, is_current=True, ended_at=None
    )
    return Q(pk__in=own.values("incident"))


def running() -> Q:
    return Q(status__in=OPEN, paused_at=None, replied_at=None)


def late(_user: User, now: datetime) -> Q:
    return running() & Q(due_at__lt=now)


def soon(_user: User, now: datetime) -> Q:
    return running() & Q(due_at__gte=now, due_at__lt=now + SOON)


def silent(_user: User, now: datetime) -> Q:
    """Signed for, and no sign of its worker since; or the worker's shift is over."""
    since = now - settings.SILENT_AFTER
    signed = WorkOrder.objects.filter(status__in=WorkOrder.SIGNED)
    heard = (
        Q(accepted_at__gte=since)
        | Q(en_route_at__gte=since)
        | Q(arrived_at__gte=since)
        | Q(worker__last_position__at__gte=since)
    )
    gone = signed.filter(Q(worker__on_shift=False) | ~heard)
    return Q(status__in=WITH_THE_UNIT, pk__in=gone.values("incident"))


QUEUE = Desk(
    "queue",
    _("Dispatch desk"),
    DISPATCHING,
    (
        List("waiting", _("Waiting for a person"),
             lambda _u, _n: ~Q(waiting="") & Q(status__in=OPEN), BY_AGE),
        List("returns", _("Returns to judge"), lambda _u, _n: Q(asked=Asked.RETURN)),
        List("unsigned", _("Not signed in time"),
             lambda _u, now: Q(status=Status.DISPATCHED, sign_due_at__lt=now,
                               due_at__isnull=False)),
        List("silent", _("In hand, worker silent"), silent),
        List("late", _("Late"), late),
        List("review", _("Under review"), lambda _u, _n: Q(under_review=True)),
        List("doubted", _("Closed, said not to be fixed"),
             lambda _u, _n: Q(status=Status.CLOSED, pk__in=doubted().values("incident")), NEWEST),
        List("open", _("All open"), lambda _u, _n: Q(status__in=OPEN), NEWEST),
    ),
    bulk=("dispatch", "remind", "merge"),
)  # fmt: skip
UNIT = Desk(
    "unit",
    _("Unit desk"),
    HANDLING,
    (
        List("sign", _("To sign for"),
             lambda u, _n: led(u) & Q(signed_at=None, status__in=(Status.DISPATCHED,
                                                                  Status.IN_PROGRESS))),
        List("working", _("In progress"),
             lambda u, _n: led(u) & Q(status=Status.IN_PROGRESS, signed_at__isnull=False)),
        List("helping", _("We cooperate"), lambda u, _n: helping(u) & Q(status__in=WITH_THE_UNIT)),
        List("asked", _("Asked, not judged yet"), lambda u, _n: led(u) & ~Q(asked="")),
        List("replied", _("Replied"),
             lambda u, _n: led(u) & Q(status__in=(Status.REPLIED, Status.CALL_BACK))),
        List("ended", _("Ended"),
             lambda u, _n: led(u) & Q(status__in=(Status.CLOSED, Status.ARCHIVED)), NEWEST),
    ),
    bulk=("sign",),
)  # fmt: skip
HEAD = Desk(
    "late",
    _("Supervision"),
    LOOKING_ON,
    (
        List("late", _("Late"), late),
        List("soon", _("Due within a day"), soon),
        List("asked", _("Extensions and pauses to judge"),
             lambda _u, _n: Q(asked__in=(Asked.EXTENSION, Asked.PAUSE))),
        List("supervised", _("Supervised or escalated"),
             lambda _u, _n: Q(status__in=OPEN) & (Q(supervised__gt=0) | Q(escalated__gt=0))),
        List("repeated", _("Repeated"), lambda _u, _n: Q(status__in=OPEN, repeats__gt=0)),
    ),
    bulk=("supervise", "remind"),
)  # fmt: skip
CHECK = Desk(
    "checks",
    _("Quality desk"),
    CHECKING,
    (
        List("waiting", _("Replies to check"),
             lambda _u, _n: Q(status=Status.REPLIED, due_at__isnull=False,
                              pk__in=open_checks())),
        List("call_back", _("In call-back"),
             lambda _u, _n: Q(status=Status.CALL_BACK, due_at__isnull=False)),
        List("faked", _("Faked closings"), lambda _u, _n: Q(is_faked=True), NEWEST),
    ),
)  # fmt: skip
ALARM = Desk(
    "alarms",
    _("Emergency seat"),
    ALARMED,
    (
        List("new", _("Alarms to take"),
             lambda _u, _n: ~Q(alarm="") & Q(alarm_taken_at=None, status__in=OPEN), NEWEST),
        List("taken", _("Taken"),
             lambda _u, _n: ~Q(alarm="") & Q(alarm_taken_at__isnull=False), NEWEST),
        List("urgent", _("All urgent"), lambda _u, _n: Q(status__in=OPEN), NEWEST),
    ),
)  # fmt: skip
# Of the many columns of a case, with a position to take apart, what a row shows.
SHOWN_COLUMNS = (
    "number", "kind", "status", "address", "created_at", "is_urgent", "is_confidential", "waiting",
    "asked", "under_review", "open_cooperations", "extended_at", "paused_at", "pause_reason",
    "repeats", "reworks", "supervised", "escalated", "is_faked", "alarm", "alarm_taken_at",
    "due_at", "replied_at", "category__name_zh", "category__name_en", "category__field__icon",
    "division__name", "division__name_en", "division__county__name",
    "division__county__name_en", "lead_unit__name", "lead_unit__name_en",
)  # fmt: skip
DESKS = {desk.name: desk for desk in (QUEUE, UNIT, HEAD, CHECK, ALARM)}


def open_checks() -> "QuerySet[Check, int]":
    return Check.objects.filter(verdict="").values_list("incident", flat=True)


def rows(chosen: List, user: User, page: int) -> tuple[list[Incident], bool]:
    """One page of a list, and whether there is another; two statements.

    First only which: what else a row shows would be put together for all the pages before it.
    """
    seen = Incident.objects.visible_to(user)
    start = (page - 1) * SHOWN
    which = chosen.of(seen, user, timezone.now()).values_list("pk", flat=True)
    numbers = list(which[start : start + SHOWN + 1])
    found = {incident.pk: incident for incident in to_show(numbers[:SHOWN])}
    return [found[pk] for pk in numbers[:SHOWN] if pk in found], len(numbers) > SHOWN


def to_show(numbers: list[int]) -> Cases:
    """These incidents with what a row shows of them, and the first words of their reports."""
    first = Report.objects.filter(incident=OuterRef("pk")).order_by("pk")
    return (
        Incident.objects.filter(pk__in=numbers)
        .select_related("category__field", "division__county", "lead_unit")
        .annotate(words=Left(Subquery(first.values("text")[:1]), 80))
        .only(*SHOWN_COLUMNS)
    )


def lengths(desk: Desk, user: User) -> dict[str, int]:
    """How long each list is, at most COUNTED; one statement."""
    seen, now = Incident.objects.visible_to(user), timezone.now()
    parts: list[str] = []
    params: list[Any] = []
    for each in desk.lists:
        few = seen.filter(each.where(user, now)).order_by().values("pk")[:COUNTED]
        sql, given = few.query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS few)")
        params.extend(given)
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(parts), params)
        counted = cursor.fetchone() or ()
    return {each.name: n for each, n in zip(desk.lists, counted, strict=True)}
