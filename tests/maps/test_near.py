"""The public map: squares and counts for everybody, and nothing finer; places that are followed."""

from collections.abc import Sequence
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents.models import Category, Incident, Outbox, Status
from maps import cells, near, rollups
from maps.models import CountedIncident, FollowedPlace
from tests.conftest import DADONG_GATE, LUXUN_PARK, IncidentMaker, Town, statements
from tests.maps.mvt import Point, read

pytestmark = pytest.mark.django_db
HEPING = "和平区"


def catch_up() -> None:
    while rollups.catch_up():
        pass


def tile_of(place: tuple[float, float], zoom: int) -> str:
    x, y = cells.place_of(cells.cell_at(*place, zoom))
    return f"/tiles/public/{zoom}/{x}/{y}.mvt"


def points(web: Client, place: tuple[float, float], zoom: int, query: str = "") -> Sequence[Point]:
    answer = web.get(tile_of(place, zoom) + query)
    assert answer.status_code == 200
    found = read(answer.content)
    return found.get("cells", found.get("squares", []))


def close(*which: Incident) -> None:
    for each in which:
        Incident.objects.filter(pk=each.pk).update(status=Status.CLOSED, ended_at=timezone.now())
        Outbox.objects.create(topic="incident", incident=each)
    catch_up()


def address_at(place: tuple[float, float]) -> dict[str, str]:
    return {"lon": str(place[0]), "lat": str(place[1])}


# --- Tiles ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("zoom", range(14))
def test_a_cell_of_two_is_hidden_and_one_of_three_is_shown(
    web: Client, incident: IncidentMaker, zoom: int
) -> None:
    for _n in range(2):
        incident(LUXUN_PARK, "pothole")
    catch_up()
    assert points(web, LUXUN_PARK, zoom) == []
    incident(LUXUN_PARK, "guard-rail")
    catch_up()
    assert [point.properties["n"] for point in points(web, LUXUN_PARK, zoom)] == [3]
    assert points(web, LUXUN_PARK, zoom, "?state=closed") == []


@pytest.mark.parametrize("zoom", [14, 15, 16])
def test_near_by_a_square_says_how_many_and_how_far(
    web: Client, incident: IncidentMaker, zoom: int
) -> None:
    first, second = incident(LUXUN_PARK, "pothole"), incident(LUXUN_PARK, "guard-rail")
    close(first)
    (point,) = points(web, LUXUN_PARK, zoom)
    square = cells.cell_at(*LUXUN_PARK, near.LEVEL)
    assert point.properties == {"square": square, "n": 2, "state": near.RANK[near.State.OPEN]}
    x, y = cells.place_of(cells.cell_at(*LUXUN_PARK, zoom))
    at = cells.corner(x + point.x / 4096, y + point.y / 4096, zoom)
    assert at == pytest.approx(cells.centre_of(square, near.LEVEL), abs=1e-9)
    close(second)
    assert points(web, LUXUN_PARK, zoom)[0].properties["state"] == 0
    assert points(web, LUXUN_PARK, zoom, "?state=open") == []
    assert len(points(web, LUXUN_PARK, zoom, "?state=closed&days=7&field=roads")) <= 1


@pytest.mark.parametrize("zoom", [8, 15])
def test_what_is_not_for_everybody_is_in_no_tile(
    web: Client, incident: IncidentMaker, zoom: int
) -> None:
    private = Category.objects.filter(is_private=True).values_list("code", flat=True)[0]
    for _n in range(4):
        incident(LUXUN_PARK, private)
        incident(LUXUN_PARK, "pothole", kind="wrongdoing")
        incident(LUXUN_PARK, "pothole", confidential=True)
        gone = incident(LUXUN_PARK, "pothole")
        Incident.objects.filter(pk=gone.pk).update(status=Status.WITHDRAWN)
    catch_up()
    assert points(web, LUXUN_PARK, zoom) == []


def test_what_became_confidential_after_it_was_counted_is_in_no_square(
    web: Client, incident: IncidentMaker
) -> None:
    found = incident(LUXUN_PARK, "pothole")
    catch_up()
    Incident.objects.filter(pk=found.pk).update(is_confidential=True)
    assert points(web, LUXUN_PARK, 15) == []
    Outbox.objects.create(topic="incident", incident=found)
    catch_up()
    assert CountedIncident.objects.get().public == 0
    assert rollups.differences() == []


@pytest.mark.parametrize("zoom", [8, 15])
def test_a_tile_is_one_statement_kept_by_proxies_and_not_sent_twice(
    web: Client, incident: IncidentMaker, zoom: int
) -> None:
    for _n in range(3):
        incident(LUXUN_PARK)
    catch_up()
    address = tile_of(LUXUN_PARK, zoom) + "?field=urban-management&state=open&days=30"
    with CaptureQueriesContext(connection) as captured:
        answer = web.get(address)
    assert len(statements(captured)) == 1
    assert "public" in answer.headers["Cache-Control"]
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert read(answer.content)
    again = web.get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_tiles_that_are_not_there(web: Client, town: Town) -> None:
    for zoom, x, y in ((17, 1, 1), (3, 8, 1), (3, 1, 8), (0, 10**30, 0)):
        answer = web.get(f"/tiles/public/{zoom}/{x}/{y}.mvt")
        assert answer.status_code == 404
        assert answer.json()["errors"]["tile"]
    assert web.get(tile_of(LUXUN_PARK, 8) + "?field=x&days=x&state=y").status_code == 200


# --- The page ------------------------------------------------------------------------------------


def test_from_afar_the_list_counts_by_county_and_hides_few(
    web: Client, incident: IncidentMaker
) -> None:
    for _n in range(4):
        incident(LUXUN_PARK, "pothole")
    incident(DADONG_GATE, "pothole")
    catch_up()
    places = {each.division.code: each.n for each in near.counties(near.Wanted())}
    # The one hidden would be told by the total: both are.
    assert places == {"210102": None, "210104": None}
    for _n in range(3):
        incident(DADONG_GATE, "pothole")
    catch_up()
    places = {each.division.code: each.n for each in near.counties(near.Wanted())}
    assert places == {"210102": 4, "210104": 4}
    page = web.get("/near").content.decode()
    assert HEPING in page
    assert "division=210102" in page


def test_a_division_lists_its_reports_with_their_state(
    web: Client, incident: IncidentMaker
) -> None:
    here, there = incident(LUXUN_PARK, "pothole"), incident(DADONG_GATE, "pothole")
    close(here)
    page = web.get("/near", {"division": "210102"}).content.decode()
    assert here.number in page
    assert there.number not in page
    assert "state-mark closed" in page
    assert (
        here.number
        not in web.get("/near", {"division": "210102", "state": "open"}).content.decode()
    )


def test_around_a_point_squares_are_listed_whole(web: Client, incident: IncidentMaker) -> None:
    """Two askers in one square get the same list, however they move in it."""
    found, far = incident(LUXUN_PARK, "pothole"), incident(DADONG_GATE, "pothole")
    catch_up()
    square = cells.cell_at(*LUXUN_PARK, near.LEVEL)
    x, y = cells.place_of(square)
    for dx, dy in ((0.01, 0.01), (0.99, 0.99), (0.5, 0.1)):
        at = cells.corner(x + dx, y + dy, near.LEVEL)
        page = web.get("/near", address_at(at)).content.decode()
        assert found.number in page
        assert far.number not in page
    west, north = cells.corner(x - near.REACH - 0.5, y, near.LEVEL)
    assert found.number not in web.get("/near", address_at((west, north))).content.decode()


def test_the_list_of_what_is_in_view(web: Client, incident: IncidentMaker) -> None:
    found = incident(LUXUN_PARK, "pothole")
    catch_up()
    lon, lat = LUXUN_PARK
    seen = web.get("/near/rows", {"box": f"{lon - 0.01},{lat - 0.01},{lon + 0.01},{lat + 0.01}"})
    assert found.number in seen.content.decode()
    square = cells.cell_at(lon, lat, near.LEVEL)
    assert found.number in web.get("/near/rows", {"square": square}).content.decode()
    assert found.number not in web.get("/near/rows", {"square": square + 1}).content.decode()
    for wrong in ("", "1,2,3", "nan,1,2,3", "3,1,2,2", "100,10,120,30"):
        answer = web.get("/near/rows", {"box": wrong})
        assert answer.status_code == 400
        assert "box" in answer.content.decode()


def test_a_place_is_found_by_name(web: Client, town: Town) -> None:
    page = web.get("/near", {"q": "和平", "state": "open"}).content.decode()
    assert "?division=210102&amp;state=open" in page


def test_what_is_wrong_is_said(web: Client, town: Town) -> None:
    answer = web.get("/near", {"lat": "99", "lon": "x"})
    assert answer.status_code == 400
    assert web.get("/near", {"division": "999999"}).status_code == 404
    assert web.get("/near", {"division": "\0"}).status_code == 400


@pytest.mark.parametrize("asked", [{}, {"division": "210102"}, address_at(LUXUN_PARK), {"q": "和"}])
def test_the_page_costs_few_statements(
    web: Client, incident: IncidentMaker, asked: dict[str, str]
) -> None:
    for _n in range(5):
        incident(LUXUN_PARK, "pothole")
    catch_up()
    with CaptureQueriesContext(connection) as captured:
        assert web.get("/near", asked).status_code == 200
    assert len(statements(captured)) <= 8


# --- Following -----------------------------------------------------------------------------------


def test_a_device_follows_a_square_and_reads_what_is_new(
    web: Client, incident: IncidentMaker
) -> None:
    before = incident(LUXUN_PARK, "pothole")
    catch_up()
    web.post("/near/follow", address_at(LUXUN_PARK))
    kept = FollowedPlace.objects.get()
    assert kept.square == cells.cell_at(*LUXUN_PARK, near.LEVEL)
    page = web.get("/near/following").content.decode()
    assert before.number in page
    assert 'class="new"' not in page
    after = incident(LUXUN_PARK, "guard-rail")
    close(before)
    page = web.get("/near/following").content.decode()
    assert after.number in page
    assert page.count('class="new"') == 2
    web.post("/near/follow", {"seen": "1"})
    assert 'class="new"' not in web.get("/near/following").content.decode()
    web.post("/near/follow", {"end": str(kept.pk)})
    assert not FollowedPlace.objects.exists()


def test_another_device_neither_sees_nor_ends_it(web: Client, town: Town) -> None:
    web.post("/near/follow", {"division": "210102"})
    other = Client(REMOTE_ADDR="10.9.8.7")
    assert HEPING not in other.get("/near/following").content.decode()
    other.post("/near/follow", {"division": "210104"})
    other.post("/near/follow", {"end": str(FollowedPlace.objects.get(division="210102").pk)})
    assert FollowedPlace.objects.count() == 2


def test_a_place_is_followed_once_and_not_without_end(web: Client, town: Town) -> None:
    for _n in range(2):
        web.post("/near/follow", {"division": "210102"})
    assert FollowedPlace.objects.count() == 1
    for n in range(9):
        web.post("/near/follow", {"lon": 123.4 + n / 100, "lat": 41.81})
    assert FollowedPlace.objects.count() == 10
    assert web.post("/near/follow", {"division": "210104"}).status_code == 409
    for wrong, status in (({"division": "210100"}, 400), ({}, 400), ({"lat": "x", "lon": "1"}, 400),
                          ({"end": "x"}, 400), ({"division": "9"}, 404)):  # fmt: skip
        assert web.post("/near/follow", wrong).status_code == status


def test_ten_places_with_news_cost_few_statements(web: Client, incident: IncidentMaker) -> None:
    for _n in range(6):
        incident(LUXUN_PARK, "pothole")
    catch_up()
    for code in ("210102", "210104", "210102001", "210102001001"):
        web.post("/near/follow", {"division": code})
    with CaptureQueriesContext(connection) as captured:
        page = web.get("/near/following").content.decode()
    assert page.count('class="followed"') == 4
    assert len(statements(captured)) <= 8


@pytest.mark.parametrize("asked", [{"division": "210102"}, address_at(LUXUN_PARK)])
def test_a_feed_tells_of_a_place(
    web: Client, incident: IncidentMaker, asked: dict[str, str]
) -> None:
    done, far = incident(LUXUN_PARK, "pothole"), incident(DADONG_GATE, "pothole")
    close(done)
    with CaptureQueriesContext(connection) as captured:
        answer = web.get("/near/feed.atom", asked)
    assert len(statements(captured)) <= 8
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    told = answer.content.decode()
    assert f"/reports/{done.number}" in told
    assert far.number not in told
    assert f"lat={LUXUN_PARK[1]}&" not in told
    entries = ElementTree.fromstring(told).findall("{http://www.w3.org/2005/Atom}entry")
    (entry,) = entries
    updated = entry.findtext("{http://www.w3.org/2005/Atom}updated") or ""
    assert "T00:00:00" in updated


def test_a_feed_of_nowhere_is_refused_in_words(web: Client, town: Town) -> None:
    for asked, named in (({}, "division"), ({"division": "210100"}, "division"),
                         ({"lat": "1", "lon": "x"}, "lon")):  # fmt: skip
        answer = web.get("/near/feed.atom", asked)
        assert answer.status_code == 400
        assert named in answer.content.decode()
