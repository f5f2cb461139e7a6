"""A province drawn by hand: one city, two counties, three communities, and the people in them.

    lon 123.40      123.42      123.44            123.48
        |  001001   |  001002   |  210104001001   |      lat 41.80 to 41.82
        |---- 210102 (Heping) --|- 210104 (Dadong)|

It stands in for the real province, whose codes it uses; where that is loaded, it makes room.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from django.contrib.gis.db.models.fields import get_srid_info
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from pytest_django import DjangoDbBlocker, Settings

from accounts.models import Unit, User
from accounts.roles import Role
from dispatch.models import Rule, Shift, Worker
from districts import households
from districts.datums import Datum
from districts.models import Boundary, Division, Level
from incidents import alarms, clocks, reference
from incidents.intake import GivenPosition, NewReport, Sender, file_report
from incidents.models import Channel, Incident, Origin
from incidents.uploads import Incoming, IncomingHandler
from tests.pictures import BEIJING as BEIJING
from tests.pictures import DADONG_GATE as DADONG_GATE
from tests.pictures import LUXUN_PARK as LUXUN_PARK
from tests.pictures import TAIYUAN_STREET as TAIYUAN_STREET
from tests.pictures import photo as photo
from tests.started import furnish, remove

SOUTH, NORTH = 41.80, 41.82
DEGREES_OF_100_M = 0.0009

DIVISIONS = (
    ("210000", Level.PROVINCE, "辽宁省", "Liaoning", None, 123.40, 123.48),
    ("210100", Level.CITY, "沈阳市", "Shenyang", "210000", 123.40, 123.48),
    ("210102", Level.COUNTY, "和平区", "Heping", "210100", 123.40, 123.44),
    ("210104", Level.COUNTY, "大东区", "Dadong", "210100", 123.44, 123.48),
    ("210102001", Level.STREET, "太原街街道", "Taiyuan Street", "210102", 123.40, 123.44),
    ("210104001", Level.STREET, "大东街道", "Dadong Street", "210104", 123.44, 123.48),
    ("210102001001", Level.COMMUNITY, "鲁迅社区", "Luxun", "210102001", 123.40, 123.42),
    ("210102001002", Level.COMMUNITY, "中山社区", "Zhongshan", "210102001", 123.42, 123.44),
    ("210104001001", Level.COMMUNITY, "东顺社区", "Dongshun", "210104001", 123.44, 123.48),
)
DROPPED = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")

Answer = Any
PersonMaker = Callable[..., User]
WorkerMaker = Callable[..., Worker]
IncidentMaker = Callable[..., Incident]


@dataclass
class Town:
    """`office`: the street office of Heping; the departments have no workers of their own."""

    office: Unit
    heping: Unit
    dadong: Unit
    units: dict[str, Unit] = field(default_factory=dict)


@pytest.fixture(autouse=True)
def media_root(settings: Settings, tmp_path: Path) -> Path:
    """Photos of a test lie in a folder of its own, and arrive in one."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "incoming"
    settings.FILE_UPLOAD_TEMP_DIR.mkdir()
    return tmp_path / "media"


# `make_room` empties tables by TRUNCATE, which history refuses (tests/incidents/test_chain.py).
LET_GO = """
ALTER TABLE incidents_event DISABLE TRIGGER events_are_not_emptied;
ALTER TABLE incidents_vaultopening DISABLE TRIGGER openings_are_not_emptied;
"""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(LET_GO)
        # GeoDjango reads what 4326 is once a process, in whichever test comes first.
        get_srid_info(4326, connection)
    connection.ops.sql_flush = emptied  # type: ignore[assignment, method-assign]


def emptied(_style: Any, tables: Sequence[str], **_more: Any) -> list[str]:
    """How a test that committed cleans up: the few rows go one by one, in no order.

    Django's TRUNCATE makes every file of all tables anew, which takes a second and more each time.
    """
    rows = [f"DELETE FROM {connection.ops.quote_name(table)};" for table in tables]
    return ["SET LOCAL session_replication_role = replica;", *rows] if rows else []


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder as after the first start; houses of tests begin with a copy of it."""
    var = tmp_path_factory.mktemp("furnished") / "var"
    furnish(var)
    yield var
    remove(var)


@pytest.fixture(autouse=True)
def fresh_time_rules() -> None:
    """What a process has read of the calendar and the limits is another test's."""
    clocks.forget()
    alarms.forget()
    households.forget()


@pytest.fixture(autouse=True)
def no_language_of_another() -> None:
    """A request leaves its language active in its thread: the next test starts without one."""
    translation.deactivate()


@pytest.fixture
def town(db: None) -> Town:
    make_room()
    draw_divisions()
    reference.load()
    Shift.objects.create(
        code="whole", name_zh="全天", name_en="All day", starts=time(), ends=time()
    )
    Shift.objects.create(
        code="never", name_zh="无", name_en="None", starts=time(3), ends=time(3, 0, 1)
    )
    centre = make_unit("210100-hotline", "210100", Unit.Kind.HOTLINE, None)
    town = Town(
        office=make_unit("210102001-street", "210102001", Unit.Kind.STREET_OFFICE, centre),
        heping=make_unit("210102-city", "210102", Unit.Kind.DEPARTMENT, centre),
        dadong=make_unit("210104-city", "210104", Unit.Kind.DEPARTMENT, centre),
    )
    Rule.objects.create(category_id="exposed-garbage", division_id="210102001", unit=town.office)
    Rule.objects.create(division_id="210102", unit=town.heping)
    Rule.objects.create(division_id="210104", unit=town.dadong)
    return town


def make_room() -> None:
    """Another test of the session may have committed the real province."""
    if Division.objects.exists():
        with connection.cursor() as cursor:
            cursor.execute(
                "TRUNCATE districts_division, incidents_servicefield, incidents_shipped CASCADE"
            )


def draw_divisions() -> None:
    for code, level, name, name_en, parent, west, east in DIVISIONS:
        Division.objects.create(
            code=code,
            level=level,
            name=name,
            name_en=name_en,
            parent_id=parent,
            city_id="210100" if level >= Level.CITY else None,
            county_id=code[:6] if level >= Level.COUNTY else None,
            street_id=code[:9] if level >= Level.STREET else None,
        )
        Boundary.objects.create(
            division_id=code,
            geom=MultiPolygon(Polygon.from_bbox((west, SOUTH, east, NORTH)), srid=4326),
            point=Point((west + east) / 2, (SOUTH + NORTH) / 2, srid=4326),
            source="drawn",
            datum="wgs84",
            approximate=False,
            is_leaf=level == Level.COMMUNITY,
            valid_from=date(2020, 1, 1),
        )


def make_unit(code: str, division: str, kind: Unit.Kind, parent: Unit | None) -> Unit:
    return Unit.objects.create(
        code=code, name=code, name_en=code, kind=kind, parent=parent, division_id=division
    )


@pytest.fixture
def person(town: Town) -> PersonMaker:
    """`person(Role.DISPATCHER, "210100")`: somebody with a role, for a division or a unit."""

    def make(role: Role, division: str | None = None, unit: Unit | None = None) -> User:
        name = f"{role}-{secrets.token_hex(4)}"
        return User.objects.create(
            username=name, name=name, role=role, division_id=division, unit=unit
        )

    return make


@pytest.fixture
def worker(town: Town) -> WorkerMaker:
    """`worker("Wang", LUXUN_PARK)`: on shift at home, of the street office; the rest as given."""

    def make(name: str, home: tuple[float, float], **more: Any) -> Worker:
        unit = more.pop("unit", town.office)
        user = User.objects.create(
            username=name.lower(), name=name, role=Role.COMMUNITY_WORKER, unit=unit
        )
        given = {"division_id": "210102001001", "county_id": "210102", "shift_id": "whole"}
        place = Point(*home, srid=4326)
        return Worker.objects.create(
            user=user, unit=unit, home=place, point=place, **given | {"on_shift": True} | more
        )

    return make


@pytest.fixture
def incident(town: Town) -> IncidentMaker:
    """`incident(LUXUN_PARK, "pothole")`: filed through the one door, waiting for dispatch."""

    def make(
        place: tuple[float, float] | None = LUXUN_PARK,
        category: str = "exposed-garbage",
        sender: Sender | None = None,
        **more: Any,
    ) -> Incident:
        given = GivenPosition(*place, Datum.WGS84, 10.0, Origin.PIN) if place else None
        new = NewReport(
            **{"kind": "help", "category": category, "channel": Channel.WEB, "text": "看看"}
            | {"position": given}
            | more
        )
        filed = file_report(new, sender=sender or Sender())
        return Incident.objects.get(reports__number=filed.answer["number"])

    return make


@pytest.fixture
def web() -> Client:
    """A browser at an address nobody else has: throttles count by address."""
    return Client(REMOTE_ADDR=str(IPv4Address(0x0A000000 + secrets.randbelow(2**24))))


@pytest.fixture
def logged_in() -> Callable[[User], Client]:
    def log_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return log_in


def north_of(place: tuple[float, float], metres: float) -> tuple[float, float]:
    return place[0], place[1] + DEGREES_OF_100_M * metres / 100


def statements(captured: CaptureQueriesContext, *but: str) -> list[str]:
    """What was asked of the database, without transaction control and what contains `but`."""
    asked = [str(query["sql"]) for query in captured.captured_queries]
    return [
        sql for sql in asked if not sql.startswith(DROPPED) and not any(each in sql for each in but)
    ]


def incoming(name: str, content: bytes) -> Incoming:
    """A file as the upload handler leaves it."""
    handler = IncomingHandler()
    handler.new_file("media", name, "application/octet-stream", len(content))
    handler.receive_data_chunk(content, 0)
    return handler.file_complete(len(content))
