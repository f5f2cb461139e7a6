"""Filing a report: what is answered, what is stored, what is refused by name."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents.models import (
    Complainant,
    Event,
    IdempotencyKey,
    Incident,
    NumberDay,
    Outbox,
    Report,
)
from tests.conftest import BEIJING, DADONG_GATE, LUXUN_PARK, Town, statements
from tests.incidents.conftest import body, post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("town")]


def nothing_is_stored() -> bool:
    return not any(
        model.objects.exists() for model in (Incident, Report, Event, Outbox, Complainant)
    )


def test_a_report_is_answered_with_number_code_and_place(web: Client) -> None:
    answer = post(web, body(LUXUN_PARK))
    filed = answer.json()
    assert answer.status_code == 201
    assert len(filed["tracking_code"]) == 20
    assert filed["number"].startswith(f"{timezone.localdate():%Y%m%d}-")
    assert filed["status"] == "registered"
    assert filed["url"] == f"/t/{filed['tracking_code']}"
    path = [step["code"] for step in filed["division"]["path"]]
    assert path == ["210000", "210100", "210102", "210102001", "210102001001"]
    assert filed["division"]["code"] == "210102001001"


def test_report_incident_event_and_outbox_are_stored_together(web: Client) -> None:
    filed = post(web, body()).json()
    incident = Incident.objects.get(number=filed["number"])
    assert incident.dispatch_after is not None
    assert list(incident.events.values_list("step", "to_status")) == [("register", "registered")]
    assert Outbox.objects.get().incident_id == incident.pk
    assert Report.objects.get().number == incident.number


@pytest.mark.django_db(transaction=True)
def test_a_plain_report_costs_three_statements(web: Client) -> None:
    post(web, body())
    with CaptureQueriesContext(connection) as captured:
        post(web, body())
    asked = statements(captured, "django_session")
    assert len(asked) <= 3, "\n".join(asked)


@pytest.mark.django_db(transaction=True)
def test_a_report_with_contact_and_key_costs_six_statements(web: Client) -> None:
    post(web, body())
    with CaptureQueriesContext(connection) as captured:
        answer = post(web, body(contact_name="王芳", contact_phone="13812345678"), key="k1")
    asked = statements(captured, "django_session")
    assert answer.status_code == 201
    assert len(asked) <= 6, "\n".join(asked)


def test_the_same_key_and_body_again_gives_the_same_answer(web: Client) -> None:
    first, second = post(web, body(), key="once"), post(web, body(), key="once")
    assert (second.status_code, second.json()) == (201, first.json())
    assert second.headers["Idempotency-Replayed"] == "true"
    assert Report.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(web: Client) -> None:
    post(web, body(), key="once")
    answer = post(web, body(text="另一件事"), key="once")
    assert answer.status_code == 409
    assert "Idempotency-Key" in answer.json()["errors"]
    assert Report.objects.count() == 1


def test_a_refused_report_leaves_its_key_free(web: Client) -> None:
    post(web, body(BEIJING), key="again")
    assert not IdempotencyKey.objects.exists()
    assert post(web, body(LUXUN_PARK), key="again").status_code == 201


def test_outside_the_province_nothing_is_stored(web: Client) -> None:
    answer = post(web, body(BEIJING, contact_name="王芳"))
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["position"]
    assert nothing_is_stored()


@pytest.mark.parametrize("place", [None, (0, 0)])
def test_without_a_place_it_waits_for_a_person(
    web: Client, place: tuple[float, float] | None
) -> None:
    answer = post(web, body(place, address="太原街 1 号"))
    assert answer.status_code == 201
    assert answer.json()["division"] is None
    incident = Incident.objects.get()
    assert (incident.status, incident.waiting) == ("triage", "no_place")
    assert incident.dispatch_after is None
    steps = list(incident.events.values_list("step", "from_status", "to_status", "data"))
    assert steps == [
        ("register", "", "triage", {}),
        ("triage", "registered", "triage", {"waiting": "no_place"}),
    ]


@pytest.mark.parametrize(
    ("given", "missing"), [("latitude", "longitude"), ("longitude", "latitude")]
)
def test_one_coordinate_alone_names_the_other(web: Client, given: str, missing: str) -> None:
    answer = post(web, body(None, **{given: 41.81}))
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [missing]
    assert nothing_is_stored()


@pytest.mark.parametrize("number", ["NaN", "1e400", "-Infinity", "true", '"nan"'])
def test_a_coordinate_that_is_no_number_is_refused(web: Client, number: str) -> None:
    text = json.dumps(body() | {"latitude": "HERE"}).replace('"HERE"', number)
    answer = web.post("/api/reports", text, content_type="application/json")
    assert answer.status_code == 400
    assert nothing_is_stored()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"category": "dragons"}, "category"),
        ({"kind": "gossip"}, "kind"),
        ({"text": "  "}, "text"),
        ({"contact_phone": "call me"}, "contact_phone"),
        ({"datum": "mars"}, "datum"),
        ({"same_as": "20200101-000001"}, "same_as"),
    ],
)
def test_a_wrong_field_is_named(web: Client, wrong: dict[str, Any], field: str) -> None:
    answer = post(web, body(**wrong))
    assert answer.status_code == (422 if field == "same_as" else 400)
    assert list(answer.json()["errors"]) == [field]
    assert nothing_is_stored()


def test_a_list_is_not_a_report(web: Client) -> None:
    answer = post(web, [1, 2])
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["body"])


def test_numbers_count_up_within_a_day(web: Client) -> None:
    first, second = (int(post(web, body()).json()["number"][9:]) for _n in range(2))
    assert second == first + 1


def test_numbers_start_anew_where_the_day_began(web: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('incidents_number_seq')")
        drawn = cursor.fetchone()[0]
    NumberDay.objects.update_or_create(
        day=timezone.localdate(), defaults={"before_first": drawn + 10}
    )
    assert post(web, body()).json()["number"].endswith("-000001")


def test_the_division_follows_the_datum(web: Client) -> None:
    """AMap's numbers lie 500 m east of ours: just inside Dadong they still mean Heping."""
    given = body((123.443, 41.811), datum="gcj02")
    path = [step["code"] for step in post(web, given).json()["division"]["path"]]
    assert path[2] == "210102"
    assert Report.objects.get().given_longitude == 123.443


def test_an_urgent_category_makes_an_urgent_incident(web: Client) -> None:
    post(web, body(DADONG_GATE, category="gas-smell"))
    assert Incident.objects.get().is_urgent


def test_wrongdoing_is_confidential(web: Client, town: Town) -> None:
    post(web, body(kind="wrongdoing"))
    assert Incident.objects.get().is_confidential


def test_the_limit_of_the_body_is_told_before_it_is_read(web: Client) -> None:
    answer = post(web, body(text="x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)))
    assert answer.status_code == 413
