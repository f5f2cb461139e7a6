"""The counts behind tiles and heatmaps are what a recount by another way says."""

from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from incidents.models import CallBack, Incident, Kind, Outbox, Status
from maps import cells, rollups
from maps.models import CountedIncident, GridCount, RollupState
from tests.conftest import DADONG_GATE, LUXUN_PARK, IncidentMaker, Town

pytestmark = pytest.mark.django_db
EVER = GridCount.Span.EVER


def catch_up() -> None:
    while rollups.catch_up():
        pass


def counted(level: int = 18) -> Counter[int]:
    """Cell -> incidents, of all time."""
    found: Counter[int] = Counter()
    together = GridCount.objects.filter(level=level, span=EVER, field="")
    for cell, n in together.values_list("cell", "n"):
        found[cell] += n
    return +found


def recounted(level: int = 18) -> Counter[int]:
    """The same by the pure module, one incident after the other."""
    told = Incident.objects.exclude(position=None).exclude(kind=Kind.WRONGDOING)
    told = told.exclude(status__in=rollups.NOT_COUNTED)
    places = told.values_list("position", flat=True)
    return Counter(cells.cell_at(place.x, place.y, level) for place in places if place)


@given(
    longitude=st.floats(-180, 179.999), latitude=st.floats(-84.9, 84.9), level=st.integers(1, 18)
)
def test_the_middle_of_a_cell_lies_in_it(longitude: float, latitude: float, level: int) -> None:
    cell = cells.cell_at(longitude, latitude, level)
    assert cells.cell_at(*cells.centre_of(cell, level), level) == cell
    assert cells.number_of(*cells.place_of(cell)) == cell
    if level > 1:
        first, last = cells.range_of_tile(level - 1, *cells.place_of(cell >> 2), level)
        assert first <= cell <= last


def test_the_database_and_python_number_cells_alike() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT x, y, hotline_map_cell(ST_Point(x, y, 4326)) FROM ("
            " SELECT 118.8 + random() * 6.9 AS x, 38.7 + random() * 4.8 AS y"
            " FROM generate_series(1, 500)) AS p"
        )
        for x, y, cell in cursor.fetchall():
            assert cells.cell_at(x, y, 18) == cell


def test_each_level_counts_what_is_there(incident: IncidentMaker) -> None:
    incident(LUXUN_PARK)
    incident(LUXUN_PARK, "pothole")
    incident(DADONG_GATE)
    incident(None)
    catch_up()
    for level in rollups.LEVELS:
        assert counted(level) == recounted(level)
    assert sum(counted().values()) == 3
    assert rollups.differences() == []


def test_a_change_is_a_correction(incident: IncidentMaker) -> None:
    here, there, gone = incident(LUXUN_PARK), incident(DADONG_GATE), incident(LUXUN_PARK)
    catch_up()
    Incident.objects.filter(pk=there.pk).update(
        position=here.position, division=here.division, category="pothole"
    )
    Incident.objects.filter(pk=gone.pk).update(status=Status.MERGED, merged_into=here)
    Incident.objects.filter(pk=here.pk).update(due_at=timezone.now() - timedelta(hours=1))
    for each in (here, there, gone):
        Outbox.objects.create(topic="incident", incident=each)
    catch_up()
    assert counted() == recounted()
    assert CountedIncident.objects.count() == 2
    late = GridCount.objects.filter(level=12, span=EVER)
    assert sum(late.filter(field="").values_list("late", flat=True)) == 1
    assert sum(late.exclude(field="").values_list("late", flat=True)) == 1
    assert rollups.differences() == []


def test_wrongdoing_is_in_no_cell(incident: IncidentMaker) -> None:
    found = incident(LUXUN_PARK)
    catch_up()
    Incident.objects.update(kind=Kind.WRONGDOING)
    Outbox.objects.create(topic="incident", incident=found)
    catch_up()
    assert counted() == Counter()
    rollups.rebuild()
    assert not GridCount.objects.exists()


def test_time_alone_makes_late(incident: IncidentMaker) -> None:
    incident(LUXUN_PARK)
    catch_up()
    state = RollupState.objects.get()
    Incident.objects.update(due_at=state.late_until + timedelta(milliseconds=1))
    catch_up()
    assert GridCount.objects.get(level=12, span=EVER, field="").late == 1


def test_who_is_not_content_is_counted(incident: IncidentMaker) -> None:
    found = incident(LUXUN_PARK)
    now = timezone.now()
    CallBack.objects.create(
        report=found.reports.get(), incident=found, due_at=now, done_at=now, result="disagreed",
        is_solved=False, satisfaction=1,
    )  # fmt: skip
    catch_up()
    assert GridCount.objects.get(level=12, span=EVER, field="").unhappy == 1


@pytest.mark.django_db(transaction=True)
def test_while_somebody_counts_everything_the_others_go_away(town: Town) -> None:
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext('maps.rollups'))")
            assert not rollups.catch_up()
            assert not RollupState.objects.exists()
            cursor.execute("SELECT pg_advisory_unlock(hashtext('maps.rollups'))")
    finally:
        other.close()
    rollups.catch_up()
    assert RollupState.objects.exists()


def test_a_planted_difference_is_found_and_mended(incident: IncidentMaker) -> None:
    incident(LUXUN_PARK)
    catch_up()
    GridCount.objects.filter(level=14, span=EVER).update(n=7)
    said = StringIO()
    with pytest.raises(CommandError, match="rebuild"):
        call_command("rollups", stdout=said)
    assert said.getvalue().startswith("level 14, span 0")
    call_command("rollups", "--rebuild", stdout=said)
    assert rollups.differences() == []


def test_days_are_forgotten_and_months_stay(incident: IncidentMaker, town: Town) -> None:
    old = incident(LUXUN_PARK)
    Incident.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=119))
    catch_up()
    assert GridCount.objects.filter(span=GridCount.Span.DAY).exists()
    later = timezone.now() + timedelta(days=10)
    assert rollups.forget(later) == 8
    assert sum(counted(12).values()) == 1
