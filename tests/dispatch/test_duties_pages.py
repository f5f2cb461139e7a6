"""The pages of responsibility: a file of outlines, the catalogue, and what changed hands."""

import json
from collections.abc import Callable

import pytest
import shapely
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from dispatch import handing_over
from dispatch.engine import dispatch
from dispatch.models import CellWorker, HandOver, Rule
from districts.models import AreaImport, Boundary, Edition, Jurisdiction
from tests.conftest import LUXUN_PARK, IncidentMaker, PersonMaker, Town, WorkerMaker

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
TODAY = timezone.localdate()


def outline(half: float, code: str = "heat-1") -> SimpleUploadedFile:
    x, y = LUXUN_PARK
    box = shapely.box(x - half, y - half, x + half, y + half)
    feature = {
        "type": "Feature",
        "geometry": json.loads(shapely.to_geojson(box)),
        "properties": {"code": code, "name": "热力一区"},
    }
    text = json.dumps({"type": "FeatureCollection", "features": [feature]})
    return SimpleUploadedFile("heat.geojson", text.encode())


def typed(file: SimpleUploadedFile | None, **more: str) -> dict[str, object]:
    form = {"kind": "heat_area", "datum": "wgs84", "source": "plan", "priority": "10"}
    return form | {"owner": "210100"} | more | ({"file": file} if file else {})


@pytest.fixture
def administrator(person: PersonMaker, logged_in: LogIn) -> Client:
    return logged_in(person(Role.ADMINISTRATOR))


@pytest.fixture(autouse=True)
def province(town: Town) -> None:
    """The little town's province has an outline wide enough for what is drawn in it."""
    Boundary.objects.filter(division="210000").update(
        geom=MultiPolygon(Polygon.from_bbox((123, 41, 124, 42)), srid=4326)
    )


def bring(client: Client, half: float) -> AreaImport:
    answer = client.post("/boundaries/upload", typed(outline(half)))
    assert answer.status_code == 302, answer.content.decode()
    return AreaImport.objects.latest("pk")


def test_a_file_is_looked_at_and_put_in_force_and_open_incidents_are_decided(
    town: Town,
    administrator: Client,
    incident: IncidentMaker,
    person: PersonMaker,
    logged_in: LogIn,
) -> None:
    cold = incident(LUXUN_PARK, "late-start")
    dispatch(cold.pk)
    made = bring(administrator, 0.002)
    Rule.objects.create(
        field_id="heating",
        jurisdiction=Jurisdiction.objects.create(
            code="heat-1", kind="heat_area", name="x", owner_id="210100"
        ),
        unit=town.dadong,
    )
    page = administrator.get(f"/boundaries/{made.uid}").content.decode()
    assert "heat-1" in page
    drawn = administrator.get(f"/boundaries/{made.uid}/areas.geojson").json()
    assert drawn["features"][0]["properties"]["faulty"] is False
    administrator.post(f"/boundaries/{made.uid}/confirm", {"on": TODAY.isoformat()})
    found = HandOver.objects.get()
    assert (found.incident, found.before, found.after) == (cold, [], ["heat-1"])
    manager = logged_in(person(Role.DUTY_MANAGER, "210100"))
    assert cold.number in manager.get("/hand-overs/").content.decode()
    manager.post(f"/hand-overs/{found.pk}", {"decision": "dispatch", "reason": "新边界"})
    cold.refresh_from_db()
    found.refresh_from_db()
    assert (cold.lead_unit, cold.jurisdictions, found.decision) == (
        town.dadong,
        ["heat-1"],
        "dispatch",
    )


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"datum": ""}, "datum"),
        ({"owner": "999999"}, "owner"),
        ({"priority": "-1"}, "priority"),
        ({"kind": "x"}, "kind"),
        ({"code": "nowhere"}, None),
    ],
)
def test_what_is_wrong_with_the_form_is_named(
    administrator: Client, more: dict[str, str], named: str | None
) -> None:
    answer = administrator.post("/boundaries/upload", typed(outline(0.002), **more))
    assert answer.status_code == 400
    assert (named or "__all__") in answer.context["form"].errors
    assert administrator.post("/boundaries/upload", typed(None)).status_code == 400
    assert not AreaImport.objects.exists()


def test_a_draft_from_its_beginning_to_its_day(
    town: Town, administrator: Client, incident: IncidentMaker
) -> None:
    incident(LUXUN_PARK, "pothole")
    assert administrator.post("/catalogue/publish", {"on": "2030-01-01"}).status_code == 400
    administrator.post("/catalogue/begin", {"why": "供热季", "legal_basis": "条例"})
    bad = SimpleUploadedFile("a.csv", b"category\nx\n")
    assert administrator.post("/catalogue/bring", {"file": bad}).status_code == 400
    text = administrator.get("/catalogue/rules.csv").content.decode()
    moved = text.replace(f"210102,,any,,{town.heping.code}", f"210102,,any,,{town.dadong.code}")
    file = SimpleUploadedFile("a.csv", moved.encode())
    answer = administrator.post("/catalogue/bring", {"file": file, "states": "whole"})
    assert answer.status_code == 302
    trial = administrator.get("/catalogue/trial")
    assert len(trial.context["trial"].elsewhere) == 1
    assert not trial.context["incidents"]  # the administrator sees no case
    assert administrator.post("/catalogue/publish", {"on": "x"}).status_code == 400
    administrator.post("/catalogue/publish", {"on": TODAY.isoformat()})
    page = administrator.get("/catalogue/")
    assert (page.context["edition"].number, page.context["draft"]) == (1, None)
    assert administrator.get("/catalogue/report").status_code == 200


def test_the_case_says_why_this_unit(
    town: Town, incident: IncidentMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    found = incident(LUXUN_PARK)
    dispatch(found.pk)
    page = logged_in(person(Role.DISPATCHER, "210100")).get(f"/desk/{found.number}/")
    assert "其规则对事项的规定较笼统" in page.content.decode()


def test_an_open_incident_moves_with_its_community_when_a_person_says_so(
    town: Town, incident: IncidentMaker, person: PersonMaker
) -> None:
    """Heping's community is drawn anew, and ends where Dadong's begins now."""
    found = incident(LUXUN_PARK, "pothole")
    dispatch(found.pk)
    Boundary.objects.filter(division="210102001001").update(valid_to=TODAY)
    dadong = Boundary.objects.get(division="210104001001")
    own = Boundary.objects.get(division="210102001001")
    dadong.valid_to = TODAY
    dadong.save()
    Boundary.objects.create(
        division=dadong.division, geom=own.geom, point=own.point, source="drawn", datum="wgs84",
        approximate=False, is_leaf=True, valid_from=TODAY,
    )  # fmt: skip
    Edition.objects.create(
        province_id="210000", checksum="x", divisions=1, leaves=1, added=1, closed=2,
        effective_on=TODAY,
    )  # fmt: skip
    assert (handing_over.list_due(), handing_over.list_due()) == (1, 0)
    moved = HandOver.objects.get()
    assert (moved.before, moved.after) == (["210102001001"], ["210104001001"])
    handing_over.dispatch_anew(moved.pk, person(Role.DUTY_MANAGER, "210100"), "区划调整")
    found.refresh_from_db()
    assert (found.division_id, found.lead_unit) == ("210104001001", town.dadong)


def test_a_cell_gets_the_worker_its_file_names(
    town: Town, worker: WorkerMaker, administrator: Client
) -> None:
    wang = worker("Wang", LUXUN_PARK)
    feature = json.loads(outline(0.0004, "210102001001001").read())
    feature["features"][0]["properties"] |= {"网格员": "wang", "name": ""}
    file = SimpleUploadedFile("cells.geojson", json.dumps(feature).encode())
    administrator.post("/boundaries/upload", typed(file, kind="cell", owner=""))
    made = AreaImport.objects.get()
    assert "没有使用该用户名" not in administrator.get(f"/boundaries/{made.uid}").content.decode()
    administrator.post(f"/boundaries/{made.uid}/confirm", {"on": TODAY.isoformat()})
    assert CellWorker.objects.get(pk="210102001001001").worker == wang


def test_a_cell_s_worker_whom_nobody_knows_is_named(town: Town, administrator: Client) -> None:
    feature = json.loads(outline(0.0004, "210102001001001").read())
    feature["features"][0]["properties"] |= {"网格员": "nobody7", "name": ""}
    file = SimpleUploadedFile("cells.geojson", json.dumps(feature).encode())
    administrator.post("/boundaries/upload", typed(file, kind="cell", owner=""))
    made = AreaImport.objects.get()
    assert "nobody7" in administrator.get(f"/boundaries/{made.uid}").content.decode()
