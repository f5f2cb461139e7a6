"""Where two rules of casework meet: each a way in which something could have been lost."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from dispatch import (
    applications,
    assigning,
    cooperation,
    engine,
    merging,
    orders,
    reclassifying,
    replies,
    undoing,
)
from dispatch.errors import NotYours
from dispatch.models import Assignment, WorkOrder
from dispatch.replies import NewReply
from incidents import call_backs, checks, clocks, ends, reopening
from incidents.errors import GuardRefused, NotAllowedNow, NotForRole
from incidents.models import Channel, Check, Incident, Kind, Status, Waiting
from tests.conftest import LUXUN_PARK, IncidentMaker, PersonMaker, Town, WorkerMaker
from tests.dispatch.test_casework import EXPLAINED, Led, again, in_progress, led, people

pytestmark = pytest.mark.django_db
__all__ = ["led", "people"]


@pytest.fixture(autouse=True)
def nothing_by_sample(settings: Any) -> None:
    settings.CHECK_PERCENT = 0


def classified(found: Incident, actor: User, **changes: str) -> Incident:
    given = {"category": found.category_id, "kind": found.kind, "urgency": found.urgency}
    reclassifying.reclassify(found.pk, actor, **given | changes, reason="更正")
    return again(found)


def paused(found: Incident, people: dict[str, User]) -> None:
    until = timezone.now() + timedelta(days=3)
    applications.ask_pause(
        found.pk, people["liaison"], pause_reason="season", reason="冻土", until=until
    )
    applications.judge(found.pk, people["head"], approve=True, reason="同意")


# --- Danger ---


def test_putting_a_category_right_takes_no_alarm_away(led: Led, people: dict[str, User]) -> None:
    found = led(text="有人被困,着火了")
    assert found.alarm == "119"
    found = classified(found, people["dispatcher"], category="street-light")
    assert (found.is_urgent, found.alarm) == (True, "119")


def test_danger_without_a_place_is_alarmed_as_well(incident: IncidentMaker) -> None:
    found = incident(None, "pothole", text="着火了,快来", channel=Channel.TELEPHONE)
    assert (found.status, found.alarm, found.is_urgent) == ("triage", "119", True)


def test_danger_in_a_report_that_joins_is_the_incidents(
    incident: IncidentMaker, person: PersonMaker
) -> None:
    first = incident(LUXUN_PARK, "pothole")
    engine.dispatch(first.pk)
    incident(LUXUN_PARK, "pothole", text="有小孩掉进坑里受伤", same_as=first.number)
    assert (again(first).alarm, again(first).is_urgent) == ("120", True)


def test_a_merge_takes_the_alarm_along(led: Led, people: dict[str, User]) -> None:
    found, other = led(text="着火了"), led()
    merging.merge(found.pk, other.number, people["dispatcher"], "同一处")
    assert (again(other).alarm, again(other).is_urgent) == ("119", True)


def test_an_alarm_in_a_report_of_wrongdoing_reaches_the_seat(
    incident: IncidentMaker, people: dict[str, User], person: PersonMaker
) -> None:
    found = incident(LUXUN_PARK, kind=Kind.WRONGDOING)
    seat = person(Role.EMERGENCY_SEAT)
    assert not Incident.objects.visible_to(seat).exists()
    ends.alarm(found.pk, people["manager"], "110")
    assert Incident.objects.visible_to(seat).get() == found


# --- Wrongdoing, found late ---


def test_what_turns_out_to_be_wrongdoing_leaves_its_unit_and_its_worker(
    incident: IncidentMaker, worker: WorkerMaker, people: dict[str, User]
) -> None:
    wang = worker("Wang", LUXUN_PARK)
    found = incident(LUXUN_PARK)
    engine.dispatch(found.pk)
    orders.accept(found.work_orders.get().pk, wang.user)
    found = classified(again(found), people["dispatcher"], kind="wrongdoing")
    assert (found.status, found.waiting) == ("triage", Waiting.WRONGDOING)
    assert (found.lead_unit, found.visible_units, found.field_worker) == (None, [], None)
    assert found.work_orders.get().status == "withdrawn"
    for who in (people["office"], wang.user):
        assert not Incident.objects.visible_to(who).exists()


# --- Clocks ---


def test_another_kind_with_the_same_limit_keeps_what_was_granted(
    led: Led, people: dict[str, User]
) -> None:
    found = in_progress(led(), people)
    applications.ask_extension(found.pk, people["liaison"], reason="等材料", days=5)
    applications.judge(found.pk, people["head"], approve=True, reason="同意")
    due = again(found).due_at
    assert classified(again(found), people["dispatcher"], kind="complaint").due_at == due


def test_another_limit_moves_by_what_was_granted(led: Led, people: dict[str, User]) -> None:
    found = in_progress(led(), people)
    plain = found.due_at
    applications.ask_extension(found.pk, people["liaison"], reason="等材料", days=5)
    applications.judge(found.pk, people["head"], approve=True, reason="同意")
    granted = again(found).due_at
    assert plain is not None
    assert granted is not None
    found = classified(again(found), people["dispatcher"], category="outage")
    assert found.dispatched_at is not None
    assert found.due_at == found.dispatched_at + timedelta(hours=24) + (granted - plain)


def test_a_paused_case_that_is_returned_runs_again(
    incident: IncidentMaker, worker: WorkerMaker, people: dict[str, User], town: Town
) -> None:
    li = worker("Li", LUXUN_PARK)
    found = incident(LUXUN_PARK, "pothole")
    engine.dispatch(found.pk)
    orders.accept(found.work_orders.get().pk, li.user)
    paused(found, people)
    applications.ask_return(found.pk, people["liaison"], reason="不属", basis="清单")
    applications.judge(found.pk, people["dispatcher"], approve=True, reason="同意")
    assert (again(found).paused_at, again(found).paused_until) == (None, None)


def test_a_case_taken_out_of_a_merge_is_pressed_again(led: Led, people: dict[str, User]) -> None:
    found, other = led(), led()
    merging.merge(found.pk, other.number, people["dispatcher"], "同一处")
    merging.unmerge(found.pk, people["dispatcher"], "不是")
    assert again(found).next_rung_at is not None


def test_a_new_fact_reopens_what_the_archive_has(led: Led, people: dict[str, User]) -> None:
    found = in_progress(led(), people)
    replies.reply(found.pk, people["liaison"], EXPLAINED)
    waiting = found.call_backs.get()
    call_backs.record(waiting.pk, solved=True, satisfaction="5", agent=people["agent"])
    long_ago = timezone.now() - timedelta(days=16)
    Incident.objects.filter(pk=found.pk).update(ended_at=long_ago)
    assert reopening.archive_due(timezone.now()) == 1
    with pytest.raises(GuardRefused):
        reopening.reopen(found.pk, people["agent"], reason="又坏", new_fact=False)
    reopening.reopen(found.pk, people["agent"], reason="又坏", new_fact=True)
    assert again(found).status == Status.IN_PROGRESS


# --- Who may ---


def test_no_way_round_the_judgement_of_a_return(
    led: Led, people: dict[str, User], town: Town
) -> None:
    found = led()
    assigning.to_unit(found.pk, town.dadong, people["dispatcher"], reason="属大东区")
    applications.ask_return(found.pk, people["dadong"], reason="不属我区", basis="区划")
    with pytest.raises(GuardRefused):
        assigning.to_unit(found.pk, town.heping, people["dispatcher"], reason="改派")
    with pytest.raises(NotAllowedNow):
        undoing.undo_dispatch(found.pk, people["dispatcher"])
    assert again(found).asked == "return"
    assert found.applications.get().verdict == ""


def test_neither_a_helper_nor_a_worker_signs_for_the_lead(
    led: Led, people: dict[str, User], town: Town, person: PersonMaker
) -> None:
    found = led()
    cooperation.add(found.pk, town.dadong, people["dispatcher"], task="协助")
    with pytest.raises(NotYours):
        replies.sign(found.pk, people["dadong"])
    with pytest.raises(NotForRole):
        replies.sign(found.pk, person(Role.COMMUNITY_WORKER, unit=town.heping))
    assert (again(found).status, again(found).signed_at) == ("dispatched", None)


def test_misses_of_the_former_unit_do_not_count(
    incident: IncidentMaker, worker: WorkerMaker, people: dict[str, User], town: Town
) -> None:
    for name in ("A", "B", "C"):
        worker(name, LUXUN_PARK)
    found = incident(LUXUN_PARK)
    engine.dispatch(found.pk)
    for _n in range(3):
        orders.miss(found.work_orders.get(status="offered").pk)
        engine.dispatch(found.pk)
    assert again(found).waiting == Waiting.MISSED
    worker("D", LUXUN_PARK, unit=town.heping)
    worker("E", LUXUN_PARK, unit=town.heping)
    assigning.to_unit(found.pk, town.heping, people["dispatcher"], reason="改派")
    first = found.work_orders.get(status="offered")
    orders.decline(first.pk, first.worker.user, "有事")
    engine.dispatch(found.pk)
    assert WorkOrder.objects.filter(incident=found, status="offered").count() == 1


# --- What the citizen reads ---


def test_a_reply_is_read_only_once_it_is_accepted(
    led: Led, people: dict[str, User], settings: Any, web: Client
) -> None:
    settings.CHECK_PERCENT = 100
    found = in_progress(led(), people)
    code = found.reports.get().tracking_code
    replies.reply(found.pk, people["liaison"], NewReply("explained", "敷衍的回复"))
    assert "敷衍的回复" not in web.get(f"/t/{code}").content.decode()
    assert web.get(f"/api/reports/{code}").json()["reply"] == ""
    checks.judge(found.pk, people["checker"], "failed", "没有回应诉求")
    assert "敷衍的回复" not in web.get(f"/t/{code}").content.decode()
    replies.log_contact(found.pk, people["liaison"], way="visit", reached=True, note="上门")
    replies.reply(found.pk, people["liaison"], NewReply("explained", "认真的回复"))
    checks.judge(found.pk, people["checker"], "passed", "")
    assert "认真的回复" in web.get(f"/t/{code}").content.decode()


def test_what_is_being_called_back_is_not_taken_apart(led: Led, people: dict[str, User]) -> None:
    found, other = led(), in_progress(led(), people)
    merging.merge(found.pk, other.number, people["dispatcher"], "同一处")
    replies.log_contact(other.pk, people["liaison"], way="visit", reached=True, note="上门")
    replies.reply(other.pk, people["liaison"], EXPLAINED)
    with pytest.raises(NotAllowedNow):
        merging.unmerge(found.pk, people["dispatcher"], "不是")
    assert other.reports.count() == 2


# --- An upgrade ---


def test_cases_of_before_get_a_clock_and_a_way_on(led: Led, people: dict[str, User]) -> None:
    found, replied = led(), led()
    bare = {
        "dispatched_at": None, "due_at": None, "limit": None, "dispatches": 0,
        "return_until": None, "sign_due_at": None, "next_rung_at": None,
    }  # fmt: skip
    Incident.objects.update(**bare)
    Incident.objects.filter(pk=replied.pk).update(status="replied")
    import_module("dispatch.migrations.0032_clocks_of_before").wind_up(apps, None)
    made_at = Assignment.objects.get(incident=found).made_at
    found = again(found)
    assert (found.dispatched_at, found.dispatches) == (made_at, 1)
    assert found.due_at == made_at + timedelta(days=3)
    assert clocks.own_limit(found).amount == 3
    assert Check.objects.get().incident == replied
    checks.judge(replied.pk, people["checker"], "passed", "")
    assert again(replied).status == Status.CALL_BACK
