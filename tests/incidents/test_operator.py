"""The operator's screen: from the first ring to the result, once, and only the operator's own."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from districts.models import Division, Level
from incidents import alarms, contacts, knowledge, vault
from incidents.models import Channel, Contact, Incident, KnowledgeItem, KnowledgeVersion, Report
from incidents.suggest import suggest
from tests.conftest import BEIJING, LUXUN_PARK, IncidentMaker, PersonMaker, Town, statements

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("town")]
LogIn = Callable[[User], Client]
PHONE = "13912345678"


@pytest.fixture
def operator(person: PersonMaker) -> User:
    return person(Role.OPERATOR, "210100")


@pytest.fixture
def desk(operator: User, logged_in: LogIn) -> Client:
    return logged_in(operator)


@pytest.fixture
def call(operator: User) -> Contact:
    return contacts.begin(operator, Channel.TELEPHONE, uuid4(), PHONE)


@pytest.fixture
def answer(town: Town, person: PersonMaker) -> KnowledgeVersion:
    words = {
        "question_zh": "家里暖气不热怎么办？",
        "answer_zh": "请先排气，再请供热单位测温。",
        "category_id": "low-temperature",
    }
    author = person(Role.KNOWLEDGE_EDITOR, unit=town.heping)
    draft = knowledge.begin(town.heping, words, author)
    knowledge.submit(draft.item_id)
    return knowledge.publish(draft.item_id, person(Role.DUTY_MANAGER, unit=town.heping))


def filled(**more: Any) -> dict[str, Any]:
    given = {"text": "路面有个大坑", "kind": "help", "category": "pothole"}
    place = {"longitude": str(LUXUN_PARK[0]), "latitude": str(LUXUN_PARK[1])}
    return given | place | {"position_origin": "pin"} | more


def path(contact: Contact, step: str = "") -> str:
    return f"/operator/contact/{contact.uid}{step}"


# --- Beginning --------------------------------------------------------------------------------


def test_a_call_begins_and_is_found_again_after_a_reload(desk: Client, operator: User) -> None:
    begun = desk.post(
        "/operator/begin", {"channel": "telephone", "phone": PHONE, "uid": str(uuid4())}
    )
    contact = Contact.objects.get()
    assert begun.headers["Location"] == path(contact)
    assert (contact.operator, contact.answered_at is not None) == (operator, True)
    assert desk.get("/operator/").headers["Location"] == path(contact)
    assert desk.get("/operator/now").json()["contact"] == path(contact)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"phone": "call me"}, "e-phone"), ({"channel": "smoke"}, "渠道"), ({"uid": "1"}, "表单")],
)
def test_a_wrong_beginning_is_named(desk: Client, wrong: dict[str, str], field: str) -> None:
    given = {"channel": "telephone", "phone": PHONE, "uid": str(uuid4())} | wrong
    answer = desk.post("/operator/begin", given)
    assert answer.status_code == 400
    assert field in answer.content.decode()
    assert not Contact.objects.exists()


def test_the_number_is_on_no_page(desk: Client, call: Contact) -> None:
    page = desk.get(path(call)).content.decode()
    assert PHONE not in page
    assert "139****5678" in page


def test_a_ringing_call_is_taken_once(
    desk: Client, operator: User, person: PersonMaker, logged_in: LogIn
) -> None:
    now = timezone.now()
    ringing = Contact.objects.create(
        channel=Channel.TELEPHONE, call_id="c1", offered_at=now, division_id="210100"
    )
    assert desk.get("/operator/now").json()["ringing"] == 1
    assert desk.post(path(ringing, "/take")).headers["Location"] == path(ringing)
    other = logged_in(person(Role.OPERATOR, "210100"))
    assert other.post(path(ringing, "/take")).headers["Location"] == "/operator/"
    ringing.refresh_from_db()
    assert ringing.operator == operator


# --- Who calls --------------------------------------------------------------------------------


def test_history_pops_up_masked_and_repeats_are_flagged(
    desk: Client, call: Contact, incident: IncidentMaker
) -> None:
    incident(text="第一次反映", contact_name="王芳", contact_phone=PHONE)
    incident(text="别人的事", contact_phone="13800000000")
    for _n in range(2):
        Contact.objects.create(
            channel=Channel.TELEPHONE, complainant=vault.keep(phone=PHONE), division_id="210100"
        )
    page = desk.get(path(call)).content.decode()
    assert "第一次反映" in page
    assert "别人的事" not in page
    assert "30天内 3 次" in page
    assert "王芳" not in page


def test_history_shows_only_what_this_operator_may_see(
    person: PersonMaker, logged_in: LogIn, incident: IncidentMaker
) -> None:
    incident(text="和平区的事", contact_phone=PHONE)
    elsewhere = person(Role.OPERATOR, "210104")
    held = contacts.begin(elsewhere, Channel.TELEPHONE, uuid4(), PHONE)
    assert "和平区的事" not in logged_in(elsewhere).get(path(held)).content.decode()


# --- Listening --------------------------------------------------------------------------------


def test_words_bring_answers_and_categories(
    desk: Client, call: Contact, answer: KnowledgeVersion
) -> None:
    found = desk.post(path(call, "/listen"), {"text": "家里暖气不热，只有十五度"}).json()
    assert answer.question_zh in found["answers"]
    assert 'data-code="low-temperature"' in found["categories"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("小区门口垃圾堆了三天没人清", "exposed-garbage"),
        ("楼下路灯不亮太黑", "street-light"),
        ("工地老板拖欠工资", "wage-arrears"),
        ("电梯停了一个星期", "lift"),
        ("屋里只有15度暖气不热", "low-temperature"),
        ("井盖丢了", "manhole-cover"),
        ("医保卡丢了怎么补", "medical-card"),
        ("There is a deep pothole", "pothole"),
        ("My heating is cold", "low-temperature"),
        ("The street light is broken", "street-light"),
    ],
)
def test_a_category_is_suggested_from_the_words(text: str, code: str) -> None:
    assert suggest(text)[0].category.code == code


@pytest.mark.parametrize("text", ["", "  ", "你好", "xyz", "police"])
def test_words_that_mean_nothing_suggest_nothing(text: str) -> None:
    assert "ice-snow" not in [each.category.code for each in suggest(text)]
    assert len(suggest(text)) <= (1 if text == "police" else 0)


def test_suggesting_is_one_statement() -> None:
    with CaptureQueriesContext(connection) as captured:
        assert suggest("路灯")
    assert len(captured) == 1


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("楼道着火了", "119"),
        ("闻到煤气味", "119"),
        ("有人受伤流血", "120"),
        ("救命", "110"),
        ("前面发生车祸", "122"),
        ("My flat is ON FIRE", "119"),
        ("smell of gas in the stairs", "119"),
    ],
)
def test_words_of_danger_are_heard(text: str, call: str) -> None:
    assert call in [each.call for each in alarms.heard(text)]


@pytest.mark.parametrize("text", ["灯不亮", "he has the skill", "暖气不热", ""])
def test_other_words_raise_no_alarm(text: str) -> None:
    assert alarms.heard(text) == []


# --- Ends -------------------------------------------------------------------------------------


def test_answered_it_closes_the_contact_without_a_report(
    desk: Client, call: Contact, answer: KnowledgeVersion
) -> None:
    desk.post(path(call, "/answered"), {"item": answer.item_id, "text": "暖气不热"})
    call.refresh_from_db()
    assert (call.result, call.knowledge_item_id) == ("answered", answer.item_id)
    assert call.ended_at is not None
    assert not Report.objects.exists()
    assert KnowledgeItem.objects.get().answered == 1
    assert desk.get("/operator/").status_code == 200


def test_recorded_it_is_an_answered_consultation(
    desk: Client, call: Contact, answer: KnowledgeVersion
) -> None:
    desk.post(path(call, "/answered"), {"record": answer.item_id, "text": "暖气不热"})
    incident = Incident.objects.get()
    assert (incident.kind, incident.status) == ("consultation", "answered")
    assert incident.public_reply == answer.answer_zh
    assert incident.dispatch_after is None
    call.refresh_from_db()
    assert (call.result, call.incident) == ("answered", incident)
    assert call.report is not None
    assert call.report.complainant == call.complainant


def test_an_expired_answer_answers_nothing(
    desk: Client, call: Contact, answer: KnowledgeVersion
) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    KnowledgeVersion.objects.update(valid_from=yesterday, valid_to=yesterday)
    page = desk.post(path(call, "/answered"), {"item": answer.item_id})
    assert page.status_code == 400
    assert 'id="e-item"' in page.content.decode()
    call.refresh_from_db()
    assert call.result == ""


def test_a_filed_call_goes_through_the_one_door(desk: Client, call: Contact) -> None:
    desk.post(path(call, "/file"), filled())
    report = Report.objects.get()
    assert report.channel == Channel.TELEPHONE
    assert report.incident.division_id == "210102001001"
    assert report.incident.dispatch_after is not None
    assert report.complainant in vault.with_phone(PHONE)
    call.refresh_from_db()
    assert (call.result, call.report) == ("report", report)
    page = desk.get("/operator/").content.decode()
    assert report.number in page
    assert report.tracking_code[:4] + " " in page


def test_a_name_said_later_joins_the_number_of_the_call(desk: Client, call: Contact) -> None:
    desk.post(path(call, "/file"), filled(contact_name="王芳"))
    who = Report.objects.select_related("complainant").get().complainant
    assert who is not None
    assert who.masked_name == "王*"
    assert who in vault.with_phone(PHONE)


def test_the_operator_is_not_the_complainant(desk: Client, operator: User) -> None:
    letter = contacts.begin(operator, Channel.MAIL, uuid4())
    desk.post(path(letter, "/file"), filled())
    assert Report.objects.get().complainant is None


def test_two_tabs_file_one_report(desk: Client, call: Contact) -> None:
    for text in ("路面有个大坑", "又写了一遍"):
        assert desk.post(path(call, "/file"), filled(text=text)).status_code == 302
    assert Report.objects.count() == 1


def test_an_address_in_words_goes_to_the_queue_of_places(desk: Client, call: Contact) -> None:
    given = filled(address="火车站东广场旁", longitude="", latitude="")
    desk.post(path(call, "/file"), given)
    incident = Incident.objects.get()
    assert (incident.status, incident.waiting) == ("triage", "no_place")
    assert incident.address == "火车站东广场旁"


def test_a_neighbour_s_report_is_joined(
    desk: Client, call: Contact, incident: IncidentMaker
) -> None:
    first = incident(LUXUN_PARK, "pothole")
    desk.post(path(call, "/file"), filled(same_as=first.number))
    assert Incident.objects.count() == 1
    assert first.reports.count() == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"text": " "}, "text"),
        ({"category": ""}, "category"),
        ({"category": "dragons"}, "category"),
        ({"kind": "gossip"}, "kind"),
        ({"contact_phone": "call me"}, "contact_phone"),
        ({"latitude": "99"}, "position"),
        ({"same_as": "20200101-000001"}, "same_as"),
    ],
)
def test_a_wrong_field_is_named_and_what_was_written_stays(
    desk: Client, call: Contact, wrong: dict[str, str], field: str
) -> None:
    page = desk.post(path(call, "/file"), filled(address="南门", **wrong))
    assert page.status_code in (400, 422)
    text = page.content.decode()
    assert f'id="e-{field}"' in text
    assert "南门" in text
    assert not Report.objects.exists()
    call.refresh_from_db()
    assert call.result == ""


def test_outside_the_province_a_call_waits_for_a_person(desk: Client, call: Contact) -> None:
    desk.post(path(call, "/file"), filled(longitude=str(BEIJING[0]), latitude=str(BEIJING[1])))
    assert Incident.objects.get().waiting == "outside"


@pytest.mark.parametrize("more", [{"urgent": "true"}, {"text": "楼下着火了"}])
def test_danger_makes_it_urgent(desk: Client, call: Contact, more: dict[str, str]) -> None:
    desk.post(path(call, "/file"), filled(**more))
    assert Incident.objects.get().is_urgent


def test_not_accepted_says_why_and_where_to(desk: Client, call: Contact) -> None:
    why = {"end": "refuse", "reason": "已进入诉讼程序。", "right_channel": "和平区人民法院"}
    desk.post(path(call, "/end"), filled(**why))
    incident = Incident.objects.get()
    assert (incident.status, incident.dispatch_after) == ("not_accepted", None)
    assert incident.right_channel == "和平区人民法院"
    call.refresh_from_db()
    assert call.result == "not_accepted"
    tracking = Report.objects.get().tracking_code
    assert "和平区人民法院" in Client().get(f"/t/{tracking}").content.decode()


@pytest.mark.parametrize("field", ["reason", "right_channel"])
def test_not_accepted_needs_both(desk: Client, call: Contact, field: str) -> None:
    why = {"end": "refuse", "reason": "r", "right_channel": "c"} | {field: " "}
    page = desk.post(path(call, "/end"), filled(**why))
    assert page.status_code == 400
    assert f'id="e-{field}"' in page.content.decode()
    assert not Report.objects.exists()


def test_another_city_s_matter_is_transferred(desk: Client, call: Contact) -> None:
    make_city("210200", "大连市", "Dalian")
    desk.post(path(call, "/end"), filled(end="transfer", to="210200"))
    assert Incident.objects.get().status == "transferred"
    call.refresh_from_db()
    assert (call.result, call.transferred_to) == ("transferred", "大连市")


def test_an_emergency_is_handed_over_and_stays_open(desk: Client, call: Contact) -> None:
    desk.post(path(call, "/end"), filled(end="transfer", to="119"))
    incident = Incident.objects.get()
    assert incident.is_open
    assert incident.is_urgent
    assert "alarm" in incident.events.values_list("step", flat=True)
    call.refresh_from_db()
    assert (call.result, call.transferred_to) == ("transferred", "119")


def test_a_call_put_through_without_a_word_files_nothing(desk: Client, call: Contact) -> None:
    desk.post(path(call, "/end"), {"end": "transfer", "to": "110"})
    call.refresh_from_db()
    assert (call.result, Report.objects.count()) == ("transferred", 0)


def test_a_call_is_promised_for_later(desk: Client, call: Contact, operator: User) -> None:
    at = timezone.localtime() + timedelta(hours=3)
    given = {"end": "follow_up", "follow_up_at": at.strftime("%Y-%m-%dT%H:%M"), "note": "问物业"}
    desk.post(path(call, "/end"), given)
    page = desk.get("/operator/").content.decode()
    assert "问物业" in page
    assert desk.post(path(call, "/take")).status_code == 302
    assert Contact.objects.open_of(operator).get().earlier == call


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"end": "vanish"}, "end"),
        ({"end": "transfer", "to": ""}, "to"),
        ({"end": "transfer", "to": "210102"}, "to"),
        ({"end": "follow_up", "follow_up_at": "soon"}, "follow_up_at"),
        ({"end": "follow_up", "follow_up_at": "2020-01-01T10:00"}, "follow_up_at"),
        ({"end": "follow_up", "follow_up_at": "2020-13-41T10:00"}, "follow_up_at"),
    ],
)
def test_a_wrong_end_is_named(
    desk: Client, call: Contact, wrong: dict[str, str], field: str
) -> None:
    page = desk.post(path(call, "/end"), wrong)
    assert page.status_code == 400
    assert f'id="e-{field}"' in page.content.decode()


# --- The slip ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "word"), [("en", "Tracking code"), ("zh-hans", "查询码")])
def test_a_visitor_takes_a_slip_along(
    desk: Client, operator: User, language: str, word: str
) -> None:
    visit = contacts.begin(operator, Channel.WALK_IN, uuid4())
    filed = desk.post(path(visit, "/file"), filled())
    report = Report.objects.get()
    assert filed.headers["Location"] == f"/operator/slip/{report.number}"
    slip = desk.get(filed.headers["Location"], {"language": language}).content.decode()
    assert report.number in slip
    assert f"/t/{report.tracking_code}" in slip
    assert "<svg" in slip
    assert word in slip


def test_a_slip_is_for_what_the_desk_filed_and_the_operator_sees(
    desk: Client, call: Contact, incident: IncidentMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    desk.post(path(call, "/file"), filled())
    number = Report.objects.get().number
    elsewhere = logged_in(person(Role.OPERATOR, "210104"))
    assert elsewhere.get(f"/operator/slip/{number}").status_code == 404
    assert desk.get(f"/operator/slip/{incident().number}").status_code == 404


# --- Who may, and what it costs ---------------------------------------------------------------


PAGES = ["/operator/", "/operator/now", "/operator/slip/20260101-000001"]
OTHERS = [role for role in Role if role not in (Role.OPERATOR, Role.DUTY_MANAGER)]


@pytest.mark.parametrize("role", OTHERS)
def test_the_screen_is_for_operators(
    person: PersonMaker, town: Town, logged_in: LogIn, role: Role
) -> None:
    browser = logged_in(person(role, unit=town.heping))
    for page in PAGES:
        assert browser.get(page).status_code == 403
        assert Client().get(page).status_code == 302


def test_another_operator_s_contact_looks_like_a_missing_one(
    call: Contact, person: PersonMaker, logged_in: LogIn
) -> None:
    other = logged_in(person(Role.DUTY_MANAGER, "210100"))
    assert other.get(path(call)).status_code == 404
    for step in ("/file", "/end", "/answered", "/listen"):
        assert other.post(path(call, step), filled()).status_code == 404
    assert other.get(f"/operator/contact/{uuid4()}").status_code == 404
    assert not Report.objects.exists()


def test_the_idle_screen_of_fifty_promised_calls_costs_few_statements(
    desk: Client, operator: User
) -> None:
    who = vault.keep(phone=PHONE)
    later = timezone.now() + timedelta(hours=1)
    for _n in range(51):
        Contact.objects.create(
            channel=Channel.TELEPHONE, operator=operator, division_id="210100",
            complainant=who, result="follow_up", follow_up_at=later,
        )  # fmt: skip
    with CaptureQueriesContext(connection) as captured:
        assert desk.get("/operator/").status_code == 200
    asked = statements(captured, "django_session", "accounts_user")
    assert len(asked) <= 8, "\n".join(asked)


def test_the_call_screen_costs_few_statements(
    desk: Client, call: Contact, incident: IncidentMaker
) -> None:
    for _n in range(6):
        incident(contact_phone=PHONE)
    with CaptureQueriesContext(connection) as captured:
        assert desk.get(path(call)).status_code == 200
    asked = statements(captured, "django_session", "accounts_user")
    assert len(asked) <= 10, "\n".join(asked)


@pytest.mark.parametrize(
    ("role", "page"), [(Role.OPERATOR, "/operator/"), (Role.KNOWLEDGE_EDITOR, "/knowledge/")]
)
def test_each_role_lands_on_its_page(
    person: PersonMaker, town: Town, logged_in: LogIn, role: Role, page: str
) -> None:
    landed = logged_in(person(role, "210100", unit=town.heping)).get("/home")
    assert landed.headers["Location"] == page


def make_city(code: str, name: str, name_en: str) -> None:
    Division.objects.create(
        code=code, level=Level.CITY, name=name, name_en=name_en, parent_id="210000", city_id=code
    )
