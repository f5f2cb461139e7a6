"""A case in the hands of people: returned, extended, paused, helped with, replied to, judged."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from dispatch import applications, assigning, cooperation, engine, merging, replies, withdrawing
from dispatch.errors import NotYours
from dispatch.models import WorkOrder
from dispatch.replies import NewReply
from incidents import call_backs, checks, ends, pressure, reopening
from incidents.errors import GuardRefused, NotAllowedNow, NotForRole, Refused
from incidents.guards import Guard
from incidents.models import CallBack, Incident, Kind, Report, Status, Waiting
from tests.conftest import LUXUN_PARK, IncidentMaker, PersonMaker, Town, WorkerMaker, north_of

pytestmark = pytest.mark.django_db
EXPLAINED = NewReply("explained", "已向您说明情况。")
Led = Callable[..., Incident]


@pytest.fixture(autouse=True)
def nothing_by_sample(settings: object) -> None:
    settings.CHECK_PERCENT = 0  # type: ignore[attr-defined]


@pytest.fixture
def people(person: PersonMaker, town: Town) -> dict[str, User]:
    return {
        "dispatcher": person(Role.DISPATCHER, "210100"),
        "other": person(Role.DISPATCHER, "210100"),
        "manager": person(Role.DUTY_MANAGER, "210100"),
        "head": person(Role.DISTRICT_HEAD, "210102"),
        "liaison": person(Role.UNIT_LIAISON, unit=town.heping),
        "dadong": person(Role.UNIT_LIAISON, unit=town.dadong),
        "office": person(Role.UNIT_LIAISON, unit=town.office),
        "agent": person(Role.CALL_BACK_AGENT, "210100"),
        "checker": person(Role.QUALITY_CHECKER, "210100"),
    }


@pytest.fixture
def led(incident: IncidentMaker, town: Town) -> Led:
    """A pothole in Luxun Park, led by Heping's department; nobody in the street is free."""

    def make(**more: object) -> Incident:
        found = incident(LUXUN_PARK, "pothole", contact_phone="13812345678", **more)
        engine.dispatch(found.pk)
        found.refresh_from_db()
        return found

    return make


def again(found: Incident) -> Incident:
    return Incident.objects.get(pk=found.pk)


def in_progress(found: Incident, people: dict[str, User]) -> Incident:
    replies.sign(found.pk, people["liaison"])
    replies.log_contact(found.pk, people["liaison"], way="telephone", reached=True, note="已联系")
    return again(found)


def called_back(found: Incident, people: dict[str, User], *, level: str, solved: bool) -> Incident:
    waiting = found.call_backs.get(result="")
    call_backs.record(waiting.pk, solved=solved, satisfaction=level, agent=people["agent"],
                      reasons=["slow"])  # fmt: skip
    return again(found)


def test_the_clock_begins_with_the_first_dispatch(led: Led) -> None:
    found = led()
    assert found.dispatched_at is not None
    assert (found.limit, found.limit_unit) == (3, "d")
    assert found.due_at == found.dispatched_at + timedelta(days=3)
    assert found.contact_due_at is not None
    assert found.contact_due_at <= found.due_at
    assert (found.dispatches, found.dispatched_by) == (1, None)


def test_a_return_approved_goes_back_to_the_desk_and_the_clock_goes_on(
    led: Led, people: dict[str, User]
) -> None:
    found = led()
    due = found.due_at
    applications.ask_return(found.pk, people["liaison"], reason="不属本单位", basis="职责清单第3条")
    applications.judge(found.pk, people["dispatcher"], approve=True, reason="确非其职责")
    found = again(found)
    assert (found.status, found.waiting, found.lead_unit) == ("triage", "returned", None)
    assert found.due_at == due
    assigning.to_unit(found.pk, people["dadong"].unit, people["dispatcher"], reason="改派")  # type: ignore[arg-type]
    found = again(found)
    assert (found.status, found.dispatches, found.due_at) == ("dispatched", 2, due)
    assert found.lead_unit == people["dadong"].unit


def test_nobody_judges_the_return_of_their_own_dispatch(
    led: Led, people: dict[str, User], town: Town
) -> None:
    found = led()
    assigning.to_unit(found.pk, town.dadong, people["dispatcher"], reason="属大东区")
    applications.ask_return(found.pk, people["dadong"], reason="不属我区", basis="区划")
    with pytest.raises(GuardRefused) as refused:
        applications.judge(found.pk, people["dispatcher"], approve=True, reason="同意")
    assert refused.value.guard == Guard.NOT_OWN_DISPATCH
    assert again(found).asked == "return"
    applications.judge(found.pk, people["other"], approve=False, reason="该路段属大东区")
    assert (again(found).status, again(found).asked) == ("dispatched", "")


def test_a_return_after_signing_or_after_a_working_day_is_too_late(
    led: Led, people: dict[str, User]
) -> None:
    late = led()
    Incident.objects.filter(pk=late.pk).update(return_until=timezone.now() - timedelta(seconds=1))
    with pytest.raises(GuardRefused):
        applications.ask_return(late.pk, people["liaison"], reason="不属", basis="清单")
    signed = led()
    replies.sign(signed.pk, people["liaison"])
    with pytest.raises(GuardRefused) as refused:
        applications.ask_return(signed.pk, people["liaison"], reason="不属", basis="清单")
    assert refused.value.guard == Guard.NOT_SIGNED


def test_after_three_dispatches_the_duty_manager_designates(
    led: Led, people: dict[str, User], town: Town
) -> None:
    found = led()
    for liaison, unit in (("liaison", town.dadong), ("dadong", town.heping)):
        applications.ask_return(found.pk, people[liaison], reason="不属", basis="清单")
        applications.judge(found.pk, people["other"], approve=True, reason="同意")
        assigning.to_unit(found.pk, unit, people["dispatcher"], reason="改派")
    applications.ask_return(found.pk, people["liaison"], reason="不属", basis="清单")
    applications.judge(found.pk, people["other"], approve=True, reason="同意")
    assert again(found).waiting == Waiting.DESIGNATE
    with pytest.raises(GuardRefused):
        assigning.to_unit(found.pk, town.dadong, people["dispatcher"], reason="再派")
    assigning.to_unit(found.pk, town.heping, people["manager"], reason="指定")
    assert (again(found).is_designated, again(found).dispatches) == (True, 4)
    with pytest.raises(GuardRefused) as refused:
        applications.ask_return(found.pk, people["liaison"], reason="不属", basis="清单")
    assert refused.value.guard == Guard.NOT_DESIGNATED


def test_an_extension_moves_the_due_time_once(led: Led, people: dict[str, User]) -> None:
    found = in_progress(led(), people)
    before = found.due_at
    applications.ask_extension(found.pk, people["liaison"], reason="需采购材料", days=5)
    with pytest.raises(NotForRole):
        applications.judge(found.pk, people["dispatcher"], approve=True, reason="同意")
    applications.judge(found.pk, people["head"], approve=True, reason="同意")
    found = again(found)
    assert before is not None
    assert found.due_at is not None
    assert found.due_at > before + timedelta(days=4)
    with pytest.raises(GuardRefused) as refused:
        applications.ask_extension(found.pk, people["liaison"], reason="再等", days=1)
    assert refused.value.guard == Guard.NOT_EXTENDED


@pytest.mark.parametrize("days", [0, 11])
def test_more_than_ten_working_days_are_refused_by_name(
    led: Led, people: dict[str, User], days: int
) -> None:
    found = in_progress(led(), people)
    with pytest.raises(Refused) as refused:
        applications.ask_extension(found.pk, people["liaison"], reason="久", days=days)
    assert refused.value.field == "days"
    assert not found.applications.exists()


def test_a_pause_is_counted_apart_and_ends_by_itself(led: Led, people: dict[str, User]) -> None:
    found = in_progress(led(), people)
    until = timezone.now() + timedelta(days=2)
    applications.ask_pause(
        found.pk, people["liaison"], pause_reason="season", reason="冻土", until=until
    )
    applications.judge(found.pk, people["head"], approve=True, reason="同意")
    with pytest.raises(GuardRefused) as refused:
        replies.reply(found.pk, people["liaison"], EXPLAINED)
    assert refused.value.guard == Guard.RUNNING
    began = timezone.now() - timedelta(days=2)
    Incident.objects.filter(pk=found.pk).update(paused_at=began, paused_until=timezone.now())
    due = again(found).due_at
    assert applications.resume_due(timezone.now()) == 1
    assert applications.resume_due(timezone.now()) == 0
    found = again(found)
    assert due is not None
    assert found.due_at is not None
    assert timedelta(0) <= found.due_at - due - timedelta(days=2) < timedelta(minutes=1)
    assert found.paused_s >= 2 * 24 * 3600


def test_the_lead_waits_for_who_cooperates_or_says_where_they_disagree(
    led: Led, people: dict[str, User], town: Town
) -> None:
    found = in_progress(led(), people)
    cooperation.add(found.pk, town.dadong, people["liaison"], task="协助围挡")
    with pytest.raises(GuardRefused) as refused:
        replies.reply(found.pk, people["liaison"], EXPLAINED)
    assert refused.value.guard == Guard.ALL_COOPERATED
    assert not found.replies.exists()
    assert Incident.objects.visible_to(people["dadong"]).filter(pk=found.pk).exists()
    cooperation.answer(found.pk, people["dadong"], "已围挡")
    replies.reply(found.pk, people["liaison"], EXPLAINED)
    assert again(found).status == Status.CALL_BACK


def test_dissent_on_record_lets_the_lead_reply(
    led: Led, people: dict[str, User], town: Town
) -> None:
    found = in_progress(led(), people)
    cooperation.add(found.pk, town.dadong, people["dispatcher"], task="协助")
    replies.reply(
        found.pk, people["liaison"], NewReply("explained", "说明", dissent="大东区认为不属其责")
    )
    assert again(found).status == Status.CALL_BACK


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (NewReply("solved", "修好了"), "media"),
        (NewReply("withdrawn", "好"), "outcome"),
        (NewReply("explained", " "), "public_text"),
        (NewReply("not_now", "明年做"), "planned_for"),
    ],
)
def test_a_reply_needs_outcome_text_proof_and_photo(
    led: Led, people: dict[str, User], new: NewReply, field: str
) -> None:
    found = in_progress(led(), people)
    with pytest.raises(Refused) as refused:
        replies.reply(found.pk, people["liaison"], new)
    assert refused.value.field == field
    assert again(found).status == Status.IN_PROGRESS


def test_without_proof_of_contact_there_is_no_reply(led: Led, people: dict[str, User]) -> None:
    found = led()
    replies.sign(found.pk, people["liaison"])
    with pytest.raises(Refused) as refused:
        replies.reply(found.pk, people["liaison"], EXPLAINED)
    assert refused.value.field == "contact"


def test_another_unit_can_do_nothing_with_it(led: Led, people: dict[str, User]) -> None:
    found = led()
    for act in (
        lambda: replies.sign(found.pk, people["dadong"]),
        lambda: replies.reply(found.pk, people["dadong"], EXPLAINED),
        lambda: applications.ask_return(found.pk, people["dadong"], reason="不", basis="不"),
        lambda: cooperation.answer(found.pk, people["dadong"], "好"),
    ):
        with pytest.raises(NotYours):
            act()
    assert again(found).status == Status.DISPATCHED


def test_unsolved_is_reworked_once_then_reviewed_and_closed(
    led: Led, people: dict[str, User]
) -> None:
    found = in_progress(led(), people)
    replies.reply(found.pk, people["liaison"], EXPLAINED)
    found = called_back(again(found), people, level="2", solved=False)
    assert (found.status, found.reworks) == (Status.IN_PROGRESS, 1)
    assert (found.replied_at, found.accepted_at) == (None, None)
    # The proof of before proves nothing about the work done since.
    with pytest.raises(Refused) as refused:
        replies.reply(found.pk, people["liaison"], EXPLAINED)
    assert refused.value.field == "contact"
    replies.log_contact(found.pk, people["liaison"], way="visit", reached=True, note="已上门")
    replies.reply(found.pk, people["liaison"], EXPLAINED)
    # After a rework somebody always looks at the reply.
    assert again(found).status == Status.REPLIED
    checks.judge(found.pk, people["checker"], "passed", "")
    found = called_back(again(found), people, level="1", solved=False)
    assert (found.status, found.under_review, found.escalated) == (Status.CALL_BACK, True, 1)
    call_backs.review(found.pk, people["manager"], rework=False, reason="已尽责,诉求无依据")
    found = again(found)
    assert (found.status, found.under_review) == (Status.CLOSED, False)


def test_the_clock_stands_between_an_accepted_reply_and_its_rework(
    led: Led, people: dict[str, User]
) -> None:
    found = in_progress(led(), people)
    replies.reply(found.pk, people["liaison"], EXPLAINED)
    due, two_days = again(found).due_at, timedelta(days=2)
    Incident.objects.filter(pk=found.pk).update(accepted_at=timezone.now() - two_days)
    found = called_back(again(found), people, level="2", solved=True)
    assert due is not None
    assert found.due_at is not None
    assert timedelta(0) <= found.due_at - due - two_days < timedelta(minutes=1)


def test_a_reply_sent_back_gets_no_time_for_it(
    led: Led, people: dict[str, User], settings: object
) -> None:
    settings.CHECK_PERCENT = 100  # type: ignore[attr-defined]
    found = in_progress(led(), people)
    due = found.due_at
    replies.reply(found.pk, people["liaison"], EXPLAINED)
    Incident.objects.filter(pk=found.pk).update(replied_at=timezone.now() - timedelta(days=2))
    checks.judge(found.pk, people["checker"], "failed", "没有回应诉求")
    found = again(found)
    assert (found.status, found.failed_checks, found.due_at) == (Status.IN_PROGRESS, 1, due)


def test_faked_closing_is_counted_and_worked_on_again(led: Led, people: dict[str, User]) -> None:
    found = in_progress(led(), people)
    replies.reply(found.pk, people["liaison"], EXPLAINED)
    checks.judge(found.pk, people["checker"], "faked", "现场没有修")
    found = again(found)
    assert (found.status, found.is_faked) == (Status.IN_PROGRESS, True)
    assert found.call_backs.get().result == CallBack.Result.OVERTAKEN


def test_three_attempts_at_different_hours_and_then_unreachable(
    led: Led, people: dict[str, User]
) -> None:
    found = in_progress(led(), people)
    replies.reply(found.pk, people["liaison"], EXPLAINED)
    waiting = found.call_backs.get()
    for n in range(3):
        call_backs.attempt(waiting.pk, people["agent"], "no_answer")
        if n < 2:
            with pytest.raises(Refused) as refused:
                call_backs.attempt(waiting.pk, people["agent"], "busy")
            assert refused.value.field == "reached"
            waiting.attempts.update(at=timezone.now() - timedelta(days=n + 1))
    waiting.refresh_from_db()
    assert waiting.result == CallBack.Result.UNREACHABLE
    assert again(found).status == Status.CLOSED


def test_who_handles_may_not_call_back(led: Led, people: dict[str, User]) -> None:
    found = in_progress(led(), people)
    replies.reply(found.pk, people["liaison"], EXPLAINED)
    waiting = found.call_backs.get()
    for who in ("liaison", "dispatcher", "head"):
        with pytest.raises(NotForRole):
            call_backs.record(waiting.pk, solved=True, satisfaction="5", agent=people[who])
    waiting.refresh_from_db()
    assert waiting.result == ""
    assert not waiting.attempts.exists()


def test_reopened_within_fifteen_days_or_for_a_new_fact(led: Led, people: dict[str, User]) -> None:
    found = in_progress(led(), people)
    replies.reply(found.pk, people["liaison"], EXPLAINED)
    found = called_back(again(found), people, level="5", solved=True)
    assert found.status == Status.CLOSED
    Incident.objects.filter(pk=found.pk).update(ended_at=timezone.now() - timedelta(days=16))
    with pytest.raises(GuardRefused):
        reopening.reopen(found.pk, people["agent"], reason="又坏了", new_fact=False)
    reopening.reopen(found.pk, people["agent"], reason="又坏了", new_fact=True)
    assert again(found).status == Status.IN_PROGRESS


def test_the_ladder_is_climbed_once_however_often_it_runs(led: Led) -> None:
    found = led()
    assert pressure.climb_due(timezone.now()) == 0
    due = timezone.now() - timedelta(days=1, minutes=1)
    Incident.objects.filter(pk=found.pk).update(due_at=due, next_rung_at=due)
    for _run in range(6):
        pressure.climb_due(timezone.now())
    found = again(found)
    assert (found.reminders, found.supervised, found.escalated, found.rungs) == (2, 1, 0, 3)
    assert found.next_rung_at == due + timedelta(days=3)


def test_wrongdoing_goes_to_nobody_whom_it_is_about(
    incident: IncidentMaker, people: dict[str, User], town: Town, worker: WorkerMaker
) -> None:
    worker("Wang", LUXUN_PARK)
    found = incident(LUXUN_PARK, kind=Kind.WRONGDOING)
    engine.dispatch(found.pk)
    centre = town.office.parent
    assert centre is not None
    with pytest.raises(Refused) as refused:
        assigning.to_unit(found.pk, centre, people["dispatcher"], reason="核查")
    assert refused.value.field == "about"
    with pytest.raises(Refused) as refused:
        assigning.to_unit(
            found.pk, town.office, people["dispatcher"], reason="核查", about=town.office
        )
    assert refused.value.field == "unit"
    assigning.to_unit(found.pk, centre, people["dispatcher"], reason="核查", about=town.office)
    found = again(found)
    assert (found.status, found.lead_unit) == ("dispatched", centre)
    assert not WorkOrder.objects.exists()
    assert not Incident.objects.visible_to(people["office"]).filter(pk=found.pk).exists()


def test_five_reports_of_one_thing_are_merged_and_each_is_called_back(
    incident: IncidentMaker, people: dict[str, User]
) -> None:
    five = [
        incident(north_of(LUXUN_PARK, 10 * n), "pothole", contact_phone=f"1381234567{n}",
                 text="公园门口路面有大坑")
        for n in range(5)
    ]  # fmt: skip
    for each in five:
        engine.dispatch(each.pk)
    first = again(five[0])
    found = merging.suggestions(first, people["dispatcher"])
    assert {each.incident.pk for each in found} == {each.pk for each in five[1:]}
    assert all(each.likeness > 0.9 for each in found)
    for each in five[1:]:
        merging.merge(each.pk, first.number, people["dispatcher"], "同一个坑")
    assert first.reports.count() == 5
    in_progress(first, people)
    replies.reply(first.pk, people["liaison"], EXPLAINED)
    assert first.call_backs.count() == 5
    for n, waiting in enumerate(first.call_backs.all()):
        assert again(first).status == Status.CALL_BACK
        call_backs.record(waiting.pk, solved=True, satisfaction=str(3 + n % 3), agent=None)
    assert again(first).status == Status.CLOSED


def test_an_unmerge_brings_its_reports_back(
    incident: IncidentMaker, people: dict[str, User]
) -> None:
    one, two, three = (incident(LUXUN_PARK, "pothole") for _n in range(3))
    merging.merge(one.pk, two.number, people["dispatcher"], "同")
    merging.merge(two.pk, three.number, people["dispatcher"], "同")
    assert three.reports.count() == 3
    merging.unmerge(two.pk, people["dispatcher"], "不是一回事")
    assert (three.reports.count(), two.reports.count()) == (1, 2)
    merging.unmerge(one.pk, people["dispatcher"], "不是一回事")
    assert (two.reports.count(), one.reports.count()) == (1, 1)
    assert Report.objects.exclude(came_from=None).count() == 0
    assert again(one).waiting == Waiting.UNMERGED


def test_a_confidential_report_is_merged_with_nothing(
    incident: IncidentMaker, people: dict[str, User]
) -> None:
    one, two = incident(LUXUN_PARK), incident(LUXUN_PARK, confidential=True)
    for a, b in ((one, two), (two, one)):
        with pytest.raises(Refused):
            merging.merge(a.pk, b.number, people["dispatcher"], "同")
    assert merging.suggestions(one, people["dispatcher"]) == []


def test_the_ends_at_the_desk(incident: IncidentMaker, people: dict[str, User]) -> None:
    one, two, three, four = (incident(LUXUN_PARK) for _n in range(4))
    ends.answer(one.pk, people["dispatcher"], "请到社区办理。")
    ends.refuse(two.pk, people["dispatcher"], reason="属司法程序", right_channel="12348")
    ends.transfer(three.pk, people["manager"], reason="属大连", right_channel="大连12345")
    ends.alarm(four.pk, people["manager"], "119")
    assert [again(each).status for each in (one, two, three, four)] == [
        "answered", "not_accepted", "transferred", "registered",
    ]  # fmt: skip
    assert (again(two).end_reason, again(two).right_channel) == ("属司法程序", "12348")
    assert (again(four).alarm, again(four).is_urgent) == ("119", True)
    with pytest.raises(NotAllowedNow):
        ends.answer(two.pk, people["dispatcher"], "再答")
    with pytest.raises(Refused) as refused:
        ends.refuse(four.pk, people["dispatcher"], reason="x", right_channel=" ")
    assert refused.value.field == "right_channel"


@pytest.mark.parametrize(
    ("category", "text", "service"),
    [
        ("gas-smell", "楼道有味道", "119"),
        ("pothole", "有人受伤流血", "120"),
        ("pothole", "有坑", ""),
    ],
)
def test_danger_to_life_is_alarmed_at_once_and_stays_open(
    incident: IncidentMaker, category: str, text: str, service: str
) -> None:
    found = incident(LUXUN_PARK, category, text=text)
    engine.dispatch(found.pk)
    found = again(found)
    assert (found.alarm, found.status) == (service, "dispatched")
    assert found.is_urgent is bool(service)


def test_the_machine_alarms_once(incident: IncidentMaker, people: dict[str, User]) -> None:
    found = incident(LUXUN_PARK, "gas-smell")
    for _time in range(3):
        Incident.objects.filter(pk=found.pk).update(dispatch_after=timezone.now())
        engine.dispatch(found.pk)
    assert found.events.filter(step="alarm").count() == 1


def test_what_has_ended_waits_for_nothing_and_may_begin_again(
    led: Led, people: dict[str, User]
) -> None:
    found, other = in_progress(led(), people), led()
    applications.ask_extension(found.pk, people["liaison"], reason="等材料", days=2)
    merging.merge(found.pk, other.number, people["dispatcher"], "同一处")
    found = again(found)
    assert (found.asked, found.waiting, found.next_rung_at) == ("", "", None)
    assert found.applications.get().verdict == "dropped"
    merging.unmerge(found.pk, people["dispatcher"], "不是一处")
    assigning.to_unit(found.pk, people["liaison"].unit, people["dispatcher"], reason="派")  # type: ignore[arg-type]
    found = in_progress(again(found), people)
    applications.ask_extension(found.pk, people["liaison"], reason="等材料", days=2)
    assert again(found).asked == "extension"


def test_a_reply_overtakes_what_was_asked(led: Led, people: dict[str, User]) -> None:
    found = in_progress(led(), people)
    applications.ask_extension(found.pk, people["liaison"], reason="等材料", days=2)
    replies.reply(found.pk, people["liaison"], EXPLAINED)
    assert again(found).asked == ""
    assert found.applications.get().verdict == "dropped"


def test_the_ladder_goes_on_while_a_returned_case_lies_at_the_desk(
    led: Led, people: dict[str, User]
) -> None:
    found = led()
    applications.ask_return(found.pk, people["liaison"], reason="不属", basis="清单")
    applications.judge(found.pk, people["dispatcher"], approve=True, reason="同意")
    due = timezone.now() - timedelta(minutes=1)
    Incident.objects.filter(pk=found.pk).update(due_at=due, next_rung_at=due)
    for _run in range(3):
        pressure.climb_due(timezone.now())
    assert again(found).reminders == 2


def test_one_case_that_cannot_climb_holds_up_no_other(led: Led) -> None:
    bad, good = led(), led()
    due = timezone.now() - timedelta(minutes=1)
    Incident.objects.update(due_at=due, next_rung_at=due)
    # No such row should stand so; where one does, it rests.
    Incident.objects.filter(pk=bad.pk).update(status=Status.REGISTERED)
    pressure.climb_due(timezone.now())
    assert again(good).rungs == 1
    assert (again(bad).rungs, again(bad).next_rung_at) != (1, due)
    assert pressure.climb_due(timezone.now()) == 1


def test_a_paused_case_that_is_withdrawn_never_resumes(led: Led, people: dict[str, User]) -> None:
    found, other = in_progress(led(), people), in_progress(led(), people)
    for each in (found, other):
        applications.ask_pause(
            each.pk,
            people["liaison"],
            pause_reason="season",
            reason="冻土",
            until=timezone.now() + timedelta(days=1),
        )
        applications.judge(each.pk, people["head"], approve=True, reason="同意")
    withdrawing.by_number(found, found.number, people["dispatcher"], "已自行解决")
    assert again(found).paused_at is None
    Incident.objects.filter(pk=other.pk).update(paused_until=timezone.now())
    assert applications.resume_due(timezone.now()) == 1
    assert again(other).paused_at is None
