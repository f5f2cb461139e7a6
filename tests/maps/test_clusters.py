"""Sudden clusters: what chance explains raises no line, what it does not raises one, in time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom

from accounts.models import User
from accounts.roles import Role
from incidents.models import Incident, Kind, Report, Status
from maps import cells, cluster_watch, clusters
from maps.clusters import Cluster, Limits, Seen, Usual
from maps.models import KeptCount, SuddenCluster, UsualCount
from tests.conftest import DADONG_GATE, LUXUN_PARK, IncidentMaker, PersonMaker, statements
from tests.maps.test_tiles import BESIDES

LogIn = Callable[[User], Client]
State = SuddenCluster.State
# A Monday morning.
NOW = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
CELL = 3_000_000


def seen(pk: int, *, minutes: int = 10, cell: int = CELL, category: str = "burst-pipe") -> Seen:
    at = NOW - timedelta(minutes=minutes)
    return Seen(pk, at, cell, "210102", ("heat-east",), category, "heating")


def look(found: list[Seen], usual: Usual, limits: Limits | None = None) -> list[Cluster]:
    limits = limits or Limits()
    return clusters.judged(
        clusters.candidates(found, NOW, limits.fewest), usual, NOW, limits
    )  # fmt: skip


def usual(n: int, hour: int | None = None, covered_h: float = 8 * 168) -> Usual:
    """`n` a place and thing in eight weeks, all of them in one hour of the week or in all alike."""
    hours = [n / 168] * 168 if hour is None else [0] * 168
    if hour is not None:
        hours[hour] = n
    things = ("c:burst-pipe", "f:heating")
    square = {("square", str(CELL)), ("county", "210102"), ("area", "heat-east")}
    counts = {(place, thing): n for place in square for thing in things}
    return Usual(counts, {thing: [round(h) for h in hours] for thing in things}, covered_h, 5_000)


# --- Pure -----------------------------------------------------------------------------------------


def test_five_where_nothing_ever_came_are_a_cluster() -> None:
    (found,) = look([seen(pk) for pk in range(5)], usual(0))
    assert (found.thing, found.count) == ("c:burst-pipe", 5)
    assert found.expected < 0.01
    assert look([seen(pk) for pk in range(4)], usual(0)) == []


def test_a_busy_place_on_a_busy_morning_is_none() -> None:
    """Eight weeks with 1,344 of them: one an hour, and six in this one."""
    assert look([seen(pk) for pk in range(6)], usual(1344)) == []
    assert look([seen(pk) for pk in range(40)], usual(1344)) != []


def test_the_same_hours_of_earlier_weeks_count() -> None:
    """Ten of them, every Monday at nine: the same ten on this Monday are usual."""
    weekly, ten = 80, [seen(pk) for pk in range(10)]
    assert look(ten, usual(weekly, hour=9)) == []
    assert look(ten, usual(weekly, hour=15)) != []


def test_a_cluster_on_the_corner_of_four_squares_is_one() -> None:
    x, y = cells.place_of(CELL)
    corner = [cells.number_of(x + dx, y + dy) for dx in (0, 1) for dy in (0, 1)]
    spread = [seen(pk, cell=corner[pk % 4]) for pk in range(8)]
    assert len(look(spread, usual(0))) == 1


def test_two_things_at_one_place_are_two() -> None:
    both = [seen(pk) for pk in range(6)]
    both += [seen(pk, category="late-start") for pk in range(10, 16)]
    assert {each.thing for each in look(both, usual(0))} >= {"c:burst-pipe", "c:late-start"}


def test_what_is_old_is_in_no_window() -> None:
    assert look([seen(pk, minutes=361) for pk in range(9)], usual(0)) == []
    (found,) = look([seen(pk, minutes=300) for pk in range(9)], usual(0))
    assert found.hours == 6


def test_a_house_of_an_hour_knows_nothing_usual() -> None:
    assert look([seen(pk) for pk in range(50)], usual(0, covered_h=1)) == []
    assert look([seen(pk) for pk in range(50)], usual(0, covered_h=30)) != []


@given(
    count=st.integers(1, 60), history=st.integers(0, 2_000), part=st.floats(1e-5, 0.05)
)  # fmt: skip
def test_the_chance_is_that_of_a_negative_binomial(count: int, history: int, part: float) -> None:
    expected, chance = clusters.tail(count, history, part, 0.15)
    shape = 1 / (1 / (history + clusters.UNSEEN) + 0.15)
    other = float(nbinom.sf(count - 1, shape, shape / (shape + expected)))
    assert chance == pytest.approx(other, rel=1e-6, abs=1e-250)


@given(hour=st.integers(0, 167), minute=st.integers(0, 59), window=st.sampled_from((1, 6)))
def test_all_hours_of_a_week_share_out_what_came_in_one(
    hour: int, minute: int, window: int
) -> None:
    week = datetime(2026, 11, 30, tzinfo=UTC)
    hours = [(n * 37) % 11 for n in range(168)]
    shares = [
        clusters.share(hours, 8 * 168, week + timedelta(hours=hour + n, minutes=minute), 1)
        for n in range(168)
    ]
    assert sum(shares) == pytest.approx(1 / 8)
    wide = clusters.share(hours, 8 * 168, week + timedelta(hours=hour, minutes=minute), window)
    assert 0 < wide < 1 / 8


# --- Kept -----------------------------------------------------------------------------------------


def many(incident: IncidentMaker, n: int, category: str = "exposed-garbage") -> list[Incident]:
    return [incident(LUXUN_PARK, category) for _n in range(n)]


def known_house(days: int = 60) -> None:
    """As if the house had been there for a while, with nothing in it."""
    now = timezone.now()
    KeptCount.objects.update_or_create(
        name=cluster_watch.USUAL,
        defaults={
            "counted_at": now,
            "fresh_until": now + timedelta(days=1),
            "data": {"covered_h": days * 24, "pairs": 5_000},
        },
    )


@pytest.mark.django_db
def test_a_cluster_is_one_line_that_grows(incident: IncidentMaker) -> None:
    known_house()
    many(incident, 5)
    assert cluster_watch.watch() == 1
    more = many(incident, 2)
    assert cluster_watch.watch() == 1
    found = SuddenCluster.objects.get()
    assert set(found.incidents) >= {each.pk for each in more}
    assert (found.thing, len(found.incidents)) == ("c:exposed-garbage", 7)


@pytest.mark.django_db
def test_wrongdoing_and_what_is_confidential_is_in_none(incident: IncidentMaker) -> None:
    known_house()
    some = many(incident, 6)
    Incident.objects.filter(pk=some[0].pk).update(kind=Kind.WRONGDOING)
    Incident.objects.filter(pk=some[1].pk).update(is_confidential=True)
    assert cluster_watch.watch() == 0


@pytest.mark.django_db
def test_the_usual_is_counted_of_earlier_weeks(incident: IncidentMaker) -> None:
    for each in many(incident, 3):
        Incident.objects.filter(pk=each.pk).update(created_at=timezone.now() - timedelta(days=20))
    many(incident, 5)
    kept = cluster_watch.count_usual(timezone.now())
    assert kept.data["covered_h"] == pytest.approx(20 * 24 - 6, abs=1)
    assert UsualCount.objects.get(kind="county", thing="c:exposed-garbage").n == 3
    assert cluster_watch.watch() == 1


@pytest.mark.django_db
def test_a_dispatcher_makes_one_incident_of_it(
    incident: IncidentMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    known_house()
    first, *others = many(incident, 5)
    cluster_watch.watch()
    desk = logged_in(person(Role.DISPATCHER, "210100"))
    with CaptureQueriesContext(connection) as captured:
        line = desk.get("/clusters/", {"part": "1"})
    assert len(statements(captured, *BESIDES)) <= 7
    assert all(each.number in line.content.decode() for each in (first, *others))
    found = SuddenCluster.objects.get()
    answer = desk.post("/clusters/", {"cluster": found.pk, "step": "one"})
    assert answer.headers["Location"] == f"/desk/{first.number}/"
    assert Report.objects.filter(incident=first).count() == 5
    assert set(Incident.objects.exclude(pk=first.pk).values_list("status", flat=True)) == {
        Status.MERGED
    }
    found.refresh_from_db()
    assert (found.state, found.lead) == (State.MADE_ONE, first)
    told = desk.get("/clusters/", {"one": str(found.pk)}).content.decode()
    assert f'href="/desk/{first.number}/"' in told
    # Four more are no news yet, with the one they might belong to; five are.
    many(incident, 4)
    assert cluster_watch.watch() == 0
    many(incident, 1)
    assert cluster_watch.watch() == 1


@pytest.mark.django_db
def test_what_is_not_one_thing_does_not_come_again(
    incident: IncidentMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    known_house()
    many(incident, 5)
    cluster_watch.watch()
    found = SuddenCluster.objects.get()
    desk = logged_in(person(Role.DISPATCHER, "210100"))
    desk.post("/clusters/", {"cluster": found.pk, "step": "no", "reason": "  "})
    found.refresh_from_db()
    assert found.state == State.OPEN
    desk.post("/clusters/", {"cluster": found.pk, "step": "no", "reason": "market day"})
    many(incident, 4)
    assert cluster_watch.watch() == 0
    found.refresh_from_db()
    assert (found.state, found.reason, len(found.incidents)) == (State.NOT_ONE, "market day", 9)


@pytest.mark.django_db
def test_a_line_is_shown_to_who_sees_its_incidents(
    incident: IncidentMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    known_house()
    numbers = [each.number for each in many(incident, 5)]
    cluster_watch.watch()
    found = SuddenCluster.objects.get()
    elsewhere = logged_in(person(Role.DISPATCHER, "210104"))
    for asked in ({"part": "1"}, {"one": str(found.pk)}, {}):
        text = elsewhere.get("/clusters/", asked).content.decode()
        assert not any(number in text for number in numbers)
    elsewhere.post("/clusters/", {"cluster": found.pk, "step": "one"})
    assert not Incident.objects.filter(status=Status.MERGED).exists()
    for asked in ({"one": "x"}, {"one": "9" * 30}, {"part": "1"}):
        assert elsewhere.get("/clusters/", asked).status_code in (200, 404)
    here = logged_in(person(Role.DUTY_MANAGER, "210102"))
    assert here.get("/clusters/", {"one": str(found.pk)}).status_code == 200


@pytest.mark.django_db
def test_a_line_whose_incidents_are_done_goes(incident: IncidentMaker) -> None:
    known_house()
    some = many(incident, 5)
    cluster_watch.watch()
    incident(DADONG_GATE)
    Incident.objects.filter(pk__in=[each.pk for each in some[1:]]).update(
        status=Status.CLOSED, dispatch_after=None
    )
    assert cluster_watch.watch() == 0
    assert SuddenCluster.objects.get().state == State.OVER
