"""Every class of the bad-input catalogue: never a 500, never half stored, the field named."""

import json
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from accounts.models import ApiKey, User
from accounts.roles import Role
from dispatch.models import WorkOrder
from incidents.models import Complainant, Event, Incident, Media, Original, Outbox, Report
from incidents.tasks import sweep_media
from tests.conftest import LUXUN_PARK, IncidentMaker, PersonMaker, WorkerMaker, photo
from tests.gate.catalogue import (
    REPORTS,
    Case,
    addresses,
    forms,
    good,
    media,
    numbers,
    pages_and_offsets,
    plain_forms,
    positions,
    queries,
)
from tests.incidents.conftest import post_photos

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("town")]
STORED = (Incident, Report, Media, Original, Event, Outbox, Complainant)


def send(web: Client, case: Case, **extra: Any) -> Any:
    """A view's exception is an answer of 500 here, as it is for a stranger."""
    web.raise_request_exception = False
    extra |= {f"HTTP_{k.upper().replace('-', '_')}": v for k, v in case.headers.items()}
    answer = web.generic(case.method, case.path, case.body, case.content_type, **extra)
    if answer.streaming:
        b"".join(answer)
    return answer


def counts() -> list[int]:
    return [model.objects.count() for model in STORED]


@pytest.fixture
def system() -> dict[str, str]:
    _made, key = ApiKey.issue("catalogue", per_second=10_000)
    return {"HTTP_AUTHORIZATION": f"Api-Key {key}"}


def wrong_with(case: Case, answer: Any, before: list[int]) -> str:
    """What is wrong with the answer to a crooked report; empty when nothing is."""
    if answer.status_code not in case.expected:
        return f"{answer.status_code} {answer.content[:200]!r}"
    if answer.status_code == 201:
        return "" if Report.objects.count() == before[1] + 1 else "not stored"
    if counts() != before:
        return "half stored"
    errors = json.loads(answer.content)["errors"]
    if not all(isinstance(text, str) for texts in errors.values() for text in texts):
        return f"not sentences: {errors}"
    if case.field and case.field not in errors:
        return f"{case.field} is not named: {errors}"
    return ""


@pytest.mark.parametrize("make", REPORTS, ids=lambda make: make.__name__)
def test_crooked_reports(
    web: Client,
    system: dict[str, str],
    media_root: Path,
    make: Callable[[], Iterable[Case]],
    django_capture_on_commit_callbacks: Any,
) -> None:
    wrong = []
    for case in make():
        before = counts()
        with django_capture_on_commit_callbacks(execute=True):
            answer = send(web, case, **({} if "Authorization" in case.headers else system))
        if fault := wrong_with(case, answer, before):
            wrong.append(f"{case.id}: {fault}")
    assert wrong == []
    kept = [path for path in media_root.rglob("*") if path.is_file()]
    assert len(kept) == Original.objects.count()


def test_swapped_axes_are_asked_about(web: Client) -> None:
    for case in numbers():
        if case.group == "swapped axes":
            answer = send(web, case, HTTP_ACCEPT_LANGUAGE="en")
            assert "Did you mean latitude 41.81 and longitude 123.41?" in answer.content.decode()


@pytest.fixture
def everybody(
    web: Client, person: PersonMaker, logged_in: Callable[[User], Client]
) -> list[Client]:
    roles = (Role.DISPATCHER, Role.DUTY_MANAGER)
    staff = [logged_in(person(role, "210100")) for role in roles]
    admin = person(Role.ADMINISTRATOR)
    admin.is_staff = admin.is_superuser = True
    admin.save()
    return [web, *staff, logged_in(admin)]


@pytest.mark.parametrize("make", [queries, pages_and_offsets, addresses], ids=lambda f: f.__name__)
def test_crooked_reads(everybody: list[Client], incident: IncidentMaker, make: Any) -> None:
    incident(LUXUN_PARK)
    before = counts()
    for case in make():
        for client in everybody:
            answer = send(client, case)
            assert answer.status_code in case.expected, (case, answer.status_code)
            if answer.status_code == 400 and case.path.startswith("/api/"):
                assert json.loads(answer.content)["errors"], case
    assert counts() == before


def test_crooked_forms(
    web: Client,
    everybody: list[Client],
    worker: WorkerMaker,
    logged_in: Callable[[User], Client],
    settings: Settings,
) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick
    wang = worker("Wang", LUXUN_PARK)
    number = post_photos(web, ("a.jpg", photo(LUXUN_PARK))).json()["number"]
    order = WorkOrder.objects.first()
    before = counts()
    cases = plain_forms(number, str(order.pk if order else 1), str(Media.objects.get().uid))
    for case in cases:
        for client in (*everybody, logged_in(wang.user)):
            answer = send(client, case)
            assert answer.status_code in case.expected, (case, answer.status_code)
    assert counts()[:4] == before[:4]


def test_crooked_positions_of_a_worker(
    worker: WorkerMaker, logged_in: Callable[[User], Client]
) -> None:
    client = logged_in(worker("Wang", LUXUN_PARK).user)
    for case in positions():
        answer = send(client, case)
        assert answer.status_code in case.expected, (case, answer.content)
        assert json.loads(answer.content)["errors"]


@pytest.mark.parametrize(
    "extra",
    [
        {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""},
        {"CONTENT_LENGTH": "many"},
        {"CONTENT_LENGTH": "-1"},
        {"CONTENT_LENGTH": str(10**12)},
    ],
)
def test_a_body_that_does_not_say_how_long_it_is(web: Client, extra: dict[str, Any]) -> None:
    answer = web.post("/api/reports", "{}", content_type="application/json", **extra)
    assert answer.status_code in {400, 411, 413}
    assert answer.json()["errors"]


def test_a_page_is_refused_with_a_page(web: Client) -> None:
    answer = web.get("/track?code=%00", HTTP_ACCEPT_LANGUAGE="en")
    assert answer.status_code == 400
    assert "Null characters are not allowed." in answer.content.decode()
    assert answer.headers["Content-Type"].startswith("text/html")


def test_what_api_does_not_have_is_said_in_json(web: Client) -> None:
    answer = web.get("/api/nothing-here")
    assert (answer.status_code, list(answer.json()["errors"])) == (404, ["detail"])


def test_a_geojson_point_is_a_position(web: Client) -> None:
    point = {"type": "Point", "coordinates": [*LUXUN_PARK]}
    given = {"kind": "help", "category": "pothole", "text": "坑", "position": point}
    answer = web.post("/api/reports", given, content_type="application/json")
    assert answer.status_code == 201, answer.content
    assert answer.json()["division"]["code"] == "210102001001"


def test_what_was_taken_breaks_no_later_page(
    web: Client, everybody: list[Client], system: dict[str, str]
) -> None:
    """Unusual files, lying EXIF, strange names: prepared, and then every page that lists them."""
    taken = [send(web, case, **system) for case in media() if 201 in case.expected]
    filed = [json.loads(answer.content) for answer in taken if answer.status_code == 201]
    assert len(filed) >= 20
    while sweep_media():
        pass
    assert not Original.objects.exclude(state=Original.State.READY).exists()
    manager = everybody[2]
    for each in filed:
        tracked = web.get(f"/api/reports/{each['tracking_code']}").json()
        shown = [*tracked["photos"], f"/t/{each['tracking_code']}"]
        assert tracked["photos"] or not Media.objects.filter(report__number=each["number"]).exists()
        assert {send(web, page(path)).status_code for path in shown} == {200}
        assert send(manager, page(f"/desk/{each['number']}/")).status_code == 200
    for path in ("/map/", "/heatmap/", "/api/incidents.geojson", "/api/workers.geojson"):
        assert send(manager, page(path)).status_code == 200


def page(path: str) -> Case:
    return Case("afterwards", path, "GET", path)


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=b", "application/json"])
def test_a_sender_who_goes_away_in_the_middle_files_nothing(
    web: Client, media_root: Path, kind: str
) -> None:
    """The server sees a plain end, and fewer bytes than were announced."""
    whole = (
        b'--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\nhelp\r\n'
        b'--b\r\nContent-Disposition: form-data; name="category"\r\n\r\npothole\r\n'
        b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n\xe5\x9d\x91, a hole and'
    )
    body = whole if kind.startswith("multipart") else json.dumps(good()).encode()
    told: dict[str, Any] = {"CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(body) + 500)}
    told["wsgi.input"] = BytesIO(body)
    answer = web.generic("POST", "/api/reports", **told)
    assert (answer.status_code, list(json.loads(answer.content)["errors"])) == (400, ["body"])
    assert not Report.objects.exists()
    assert [path for path in media_root.rglob("*") if path.is_file()] == []


def test_a_form_cut_in_its_file_leaves_no_file(web: Client, settings: Settings) -> None:
    arrivals = Path(settings.FILE_UPLOAD_TEMP_DIR)
    before = set(arrivals.iterdir())
    for case in media_forms():
        assert send(web, case).status_code == 400
    assert set(arrivals.iterdir()) == before


def media_forms() -> list[Case]:
    return [case for case in forms() if case.group == "cut off"]


@pytest.mark.parametrize("path", ["/api/categories", "/api/locate", "/api/reports/nearby"])
@pytest.mark.parametrize("strict", [True, False])
def test_a_method_that_is_not_allowed_is_said_in_json(path: str, strict: bool) -> None:
    answer = Client(enforce_csrf_checks=strict).post(path, {"a": "b"})
    assert answer.status_code == (403 if strict else 405)
    assert list(answer.json()["errors"]) == ["detail"]


def test_files_are_taken_from_workers_who_are_logged_in_only(web: Client) -> None:
    answer = web.post("/work/1/finish", {"media": SimpleUploadedFile("a.bin", bytes(3_000_000))})
    assert answer.status_code == 413
