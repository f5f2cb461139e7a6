"""A citizen needs it no longer: from the tracking page, or told to an operator."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connections
from django.template.loader import get_template
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from dispatch import applications, engine, replies, withdrawing
from dispatch.models import WorkOrder
from dispatch.replies import NewReply
from incidents.errors import NotForRole
from incidents.intake import GivenPosition, NewReport, Sender, file_report
from incidents.models import Channel, Incident, Report
from tests.conftest import LUXUN_PARK, Answer, IncidentMaker, PersonMaker, Town, WorkerMaker
from tests.dispatch.conftest import asked

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


def follower(found: Incident) -> Report:
    """Another citizen reports the same hole."""
    filed = file_report(
        NewReport("help", found.category_id, Channel.WEB, same_as=found.number,
                  contact_phone="13987654321", position=GivenPosition(*LUXUN_PARK)),
        sender=Sender(),
    )  # fmt: skip
    return Report.objects.get(number=filed.answer["number"])


def page_of(report: Report) -> str:
    return f"/t/{report.tracking_code}"


def press(web: Client, report: Report, reason: str = "") -> Answer:
    return web.post(f"{page_of(report)}/withdraw", {"reason": reason})


def again(found: Incident) -> Incident:
    return Incident.objects.get(pk=found.pk)


def test_the_only_citizen_ends_the_incident_and_the_worker_is_free(
    web: Client, incident: IncidentMaker, worker: WorkerMaker
) -> None:
    wang = worker("Wang", LUXUN_PARK)
    found = incident(LUXUN_PARK)
    assert asked(found) == "Wang"
    answer = press(web, found.reports.get(), "自己解决了")
    assert (answer.status_code, answer.url) == (302, page_of(found.reports.get()))
    found = again(found)
    assert (found.status, found.outcome) == ("withdrawn", "withdrawn")
    assert found.end_reason == "自己解决了"
    assert found.work_orders.get().status == WorkOrder.Status.WITHDRAWN
    wang.refresh_from_db()
    assert wang.open_orders == 0
    assert not found.assignments.filter(is_current=True).exists()
    last = found.events.last()
    assert last is not None
    assert (last.step, last.actor) == ("withdraw", None)


def test_pressing_twice_withdraws_once(web: Client, incident: IncidentMaker) -> None:
    found = incident(LUXUN_PARK)
    for _n in range(2):
        assert press(web, found.reports.get()).status_code == 302
    assert found.events.filter(step="withdraw").count() == 1


def test_where_others_wait_only_the_own_part_ends(
    web: Client, incident: IncidentMaker, person: PersonMaker, town: Town, settings: object
) -> None:
    settings.CHECK_PERCENT = 0  # type: ignore[attr-defined]
    found = incident(LUXUN_PARK, "pothole", contact_phone="13812345678")
    first, second = found.reports.get(), follower(found)
    engine.dispatch(found.pk)
    press(web, second)
    found = again(found)
    assert found.status == "dispatched"
    assert found.events.filter(step="leave", data__number=second.number).count() == 1
    liaison = person(Role.UNIT_LIAISON, unit=town.heping)
    replies.sign(found.pk, liaison)
    replies.log_contact(found.pk, liaison, way="telephone", reached=True, note="已联系")
    replies.reply(found.pk, liaison, NewReply("explained", "已说明。"))
    assert [each.report_id for each in found.call_backs.all()] == [first.pk]


def test_the_last_of_several_ends_it(web: Client, incident: IncidentMaker) -> None:
    found = incident(LUXUN_PARK, "pothole")
    second = follower(found)
    for report in (found.reports.order_by("pk")[0], second):
        press(web, report)
    assert again(found).status == "withdrawn"


@pytest.mark.django_db(transaction=True)
def test_the_last_two_at_once_leave_nothing_open(town: Town, incident: IncidentMaker) -> None:
    found = incident(LUXUN_PARK, "pothole")
    both = [found.reports.get(), follower(found)]
    ready = Barrier(2)

    def run(report: Report) -> None:
        ready.wait()
        withdrawing.withdraw(report.pk)
        connections.close_all()

    threads = [Thread(target=run, args=[report]) for report in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert again(found).status == "withdrawn"
    assert sorted(found.events.values_list("step", flat=True))[-3:].count("withdraw") == 1


def test_after_the_reply_it_is_too_late(web: Client, incident: IncidentMaker) -> None:
    found = incident(LUXUN_PARK)
    Incident.objects.update(status="replied")
    answer = press(web, found.reports.get())
    assert answer.status_code == 409
    assert again(found).status == "replied"
    assert 'id="withdraw"' not in web.get(page_of(found.reports.get())).content.decode()


def test_a_reason_too_long_is_refused_and_kept(web: Client, incident: IncidentMaker) -> None:
    found = incident(LUXUN_PARK)
    answer = press(web, found.reports.get(), "长" * 501)
    assert answer.status_code == 400
    assert "长" * 501 in answer.content.decode()
    assert again(found).status == "registered"


def test_an_unknown_code_is_not_found(web: Client, town: Town) -> None:
    assert web.post("/t/ABCDEFGHJKLMNPQRSTUV/withdraw").status_code == 404
    assert web.get("/t/ABCDEFGHJKLMNPQRSTUV/withdraw").status_code == 405


def test_a_client_that_presses_all_the_time_has_to_wait(
    web: Client, incident: IncidentMaker
) -> None:
    report = incident(LUXUN_PARK).reports.get()
    answers = [press(web, report).status_code for _n in range(61)]
    assert answers[-1] == 429


def test_an_operator_withdraws_what_was_said_on_the_telephone(
    incident: IncidentMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    found = incident(LUXUN_PARK)
    desk = logged_in(person(Role.OPERATOR, "210100"))
    act = f"/desk/{found.number}/act/withdraw"
    assert desk.post(act, {"report": "20200101-000001"}).status_code == 400
    assert desk.post(act, {"report": found.number, "reason": "来电撤诉"}).status_code == 302
    assert again(found).status == "withdrawn"


def test_a_unit_may_not_withdraw_for_the_citizen(
    incident: IncidentMaker, person: PersonMaker, town: Town
) -> None:
    found = incident(LUXUN_PARK)
    liaison = person(Role.UNIT_LIAISON, unit=town.heping)
    with pytest.raises(NotForRole):
        withdrawing.withdraw(found.reports.get().pk, actor=liaison)
    assert again(found).status == "registered"


def test_what_was_asked_for_it_is_judged_no_more(
    web: Client, incident: IncidentMaker, person: PersonMaker, town: Town
) -> None:
    found = incident(LUXUN_PARK, "pothole")
    engine.dispatch(found.pk)
    liaison = person(Role.UNIT_LIAISON, unit=town.heping)
    applications.ask_return(found.pk, liaison, reason="不属", basis="清单")
    press(web, found.reports.get())
    assert (again(found).status, again(found).asked) == ("withdrawn", "")


# --- The tracking page says how it stands ---------------------------------------------------------


def tracked(web: Client, found: Incident) -> str:
    page = web.get(page_of(found.reports.order_by("pk")[0]), headers={"Accept-Language": "en"})
    return page.content.decode()


def test_the_page_says_when_a_reply_is_due_and_why_later(
    web: Client, incident: IncidentMaker, person: PersonMaker, town: Town
) -> None:
    found = incident(LUXUN_PARK, "pothole")
    engine.dispatch(found.pk)
    assert f"You get a reply by {local(again(found))}" in tracked(web, found)
    liaison = person(Role.UNIT_LIAISON, unit=town.heping)
    replies.sign(found.pk, liaison)
    applications.ask_extension(found.pk, liaison, reason="沥青到货后施工", days=5)
    assert "沥青到货后施工" not in tracked(web, found)
    applications.judge(found.pk, person(Role.DUTY_MANAGER, "210100"), approve=True, reason="内部")
    page = tracked(web, found)
    assert "沥青到货后施工" in page
    assert "内部" not in page
    assert f"You get a reply by {local(again(found))}" in page


def local(found: Incident) -> str:
    assert found.due_at is not None
    return f"{timezone.localtime(found.due_at):%Y-%m-%d %H:%M}"


def test_the_page_says_that_it_is_late(web: Client, incident: IncidentMaker) -> None:
    found = incident(LUXUN_PARK, "pothole")
    engine.dispatch(found.pk)
    Incident.objects.update(due_at=timezone.now() - timedelta(hours=1))
    assert "It is late" in tracked(web, found)


def test_a_waiting_call_back_is_answered_from_the_page(
    web: Client, incident: IncidentMaker, person: PersonMaker, town: Town, settings: object
) -> None:
    settings.CHECK_PERCENT = 0  # type: ignore[attr-defined]
    found = incident(LUXUN_PARK, "pothole", contact_phone="13812345678")
    engine.dispatch(found.pk)
    liaison = person(Role.UNIT_LIAISON, unit=town.heping)
    replies.sign(found.pk, liaison)
    replies.log_contact(found.pk, liaison, way="telephone", reached=True, note="已联系")
    replies.reply(found.pk, liaison, NewReply("explained", "已说明。"))
    rate = f"{page_of(found.reports.get())}/rate"
    assert rate in tracked(web, found)
    link = web.get(rate).headers["Location"]
    web.post(link, {"solved": "yes", "satisfaction": "5"})
    assert again(found).status == "closed"
    assert rate not in tracked(web, found)
    assert web.get(rate).headers["Location"] == page_of(found.reports.get())


@pytest.mark.parametrize("name", ["track", "rating"])
def test_no_page_with_a_form_hides_its_origin(name: str) -> None:
    """With `no-referrer` browsers send `Origin: null`, and Django takes the form for a forgery."""
    page = get_template(f"incidents/{name}.html").template.source  # type: ignore[attr-defined]
    assert 'name="referrer" content="same-origin"' in page
