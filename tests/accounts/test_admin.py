"""The administrator's desk: what is set there, what is refused, who gets in."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.contrib.admin.utils import quote as admin_quote
from django.contrib.gis.geos import Point
from django.test import Client

from accounts.models import Unit, User
from accounts.roles import Role
from dispatch import workforce
from dispatch.models import Rule, Shift, Worker
from enterprises.models import Firm
from incidents import alarms, clocks
from incidents.models import AlarmWord, CalendarDay, Category, TimeLimit
from tests.conftest import DADONG_GATE, LUXUN_PARK, IncidentMaker, PersonMaker, Town, WorkerMaker

pytestmark = pytest.mark.django_db
PASSWORD = "long-enough-77"
LogIn = Callable[[User], Client]
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label_lower)
# What is registered; a new one has to be thought about, and written down here.
REGISTERED = {
    "accounts.secondfactorevent", "accounts.user", "accounts.unit", "districts.division",
    "districts.jurisdiction",
    "dispatch.rule", "dispatch.shift", "dispatch.shiftpattern",
    "dispatch.worker", "enterprises.adviser", "enterprises.firm", "enterprises.offer",
    "enterprises.policy", "enterprises.servicemanager",
    "incidents.alarmword", "incidents.calendarday", "incidents.category",
    "incidents.complainantevent", "incidents.servicefield", "incidents.timelimit",
}  # fmt: skip
SECRET = {
    "Report", "Incident", "Event", "Outbox", "Contact", "Complainant", "VaultOpening", "Media",
    "Original", "Opening", "Message", "CallBack", "Attempt", "Check", "Assignment", "WorkOrder",
    "Application", "ContactLog", "Reply", "FirmRequest", "Visit", "Usefulness", "Representative",
    "LowScore", "Letter", "RecordingOpening", "CaseFile", "FaultyRow", "TakenCase", "Endorsement",
    "Follow", "Verdict", "Doubt", "Comment", "Moderation", "Need", "Advice", "Document",
    "RequestMessage",
}  # fmt: skip


@pytest.fixture
def administrator(person: PersonMaker) -> User:
    found = person(Role.ADMINISTRATOR)
    found.is_staff = True
    found.save()
    return found


@pytest.fixture
def desk(administrator: User, logged_in: LogIn) -> Client:
    return logged_in(administrator)


@pytest.fixture
def one_of_each(town: Town, worker: WorkerMaker, administrator: User) -> None:
    worker("Wang", LUXUN_PARK)
    CalendarDay.objects.create(day=date(2026, 10, 10), is_working=True, note="调休")


def address(model: Any, *words: Any) -> str:
    path = "/".join(quote(str(word)) for word in words)
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/{path}{'/' if path else ''}"


def errors(answer: Any) -> dict[str, list[str]]:
    """What the form says of which field; the page came again and nothing was saved."""
    assert answer.status_code == 200, answer
    return dict(answer.context["adminform"].form.errors)


def filled(desk: Client, page: str) -> dict[str, Any]:
    """The page's form as a browser would send it unchanged."""
    context = desk.get(page).context
    form = context["adminform"].form
    given = {name: form[name].value() for name in form.fields}
    if context.get("seen"):
        given["_seen"] = context["seen"]
    sent = {name: value for name, value in given.items() if value not in (None, False)}
    return {n: ",".join(v) if isinstance(v, list) else v for n, v in sent.items()}


def change(desk: Client, thing: Any, **values: Any) -> Any:
    page = address(type(thing), admin_quote(thing.pk), "change")
    return desk.post(page, filled(desk, page) | values)


# --- What there is, and for whom -----------------------------------------------------------------


def test_what_is_registered_holds_no_report() -> None:
    assert {model._meta.label_lower for model in MODELS} == REGISTERED
    assert not SECRET & {model.__name__ for model in MODELS}
    known = {model.__name__ for model in apps.get_models()}
    assert known >= SECRET, "a model was renamed"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
def test_every_page_opens(desk: Client, one_of_each: None, model: Any) -> None:
    assert desk.get(address(model)).status_code == 200
    assert desk.get(address(model), {"q": "x"}).status_code == 200
    may_add = admin.site._registry[model].has_add_permission
    answer = desk.get(address(model, "add"))
    assert answer.status_code == (200 if may_add(answer.wsgi_request) else 403)
    found = model._default_manager.first()
    if found is not None:
        assert desk.get(address(model, admin_quote(found.pk), "change")).status_code == 200
        history = desk.get(address(model, admin_quote(found.pk), "history"))
        assert history.status_code == 200
    assert desk.get(address(model, "no-such-thing", "change")).status_code == 302


def test_all_of_it_is_in_chinese(desk: Client, one_of_each: None) -> None:
    for model in MODELS:
        for name in (model._meta.verbose_name, model._meta.verbose_name_plural):
            assert not str(name).isascii(), model
        found = admin.site._registry[model]
        form = found.get_form(desk.get("/admin/").wsgi_request)
        labels = [str(field.label) for field in form.base_fields.values()]
        labels += [str(label_for_field(each, model, found)) for each in found.list_display]
        assert [label for label in labels if label.isascii()] == [], model


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_nobody_else_gets_in(person: PersonMaker, town: Town, logged_in: LogIn, role: Role) -> None:
    somebody = person(role, "210100", town.office)
    somebody.is_staff = somebody.is_superuser = True  # the role counts, and nothing else
    somebody.save()
    client = logged_in(somebody)
    for page in ("", "accounts/user/", "incidents/category/add/", "autocomplete/", "nothing/"):
        assert client.get(f"/admin/{page}").status_code == 403, page
    assert client.post("/admin/accounts/unit/add/", {}).status_code == 403


def test_an_administrator_who_left_gets_in_no_more(
    administrator: User, desk: Client, web: Client
) -> None:
    assert desk.get("/admin/").status_code == 200
    User.objects.filter(pk=administrator.pk).update(is_active=False)
    assert desk.get("/admin/").status_code == 302
    assert web.get("/admin/accounts/user/").status_code == 302


# --- Nothing is a 500 ----------------------------------------------------------------------------

ABSURD = (
    "",
    "x" * 400,
    "-1",
    "99999999999999999999",
    "2026-02-30",
    "\u202e;--",
    "nan",
    "🛣",
    "1e400",
)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
def test_absurd_input_is_refused_and_named(desk: Client, one_of_each: None, model: Any) -> None:
    page = desk.get(address(model, "add"))
    if page.status_code == 403:
        return
    before = model._default_manager.count()
    names = list(page.context["adminform"].form.fields)
    for value in ABSURD:
        answer = desk.post(address(model, "add"), dict.fromkeys(names, value))
        assert answer.status_code in (200, 302), (value, answer)
        if answer.status_code == 200:
            assert errors(answer)
    assert errors(desk.post(address(model, "add"), {}))
    assert model._default_manager.count() <= before + 1


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
def test_absurd_changes_are_refused(desk: Client, one_of_each: None, model: Any) -> None:
    found = model._default_manager.first()
    if found is None or not admin.site._registry[model].has_change_permission(
        desk.get("/admin/").wsgi_request
    ):
        return
    page = address(model, admin_quote(found.pk), "change")
    names = list(desk.get(page).context["adminform"].form.fields)
    for value in ABSURD:
        answer = desk.post(page, dict.fromkeys(names, value))
        assert answer.status_code in (200, 302), (value, answer)


def refused() -> Iterator[tuple[str, dict[str, Any], str]]:
    """Where, what was typed, and the field that is named."""
    category = {
        "code": "sinkhole",
        "field": "roads",
        "position": 9,
        "name_zh": "塌",
        "name_en": "S",
    }
    yield "incidents/category", category | {"limit": 0, "limit_unit": "h"}, "limit"
    yield "incidents/category", category | {"limit": 1000, "limit_unit": "wd"}, "limit"
    yield "incidents/category", category | {"limit": 3}, "limit_unit"
    yield "incidents/category", category | {"limit_unit": "h"}, "limit"
    yield "incidents/category", category | {"alarm": "911"}, "alarm"
    yield "incidents/category", category | {"code": "pothole"}, "code"
    field = {"code": "space", "number": 5, "name_zh": "航天", "name_en": "Space", "icon": "S"}
    yield "incidents/servicefield", field, "number"
    limit = {"urgency": "danger", "kind": "help", "limit": 2, "limit_unit": "h"}
    yield "incidents/timelimit", limit, "kind"
    yield "incidents/timelimit", limit | {"urgency": "", "kind": ""}, "urgency"
    yield "incidents/timelimit", limit | {"kind": "praise", "urgency": "", "limit": 0}, "limit"
    yield "incidents/timelimit", limit | {"kind": ""}, "__all__"
    yield "incidents/calendarday", {"day": "2026-10-10", "is_working": "on"}, "day"
    yield "incidents/calendarday", {"day": "2026-02-30"}, "day"
    yield "incidents/alarmword", {"word": "着火", "call": "119"}, "word"
    yield "incidents/alarmword", {"word": "!!!", "call": "119"}, "word"
    yield "incidents/alarmword", {"word": "fire", "call": "911"}, "call"
    yield "dispatch/shift", {"code": "x", "name_zh": "x", "name_en": "x", "starts": "25:00",
                             "ends": "07:00"}, "starts"  # fmt: skip
    person = {"username": "new", "name": "新", "usable_password": "false"}
    yield "accounts/user", person | {"role": "unit_liaison"}, "unit"
    yield "accounts/user", person | {"role": "community_worker"}, "unit"
    yield "accounts/user", person | {"role": "district_head"}, "division"
    yield "accounts/user", person | {"role": "mayor"}, "role"
    yield "accounts/unit", {"code": "210102001-street", "name": "x", "name_en": "x",
                            "kind": "firm", "division": "210102"}, "code"  # fmt: skip
    rule = {"division": "210102", "category": "pothole"}
    yield "dispatch/rule", rule | {"unit": "{office}", "field": "roads"}, "category"
    yield "dispatch/rule", {"division": "210102", "unit": "{office}"}, "__all__"
    yield "dispatch/rule", rule | {"unit": "0"}, "unit"
    yield "dispatch/rule", {"division": "999999", "unit": "{office}"}, "division"
    worker = {"user": "{liaison}", "division": "210102001001", "shift": "whole", "capacity": 3,
              "longitude": LUXUN_PARK[0], "latitude": LUXUN_PARK[1]}  # fmt: skip
    yield "dispatch/worker", worker, "user"
    yield "dispatch/worker", worker | {"division": "210100"}, "division"
    far = {"longitude": DADONG_GATE[0], "latitude": DADONG_GATE[1]}
    yield "dispatch/worker", worker | {"user": "{new}"} | far, "longitude"
    yield "dispatch/worker", worker | {"user": "{new}", "longitude": 200}, "longitude"
    yield "dispatch/worker", worker | {"user": "{new}", "capacity": 51}, "capacity"
    yield "dispatch/worker", worker | {"user": "{worker}"}, "user"


@pytest.mark.parametrize(("where", "typed", "field"), list(refused()))
def test_what_is_refused_names_its_field(
    desk: Client, one_of_each: None, town: Town, person: PersonMaker,
    where: str, typed: dict[str, Any], field: str,
) -> None:  # fmt: skip
    known = {
        "office": town.office.pk,
        "liaison": person(Role.UNIT_LIAISON, unit=town.office).pk,
        "new": person(Role.COMMUNITY_WORKER, unit=town.office).pk,
        "worker": User.objects.get(username="wang").pk,
    }
    sent = {name: str(value).format(**known) for name, value in typed.items()}
    found = errors(desk.post(f"/admin/{where}/add/", sent))
    assert field in found, found
    assert not str(found[field][0]).isascii()


# --- People --------------------------------------------------------------------------------------


def test_a_person_is_made_and_can_log_in(desk: Client, town: Town, web: Client) -> None:
    typed = {"username": "he", "name": "何静", "role": "unit_liaison", "unit": town.office.pk,
             "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}  # fmt: skip
    assert desk.post("/admin/accounts/user/add/", typed).status_code == 302
    made = User.objects.get(username="he")
    assert (made.unit, made.is_staff, made.is_superuser) == (town.office, False, False)
    assert made.check_password(PASSWORD)


def test_who_is_staff_follows_from_the_role(desk: Client, person: PersonMaker) -> None:
    somebody = person(Role.OPERATOR, "210100")
    change(desk, somebody, role="administrator", is_superuser="on")
    somebody.refresh_from_db()
    assert (somebody.is_staff, somebody.is_superuser) == (True, False)
    change(desk, somebody, role="operator", is_staff="on")
    somebody.refresh_from_db()
    assert somebody.is_staff is False


def test_nobody_changes_their_own_role(desk: Client, administrator: User) -> None:
    page = address(User, administrator.pk, "change")
    sent = filled(desk, page) | {"role": "duty_manager", "is_active": "", "is_superuser": "on"}
    desk.post(page, sent | {"name": "管理员"})
    administrator.refresh_from_db()
    kept = (administrator.role, administrator.is_active, administrator.is_superuser)
    assert kept == (Role.ADMINISTRATOR, True, False)
    assert administrator.name == "管理员"


def test_a_handler_keeps_a_unit(desk: Client, town: Town, person: PersonMaker) -> None:
    liaison = person(Role.UNIT_LIAISON, unit=town.office)
    assert list(errors(change(desk, liaison, unit=""))) == ["unit"]


@pytest.mark.parametrize("model", [User, Unit, Category, Worker])
def test_what_cases_name_is_not_deleted(desk: Client, one_of_each: None, model: Any) -> None:
    found = model._default_manager.first()
    page = address(model, admin_quote(found.pk), "delete")
    assert desk.get(page).status_code == desk.post(page, {"post": "yes"}).status_code == 403
    sent = {"action": "delete_selected", "_selected_action": found.pk, "post": "yes"}
    desk.post(address(model), sent)
    assert model._default_manager.filter(pk=found.pk).exists()


def test_a_shift_with_workers_is_not_deleted(desk: Client, one_of_each: None) -> None:
    for page, sent in (
        (address(Shift, "whole", "delete"), {"post": "yes"}),
        (address(Shift), {"action": "delete_selected", "_selected_action": "whole", "post": "yes"}),
    ):
        assert desk.post(page, sent).status_code in (200, 302)
        assert Shift.objects.filter(pk="whole").exists()


def test_createsuperuser_makes_an_administrator(logged_in: LogIn, town: Town) -> None:
    first = User.objects.create_superuser("first", password=PASSWORD)
    assert logged_in(first).get("/admin/").status_code == 200


# --- Units ---------------------------------------------------------------------------------------


def test_a_unit_cannot_lie_below_itself(desk: Client, town: Town) -> None:
    centre = town.office.parent
    assert centre is not None
    assert list(errors(change(desk, centre, parent=town.office.pk))) == ["parent"]
    assert list(errors(change(desk, centre, parent=centre.pk))) == ["parent"]


def test_who_moves_takes_along_all_below(desk: Client, town: Town) -> None:
    below = Unit.objects.create(
        code="team", name="班组", name_en="Team", kind="department",
        parent=town.office, division_id="210102001",
    )  # fmt: skip
    crew = Unit.objects.create(
        code="crew", name="小组", name_en="Crew", kind="department",
        parent=below, division_id="210102001",
    )  # fmt: skip
    centre = town.office.parent
    assert centre is not None
    assert change(desk, town.office, parent=town.heping.pk).status_code == 302
    for each in (town.office, below, crew):
        each.refresh_from_db()
    moved = [town.office.pk, town.heping.pk, centre.pk]
    assert town.office.lineage == moved
    assert below.lineage == [below.pk, *moved]
    assert crew.lineage == [crew.pk, below.pk, *moved]
    assert change(desk, town.office, parent="").status_code == 302
    crew.refresh_from_db()
    assert crew.lineage == [crew.pk, below.pk, town.office.pk]


# --- Rules, limits, days -------------------------------------------------------------------------


def test_a_rule_outside_the_unit_s_territory_is_saved_with_a_warning(
    desk: Client, town: Town
) -> None:
    typed = {"division": "210104", "category": "pothole", "unit": town.heping.pk}
    answer = desk.post("/admin/dispatch/rule/add/", typed, follow=True)
    assert Rule.objects.filter(category="pothole", division="210104").exists()
    assert [message.level_tag for message in answer.context["messages"]] == ["warning", "success"]


def test_a_limit_takes_effect_at_once(
    desk: Client, town: Town, django_capture_on_commit_callbacks: Any
) -> None:
    assert clocks.rules().limits[("danger", "")].amount == 2
    limit = TimeLimit.objects.get(urgency="danger")
    with django_capture_on_commit_callbacks(execute=True):
        assert change(desk, limit, limit=1).status_code == 302
    assert clocks.rules().limits[("danger", "")].amount == 1


def test_a_day_takes_effect_at_once(
    desk: Client, town: Town, django_capture_on_commit_callbacks: Any
) -> None:
    day = date(2026, 12, 26)
    assert not clocks.calendar().is_working(day)
    with django_capture_on_commit_callbacks(execute=True):
        typed = {"day": "2026-12-26", "is_working": "on", "note": "调休"}
        assert desk.post("/admin/incidents/calendarday/add/", typed).status_code == 302
    assert clocks.calendar().is_working(day)


def test_an_alarm_word_is_heard_at_once(
    desk: Client, town: Town, django_capture_on_commit_callbacks: Any
) -> None:
    assert alarms.heard("桥塌了", alarms.known()) == []
    with django_capture_on_commit_callbacks(execute=True):
        typed = {"word": "桥塌", "call": "119"}
        assert desk.post("/admin/incidents/alarmword/add/", typed).status_code == 302
    assert [word.call for word in alarms.heard("桥塌了", alarms.known())] == ["119"]
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(address(AlarmWord, "桥塌", "delete"), {"post": "yes"})
    assert alarms.heard("桥塌了", alarms.known()) == []


# --- Workers -------------------------------------------------------------------------------------


def test_a_worker_is_made_with_a_home_point(desk: Client, town: Town, person: PersonMaker) -> None:
    user = person(Role.COMMUNITY_WORKER, unit=town.office)
    typed = {"user": user.pk, "division": "210102001001", "shift": "whole", "capacity": 2,
             "skills": "heating,utilities", "longitude": LUXUN_PARK[0],
             "latitude": LUXUN_PARK[1]}  # fmt: skip
    assert desk.post("/admin/dispatch/worker/add/", typed).status_code == 302
    made = Worker.objects.get(user=user)
    assert (made.unit, made.county_id, made.home.coords) == (town.office, "210102", LUXUN_PARK)
    assert made.point.coords == LUXUN_PARK
    assert made.skills == ["heating", "utilities"]


def test_no_position_is_shown_but_home(desk: Client, worker: WorkerMaker) -> None:
    wang = worker("Wang", LUXUN_PARK)
    workforce.move_worker(wang, Point(*DADONG_GATE, srid=4326), 5)
    page = desk.get(address(Worker, wang.pk, "change")).content.decode()
    assert str(LUXUN_PARK[0]) in page
    assert str(DADONG_GATE[0]) not in page
    assert change(desk, wang, capacity=1).status_code == 302
    wang.refresh_from_db()
    assert (wang.capacity, wang.point.coords) == (1, DADONG_GATE)


def test_orders_are_no_history_of_a_worker(worker: WorkerMaker) -> None:
    wang: Any = worker("Wang", LUXUN_PARK)
    before = wang.changes.count()
    Worker.objects.filter(pk=wang.pk).update(open_orders=2, on_shift=False)
    assert wang.changes.count() == before
    Worker.objects.filter(pk=wang.pk).update(capacity=9)
    assert wang.changes.count() == before + 1


# --- History, and two at once --------------------------------------------------------------------


def test_who_changed_a_limit_is_shown(desk: Client, administrator: User, town: Town) -> None:
    limit = TimeLimit.objects.get(urgency="danger")
    change(desk, limit, limit=1)
    shown = desk.get(address(TimeLimit, limit.pk, "history")).content.decode()
    assert administrator.username in shown
    assert "2 → 1" in shown


def test_what_was_never_changed_has_an_empty_history(desk: Client, town: Town) -> None:
    firm = Firm.objects.create(
        code="91210102MA0AAAAA0A", name="新企业", sector="C", size="small", division_id="210102"
    )
    assert desk.get(address(Firm, firm.pk, "history")).status_code == 200


def test_the_later_of_two_is_told(desk: Client, town: Town) -> None:
    page = address(Category, "pothole", "change")
    opened = filled(desk, page)
    change(desk, Category.objects.get(pk="pothole"), limit=5)
    found = errors(desk.post(page, opened | {"limit": 9}))
    assert list(found) == ["__all__"]
    assert Category.objects.get(pk="pothole").limit == 5
    assert change(desk, Category.objects.get(pk="pothole"), limit=9).status_code == 302


def test_a_retired_category_is_offered_no_more(
    desk: Client, web: Client, incident: IncidentMaker
) -> None:
    case = incident(LUXUN_PARK, "pothole")
    assert change(desk, case.category, is_active="").status_code == 302
    assert "pothole" not in web.get("/api/categories").content.decode()
