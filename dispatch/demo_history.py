"""The demo's last month: incidents long replied to and closed, so that heatmaps have something."""

from datetime import timedelta
from random import Random

from django.db import connection
from django.utils import timezone

from incidents.lifecycle import Step
from incidents.models import (
    Category,
    Channel,
    Event,
    Incident,
    Kind,
    Origin,
    Outcome,
    Report,
    Status,
    as_point,
)

COUNT = 1_500
CITY = "210100"
# Reports gather where people live: the five core districts, then the rest of the city.
CORE = ("210102", "210103", "210104", "210105", "210106")


def make(days: int) -> int:
    """Closed incidents spread over the last `days`; returns how many."""
    random = Random(96123)
    places = random.choices(*weighted_places(), k=COUNT)
    categories = list(Category.objects.filter(is_private=False))
    now = timezone.now()
    incidents = [
        Incident(
            kind=random.choice([Kind.COMPLAINT, Kind.HELP]),
            category=(category := random.choice(categories)),
            is_urgent=category.is_urgent,
            status=Status.CLOSED,
            outcome=Outcome.SOLVED,
            position=as_point(x, y),
            division_id=division,
            created_at=now - timedelta(days=random.random() * days + 0.2),
            public_reply="演示数据:已处理。",
        )
        for division, x, y in places
    ]
    Incident.objects.bulk_create(incidents)
    reports = [report_of(incident) for incident in incidents]
    Report.objects.bulk_create(reports)
    Event.objects.bulk_create(
        Event(incident=i, step=Step.REGISTER, to_status=Status.CLOSED, at=i.created_at,
              data={"demo": True})
        for i in incidents
    )  # fmt: skip
    return len(incidents)


def report_of(incident: Incident) -> Report:
    position = incident.position
    assert position is not None
    return Report(
        number=incident.number,
        incident=incident,
        channel=Channel.WEB,
        text="演示数据",
        given_longitude=position.x,
        given_latitude=position.y,
        datum="wgs84",
        origin=Origin.PIN,
        position=position,
        created_at=incident.created_at,
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
