"""The demo's last half year: incidents long handled and called back, so that there is something to
count: heatmaps, bulletins, open data, equity. Every text says that it is a demonstration."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db import connection
from django.utils import timezone

from accounts.models import Unit
from incidents.lifecycle import Step
from incidents.models import (
    CallBack,
    Category,
    Channel,
    Event,
    Incident,
    Kind,
    Origin,
    Outcome,
    Reason,
    Report,
    Status,
    as_point,
)

COUNT = 3_000
CITY = "210100"
# Reports gather where people live: the five core districts, then the rest of the city.
CORE = ("210102", "210103", "210104", "210105", "210106")
# Hours on the wall in a limit's unit; without a limit of its own a category has a week.
HOURS = {"h": 1, "wh": 3, "d": 24, "wd": 34}
WEEK = timedelta(days=7)
DAY = timedelta(days=1)
HALF_A_DAY = DAY / 2


@dataclass(frozen=True, slots=True)
class Course:
    """When one incident was dispatched, due, contacted, replied to and closed."""

    created: datetime
    dispatched: datetime
    due: datetime
    contact_due: datetime
    contacted: datetime
    replied: datetime
    ended: datetime


def make(days: int, units: Mapping[str, Unit], territory_first: tuple[str, ...]) -> int:
    """Ended incidents spread over the last `days`; returns how many."""
    random = Random(96123)
    places = random.choices(*weighted_places(), k=COUNT)
    categories = list(Category.objects.filter(is_private=False))
    # Some counties are slower than others: the equity page is there to show it.
    counties = sorted({division[:6] for division, _x, _y in places})
    slow = {code: random.uniform(0.7, 1.5) for code in counties}
    incidents = []
    for place in places:
        category = random.choice(categories)
        office = f"{place[0][:9]}-street" if category.code in territory_first else ""
        unit = units.get(office) or units[f"{place[0][:6]}-{category.field_id}"]
        course = course_of(category, slow[place[0][:6]], days, random)
        incidents.append(incident_of(category, course, unit, place, random))
    Incident.objects.bulk_create(incidents)
    keep_what_was_said(incidents, random)
    return len(incidents)


def keep_what_was_said(incidents: list[Incident], random: Random) -> None:
    first = [report_of(incident, incident.created_at, incident.number) for incident in incidents]
    Report.objects.bulk_create(first)
    Report.objects.bulk_create(
        report_of(incident, at) for incident in incidents for at in repeats(incident, random)
    )
    CallBack.objects.bulk_create(call_back_of(report, random) for report in first)
    Event.objects.bulk_create(
        Event(incident=i, step=Step.REGISTER, to_status=i.status, at=i.created_at,
              data={"demo": True})
        for i in incidents
    )  # fmt: skip


def course_of(category: Category, slow: float, days: int, random: Random) -> Course:
    """Most reply in half of the limit, some late; all of it in the past."""
    hours = HOURS.get(category.limit_unit, 0) * (category.limit or 0)
    limit = timedelta(hours=hours) or WEEK
    used = limit * min(2.5, random.lognormvariate(-0.75, 0.55) * slow)
    waited = timedelta(minutes=random.expovariate(1 / 4))
    whole = waited + used + timedelta(hours=random.uniform(2, 40))
    created = timezone.now() - whole - random.random() * timedelta(days=days)
    dispatched = created + waited
    to_contact = min(limit, DAY)
    return Course(
        created=created,
        dispatched=dispatched,
        due=dispatched + limit,
        contact_due=dispatched + to_contact,
        contacted=dispatched + min(used, to_contact * random.betavariate(2, 3) * 1.15),
        replied=dispatched + used,
        ended=created + whole,
    )


def incident_of(
    category: Category,
    course: Course,
    unit: Unit,
    place: tuple[str, float, float],
    random: Random,
) -> Incident:
    division, x, y = place
    return Incident(
        kind=random.choice([Kind.COMPLAINT, Kind.HELP]),
        category=category,
        is_urgent=category.is_urgent,
        status=Status.CLOSED,
        outcome=random.choices([Outcome.SOLVED, Outcome.EXPLAINED], [88, 12])[0],
        position=as_point(x, y),
        division_id=division,
        public_reply="演示数据:已处理。",
        lead_unit=unit,
        visible_units=unit.lineage,
        created_at=course.created,
        dispatched_at=course.dispatched,
        dispatches=1,
        signed_at=course.dispatched,
        due_at=course.due,
        contact_due_at=course.contact_due,
        contacted_at=course.contacted,
        replied_at=course.replied,
        accepted_at=course.replied,
        ended_at=course.ended,
    )


def repeats(incident: Incident, random: Random) -> list[datetime]:
    """When others reported the same before it was done; most things nobody reports twice."""
    assert incident.accepted_at is not None
    span = incident.accepted_at - incident.created_at
    n = random.choice((1, 1, 2)) if random.random() < 0.3 else 0
    return sorted(incident.created_at + span * random.random() for _again in range(n))


def call_back_of(report: Report, random: Random) -> CallBack:
    """One in five is not reached; who waited too long is less content."""
    incident = report.incident
    assert incident.ended_at is not None
    asked = CallBack(
        report=report,
        incident=incident,
        due_at=incident.ended_at + DAY,
        created_at=incident.ended_at - HALF_A_DAY,
        done_at=incident.ended_at,
        result=CallBack.Result.UNREACHABLE,
    )
    return asked if random.random() < 0.2 else answered(asked, incident, random)


def answered(asked: CallBack, incident: Incident, random: Random) -> CallBack:
    is_late = bool(
        incident.accepted_at and incident.due_at and incident.accepted_at > incident.due_at
    )
    weights = [12, 14, 24, 30, 20] if is_late else [2, 4, 20, 40, 34]
    level = random.choices(range(1, 6), weights)[0]
    asked.satisfaction = level
    asked.is_solved = level >= 3 and incident.outcome == Outcome.SOLVED
    asked.way = random.choices(list(CallBack.Way)[1:], [60, 25, 15])[0]
    asked.result = CallBack.Result.AGREED if asked.is_solved else CallBack.Result.EXPLAINED
    if level < 3:
        asked.result = CallBack.Result.DISAGREED
        asked.reasons = [Reason.SLOW if is_late else random.choice(list(Reason))]
    return asked


def report_of(incident: Incident, at: datetime, number: str = "") -> Report:
    """The first has the incident's number, another one of its own."""
    position = incident.position
    assert position is not None
    given = {"number": number} if number else {}
    return Report(
        **given,
        incident=incident,
        channel=Channel.WEB,
        text="演示数据",
        given_longitude=position.x,
        given_latitude=position.y,
        datum="wgs84",
        origin=Origin.PIN,
        position=position,
        created_at=at,
    )


def weighted_places() -> tuple[list[tuple[str, float, float]], list[float]]:
    """Label points of Shenyang's communities; core districts and every tenth one weigh more."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT d.code, ST_X(b.point), ST_Y(b.point), d.county_id
            FROM districts_division d
            JOIN districts_boundary b ON b.division_id = d.code AND b.is_leaf AND b.valid_to IS NULL
            WHERE d.city_id = %s ORDER BY d.code
            """,
            [CITY],
        )
        rows = cursor.fetchall()
    weights = [
        (6.0 if r[3] in CORE else 1.0) * (8.0 if n % 10 == 0 else 1.0) for n, r in enumerate(rows)
    ]
    return [(r[0], r[1], r[2]) for r in rows], weights
