"""Following a report, choosing a category, finding out that a neighbour was first."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from incidents.models import Incident, Report
from tests.conftest import LUXUN_PARK, IncidentMaker, north_of
from tests.incidents.conftest import body, post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("town")]


def around(web: Client, place: tuple[float, float], **more: str) -> list[dict[str, Any]]:
    query = {"lon": str(place[0]), "lat": str(place[1])} | more
    found: list[dict[str, Any]] = web.get("/api/reports/nearby", query).json()["incidents"]
    return found


def test_following_shows_nobody(web: Client) -> None:
    given = body(contact_name="诸葛明月", contact_phone="13812345678", text="只给工作人员看")
    code = post(web, given).json()["tracking_code"]
    for address in (f"/api/reports/{code}", f"/t/{code}"):
        shown = web.get(address)
        assert shown.status_code == 200
        assert "诸葛明月" not in shown.content.decode()
        assert "13812345678" not in shown.content.decode()


def test_following_tells_what_happened(web: Client) -> None:
    filed = post(web, body()).json()
    told = web.get(f"/api/reports/{filed['tracking_code']}").json()
    assert told["number"] == filed["number"]
    assert [event["step"] for event in told["history"]] == ["register"]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_speaks_both_languages(web: Client, language: str) -> None:
    filed = post(web, body()).json()
    page = web.get(filed["url"], headers={"Accept-Language": language})
    assert page.status_code == 200
    assert f'lang="{language}' in page.content.decode().lower()
    assert filed["number"] in page.content.decode()


def test_an_unknown_code_is_not_found(web: Client) -> None:
    assert web.get("/api/reports/NOBODYHASTHISCODE22").status_code == 404
    assert web.get("/t/NOBODYHASTHISCODE22").status_code == 404


def test_categories_cost_one_statement_and_are_not_sent_twice(
    web: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        first = web.get("/api/categories")
    assert len(first.json()["fields"]) == 15
    headers = {"If-None-Match": first.headers["ETag"]}
    with django_assert_num_queries(1):
        again = web.get("/api/categories", headers=headers)
    assert (again.status_code, again.content) == (304, b"")


def test_a_neighbours_report_is_offered(web: Client, incident: IncidentMaker) -> None:
    first = incident(LUXUN_PARK, "pothole")
    found = around(web, north_of(LUXUN_PARK, 150), category="pothole")
    assert [(each["number"], each["away_m"]) for each in found] == [(first.number, 150)]
    assert set(found[0]) == {
        "number", "category", "status", "status_name", "away_m", "created_at",
    }  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        {"category": "street-light"},
        {"confidential": True},
        {"kind": "wrongdoing"},
        {"place": north_of(LUXUN_PARK, 220)},
    ],
)
def test_others_are_not_offered(
    web: Client, incident: IncidentMaker, other: dict[str, Any]
) -> None:
    incident(**{"category": "pothole"} | other)
    assert around(web, LUXUN_PARK, category="pothole") == []


def test_wrongdoing_is_not_offered_even_when_opened(web: Client, incident: IncidentMaker) -> None:
    incident(LUXUN_PARK, "pothole", kind="wrongdoing")
    Incident.objects.update(is_confidential=False)
    assert around(web, LUXUN_PARK) == []


def test_private_matters_are_not_offered(web: Client, incident: IncidentMaker) -> None:
    incident(LUXUN_PARK, "noise")
    assert around(web, LUXUN_PARK, category="noise") == []
    assert around(web, LUXUN_PARK) == []


@pytest.mark.parametrize("status", ["replied", "closed", "merged"])
def test_what_is_done_is_not_offered(web: Client, incident: IncidentMaker, status: str) -> None:
    incident(LUXUN_PARK, "pothole")
    Incident.objects.update(status=status)
    assert around(web, LUXUN_PARK) == []


def test_nearby_refuses_a_place_that_is_none(web: Client) -> None:
    answer = web.get("/api/reports/nearby", {"lon": "nan", "lat": "41"})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["lon"])


def test_following_a_neighbour_joins_the_incident(web: Client, incident: IncidentMaker) -> None:
    first = incident(LUXUN_PARK, "pothole")
    answer = post(web, body(north_of(LUXUN_PARK, 50), same_as=first.number, text=""))
    assert answer.status_code == 201
    joined = Report.objects.get(tracking_code=answer.json()["tracking_code"])
    assert joined.incident_id == first.pk
    assert joined.number != first.number
    assert list(first.events.values_list("step", flat=True)) == ["register", "join"]


def test_following_from_far_away_is_refused(web: Client, incident: IncidentMaker) -> None:
    first = incident(LUXUN_PARK, "pothole")
    answer = post(web, body(north_of(LUXUN_PARK, 500), same_as=first.number))
    assert answer.status_code == 422
    assert Report.objects.count() == 1
