"""Many positions at once: on shift only, the newest counts, the way is kept for a month."""

from collections.abc import Callable
from datetime import UTC, date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, User
from dispatch import positions
from dispatch.models import LastPosition
from dispatch.workforce import refresh
from tests.conftest import LUXUN_PARK, TAIYUAN_STREET, Answer, Town, WorkerMaker, north_of

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
Tell = Callable[..., Answer]


def at(place: tuple[float, float], **more: Any) -> dict[str, Any]:
    return {"longitude": place[0], "latitude": place[1], "accuracy_m": 5, **more}


@pytest.fixture
def fleet(town: Town) -> Tell:
    """`fleet(point, point)`: what a gateway with its key is answered."""
    _key, secret = ApiKey.issue("fleet", 10, moves_workers=True)

    def tell(*points: dict[str, Any]) -> Answer:
        return Client(headers={"Authorization": f"Api-Key {secret}"}).post(
            "/api/positions", {"points": points}, content_type="application/json"
        )

    return tell


def kept() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM dispatch_track")
        return int(cursor.fetchone()[0])


def test_a_fleet_tells_where_many_are(fleet: Tell, worker: WorkerMaker) -> None:
    wang, li = worker("Wang", LUXUN_PARK), worker("Li", LUXUN_PARK)
    off = worker("Off", LUXUN_PARK, on_shift=False)
    answer = fleet(
        at(TAIYUAN_STREET, worker="wang"),
        at(north_of(LUXUN_PARK, 400), worker="li"),
        at(TAIYUAN_STREET, worker="off"),
        at(TAIYUAN_STREET, worker="nobody"),
    )
    assert answer.json() == {"taken": 2, "off_shift": 1, "old": 0, "unknown": ["nobody"]}
    for each in (wang, li, off):
        each.refresh_from_db()
    assert wang.point.coords == TAIYUAN_STREET
    assert off.point.coords == LUXUN_PARK
    assert kept() == 2


def test_the_newest_counts_however_they_come(fleet: Tell, worker: WorkerMaker) -> None:
    wang = worker("Wang", LUXUN_PARK)
    before = (timezone.now() - timedelta(minutes=2)).isoformat()
    long_ago = (timezone.now() - timedelta(hours=2)).isoformat()
    answer = fleet(
        at(TAIYUAN_STREET, worker="wang"),
        at(north_of(LUXUN_PARK, 400), worker="wang", at=before),
        at(LUXUN_PARK, worker="wang", at=long_ago),
    )
    assert (answer.json()["taken"], answer.json()["old"]) == (2, 1)
    fleet(at(LUXUN_PARK, worker="wang", at=before))
    wang.refresh_from_db()
    assert wang.point.coords == TAIYUAN_STREET


def test_a_small_step_leaves_the_index_alone(fleet: Tell, worker: WorkerMaker) -> None:
    wang = worker("Wang", LUXUN_PARK)
    fleet(at(TAIYUAN_STREET, worker="wang"))
    fleet(at(north_of(TAIYUAN_STREET, 20), worker="wang"))
    wang.refresh_from_db()
    assert wang.point.coords == TAIYUAN_STREET
    assert LastPosition.objects.get().point.coords == north_of(TAIYUAN_STREET, 20)


def test_a_phone_tells_of_nobody_else(worker: WorkerMaker, logged_in: LogIn) -> None:
    wang, li = worker("Wang", LUXUN_PARK), worker("Li", LUXUN_PARK)
    given = {"points": [at(TAIYUAN_STREET), at(TAIYUAN_STREET, worker="li")]}
    answer = logged_in(wang.user).post("/api/positions", given, content_type="application/json")
    assert (answer.json()["taken"], answer.json()["unknown"]) == (1, ["li"])
    li.refresh_from_db()
    assert li.point.coords == LUXUN_PARK


def test_a_key_for_reports_tells_of_nobody(worker: WorkerMaker) -> None:
    _key, secret = ApiKey.issue("other", 10)
    answer = Client(headers={"Authorization": f"Api-Key {secret}"}).post(
        "/api/positions", {"points": [at(LUXUN_PARK, worker="x")]}, content_type="application/json"
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("point", "field"),
    [
        ({"longitude": 123.4, "latitude": 441, "worker": "x"}, "points"),
        ({"longitude": 123.4, "latitude": 41.8}, "worker"),
        ({"longitude": 123.4, "latitude": 41.8, "worker": "wang", "at": "2999-01-01T00:00Z"}, "at"),
    ],
)
def test_a_bad_point_is_named_and_nothing_kept(
    fleet: Tell, worker: WorkerMaker, point: dict[str, Any], field: str
) -> None:
    worker("Wang", LUXUN_PARK)
    answer = fleet(at(TAIYUAN_STREET, worker="wang"), point)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert kept() == 0


def test_the_end_of_a_shift_forgets_where_somebody_was(fleet: Tell, worker: WorkerMaker) -> None:
    wang = worker("Wang", LUXUN_PARK)
    fleet(at(TAIYUAN_STREET, worker="wang"))
    wang.shift_id = "never"
    wang.save(update_fields=["shift"])
    refresh(timezone.now().replace(hour=4))
    assert not LastPosition.objects.exists()


def test_days_come_and_go(worker: WorkerMaker, fleet: Tell) -> None:
    worker("Wang", LUXUN_PARK)
    fleet(at(TAIYUAN_STREET, worker="wang"))
    today = timezone.now().astimezone(UTC).date()
    assert positions.keep_days(today) == []
    assert kept() == 1
    later = today + timedelta(days=positions.KEPT_DAYS + 1)
    assert positions.table_of(today) in positions.keep_days(later)
    assert kept() == 0
    # The house was dark, and no table is there for today.
    assert fleet(at(TAIYUAN_STREET, worker="wang")).json()["taken"] == 1
    assert positions.table_of(date(2026, 1, 2)) == "dispatch_track_20260102"
