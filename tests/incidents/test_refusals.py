"""What comes in crooked is refused in words, and never answered with a 500."""

import json
from urllib.parse import quote

import pytest
from django.test import Client

from incidents.models import Incident, Kind, Report
from tests.conftest import LUXUN_PARK, IncidentMaker
from tests.incidents.conftest import body, post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("town")]


@pytest.mark.parametrize(
    "address",
    [
        "/api/reports/%00",
        "/t/%00",
        "/track?code=%00",
        "/track?%00=a",
        "/api/reports/nearby?lat=41.79&lon=123.41&category=%00",
        "/api/incidents/%00",
        "/desk/%00/",
    ],
)
def test_a_null_character_is_refused(web: Client, address: str) -> None:
    assert web.get(address).status_code == 400


def test_json_nested_without_end_is_refused(web: Client) -> None:
    deep = "[" * 100_000
    answer = web.post("/api/reports", deep, content_type="application/json")
    assert answer.status_code == 400
    assert "body" in answer.json()["errors"]


@pytest.mark.parametrize("text", ["[]", "3", '"text"', "null", "[{}]"])
def test_what_is_no_object_is_refused(web: Client, text: str) -> None:
    answer = web.post("/api/reports", text, content_type="application/json")
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["body"]


def test_lone_surrogates_are_refused(web: Client) -> None:
    crooked = json.dumps(body()).replace(json.dumps(body()["text"]), '"\\ud800"')
    answer = web.post("/api/reports", crooked, content_type="application/json")
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["text"]


@pytest.mark.parametrize("more", [{"confidential": True}, {"kind": Kind.WRONGDOING}])
def test_a_confidential_report_never_joins_a_public_one(
    web: Client, incident: IncidentMaker, more: dict[str, object]
) -> None:
    first = incident(LUXUN_PARK)
    answer = post(web, body(LUXUN_PARK, same_as=first.number, **more))
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["same_as"]
    assert (Incident.objects.count(), Report.objects.count()) == (1, 1)


def test_a_page_that_is_not_there_says_so(web: Client) -> None:
    answer = web.get("/t/" + quote("查无此单"), headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert "There is nothing here." in answer.content.decode()


def test_each_reader_is_refused_in_their_own_language(web: Client) -> None:
    """The fields are kept between reports; whoever read a message first must not set its words."""
    far = json.dumps(body(None, latitude=91, longitude=123.4))

    def said(language: str) -> str:
        headers = {"Accept-Language": language}
        answer = web.post("/api/reports", far, content_type="application/json", headers=headers)
        return str(answer.json()["errors"]["latitude"][0])

    chinese, english = said("zh-hans"), said("en")
    assert english == "Ensure this value is less than or equal to 90."
    assert chinese != english
    assert (said("zh-hans"), said("en")) == (chinese, english)
