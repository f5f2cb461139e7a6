"""Whether one place is served as soon as another, and whether all of them ask."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from districts import households
from districts.errors import LoadRefused
from districts.models import Households, Level
from incidents import vault
from incidents.models import Channel, Incident, Kind, Report
from maps import equity
from maps.equity import Delay, Place
from tests.conftest import DADONG_GATE, LUXUN_PARK, IncidentMaker, PersonMaker, Town

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
SINCE = timedelta(days=90)


def handled(incident: IncidentMaker, place: tuple[float, float], category: str,
            hours: list[float]) -> None:  # fmt: skip
    now = timezone.now()
    first = incident(place, category)
    for n, each in enumerate(hours):
        begun = now - timedelta(days=30)
        found = first if n == 0 else copy(first)
        Incident.objects.filter(pk=found.pk).update(
            dispatched_at=begun, accepted_at=begun + timedelta(hours=each)
        )


def copy(of: Incident) -> Incident:
    """As many as a test wants, without the whole way in."""
    made = Incident.objects.get(pk=of.pk)
    made.pk, made.number = None, f"C{Incident.objects.count():018}"
    made.save(force_insert=True)
    return made


def measured(since: datetime | None = None) -> dict[str, Place]:
    since = since or timezone.now() - SINCE
    found = equity.places(equity.count(Level.COUNTY, since), Level.COUNTY)
    return {each.division.code: each for each in found}


def test_a_place_with_slow_categories_is_not_slow_for_that(incident: IncidentMaker) -> None:
    # Illegal buildings take ten times as long everywhere; both places are alike in each category.
    handled(incident, LUXUN_PARK, "pothole", [1.0] * 40)
    handled(incident, DADONG_GATE, "illegal-building", [10.0] * 40)
    found = measured()
    assert found["210102"].p90_h == pytest.approx(1)
    assert found["210104"].p90_h == pytest.approx(10)
    assert found["210102"].adjusted == found["210104"].adjusted == pytest.approx(1)
    assert equity.ratio(found.values()) == pytest.approx(1)


def test_the_slower_of_two_in_the_same_category_is_told(incident: IncidentMaker) -> None:
    handled(incident, LUXUN_PARK, "pothole", [2.0] * 60)
    handled(incident, DADONG_GATE, "pothole", [6.0] * 40)
    found = measured()
    assert found["210104"].adjusted == pytest.approx(3)
    assert equity.ratio(found.values()) == pytest.approx(3)


def test_fewer_than_thirty_are_not_told(incident: IncidentMaker) -> None:
    handled(incident, LUXUN_PARK, "pothole", [1.0] * 29)
    place = measured()["210102"]
    assert (place.handled, place.p90_h, place.adjusted) == (29, None, None)
    assert equity.ratio([place]) is None


def test_wrongdoing_is_in_no_figure(incident: IncidentMaker) -> None:
    found = incident(LUXUN_PARK, "pothole")
    Incident.objects.update(kind=Kind.WRONGDOING)
    assert measured()[str(found.division_id)[:6]].intake == 0


# --- Delay ----------------------------------------------------------------------------------------


def again(of: Incident, at: datetime, phone: str) -> None:
    Report.objects.create(
        incident=of, channel=Channel.WEB, text="x", datum="wgs84", origin="none", created_at=at,
        complainant=vault.keep(phone=phone) if phone else None,
    )  # fmt: skip


def test_the_delay_is_time_observed_over_duplicates(incident: IncidentMaker) -> None:
    found = incident(LUXUN_PARK, "pothole", contact_phone="13800000000")
    begun = timezone.now() - timedelta(hours=60)
    Incident.objects.filter(pk=found.pk).update(
        created_at=begun, accepted_at=begun + timedelta(hours=60)
    )
    Report.objects.filter(incident=found).update(created_at=begun)
    for n in range(30):
        again(found, begun + timedelta(hours=n), f"139{n:08}")
    # The same person once more, and somebody after the reply: neither tells of others' eyes.
    again(found, begun + timedelta(hours=3), "13800000000")
    again(found, begun + timedelta(hours=61), "13700000000")
    delay = measured()["210102"].delay
    assert delay.duplicates == 30
    assert delay.hours == pytest.approx(2, rel=1e-3)


def test_of_few_duplicates_nothing_is_told() -> None:
    assert Delay(29, 1e6).hours is None
    assert Delay(29, 1e6).interval is None
    low, high = Delay(100, 360_000).interval or (0, 0)
    assert low < 1 < high
    assert high / low == pytest.approx(1.48, abs=0.01)


# --- Households -----------------------------------------------------------------------------------


def test_what_is_known_of_the_city_is_spread_over_its_communities(town: Town) -> None:
    Households.objects.create(
        division_id="210100", households=3000, is_estimate=False, source="census"
    )
    counties = households.of_level(Level.COUNTY)
    assert (counties["210102"].n, counties["210102"].is_estimate) == (2000, True)
    assert households.of_level(Level.CITY)["210100"].is_estimate is False
    Households.objects.create(
        division_id="210102001", households=500, is_estimate=False, source="street office"
    )
    assert households.of_level(Level.STREET)["210102001"] == households.Counted(500, False)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("999999,5,0,x", "division"),
        ("210100,many,0,x", "households"),
        ("210100,5,0,", "source"),
    ],
)
def test_a_faulty_line_is_named_and_nothing_is_stored(
    town: Town, tmp_path: Path, row: str, fault: str
) -> None:
    file = tmp_path / "households.csv"
    file.write_text(f"division,households,is_estimate,source\n210102,9,0,x\n{row}\n")
    with pytest.raises(LoadRefused, match=f"line 3: {fault}"):
        households.load(file, again=True)
    assert not Households.objects.exists()


def test_the_shipped_households_are_the_provinces() -> None:
    lines = (Path(__file__).parents[2] / "fixtures/divisions/households.csv").read_text()
    every = [int(line.split(",")[1]) for line in lines.splitlines()[1:]]
    # 42,591,407 people at the census of 2020, 2.29 a household.
    assert len(every) == 14
    assert sum(every) == pytest.approx(42_591_407 / 2.29, rel=1e-5)


# --- The page -------------------------------------------------------------------------------------


def test_the_page_goes_from_counties_to_streets(
    incident: IncidentMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    handled(incident, LUXUN_PARK, "pothole", [1.0] * 30)
    Households.objects.create(division_id="210100", households=9, is_estimate=True, source="x")
    head = logged_in(person(Role.DISTRICT_HEAD, "210102"))
    text = head.get("/equity/", headers={"Accept-Language": "en"}).content.decode()
    assert 'href="?county=210102&amp;days=90"' in text
    streets = head.get("/equity/?county=210102&days=365").content.decode()
    assert "太原街街道" in streets
    assert head.get("/equity/?county=999999").status_code == 404
