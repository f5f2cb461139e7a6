"""Two at the same incident: one wins, the other is told, nothing is lost.

Each scenario runs twice: with the lock, where that must hold, and with the lock taken out, where
it must not: a test that passes without the lock would not be testing it.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from dispatch import applications, assigning, engine, merging, orders, replies
from dispatch.errors import DispatchError
from dispatch.models import Application, Assignment, WorkOrder
from dispatch.replies import NewReply
from incidents import call_backs, pressure, reopening, transitions
from incidents.errors import IncidentError
from incidents.models import Event, Incident
from tests.conftest import LUXUN_PARK, IncidentMaker, PersonMaker, Town, WorkerMaker

pytestmark = pytest.mark.django_db(transaction=True)
USERS_OF_LOCK = (applications, assigning, merging, orders, replies, call_backs, pressure, reopening)
Act = Callable[[], Any]


@dataclass
class Scene:
    """Two acts on one incident, and what must hold after both."""

    acts: tuple[Act, Act]
    holds: Callable[[list[str]], bool]


@pytest.fixture
def people(person: PersonMaker, town: Town) -> dict[str, User]:
    return {
        "one": person(Role.DISPATCHER, "210100"),
        "two": person(Role.DISPATCHER, "210100"),
        "liaison": person(Role.UNIT_LIAISON, unit=town.heping),
        "agent": person(Role.CALL_BACK_AGENT, "210100"),
    }


def unlocked(incident_id: int) -> Incident:
    return Incident.objects.get(pk=incident_id)


@pytest.fixture(params=["locked", "unlocked"])
def locking(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Both acts wait for each other after reading the incident; with the lock the second cannot
    have read it yet, and the first goes on alone."""
    together = threading.Barrier(2)
    read = transitions.lock if request.param == "locked" else unlocked

    def lock(incident_id: int) -> Incident:
        found = read(incident_id)
        with suppress(threading.BrokenBarrierError):
            together.wait(0.5)
        return found

    for module in USERS_OF_LOCK:
        monkeypatch.setattr(module, "lock", lock)
    return bool(request.param == "locked")


def at_once(scene: Scene) -> list[str]:
    """Run both acts in threads of their own; gives what each was told ("" for success)."""
    told = ["?", "?"]

    def run(n: int, act: Act) -> None:
        try:
            with transaction.atomic():
                act()
            told[n] = ""
        except (IncidentError, DispatchError) as error:
            told[n] = f"told: {error}"
        except Exception as error:  # noqa: BLE001  # what the database says without our lock
            told[n] = type(error).__name__
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(scene.acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return told


def one_told(told: list[str]) -> bool:
    """One succeeded, the other got a sentence of ours and no error of the database."""
    refused = [words for words in told if words]
    return len(refused) == 1 and refused[0].startswith("told: ")


def prove(scene: Scene, *, locked: bool) -> None:
    told = at_once(scene)
    assert scene.holds(told) is locked, told


def led(incident: IncidentMaker, **more: Any) -> Incident:
    found = incident(LUXUN_PARK, "pothole", contact_phone="13812345678", **more)
    engine.dispatch(found.pk)
    return Incident.objects.get(pk=found.pk)


def events(found: Incident, *steps: str) -> int:
    return Event.objects.filter(incident=found, step__in=steps).count()


def test_two_dispatchers_judge_one_return(
    locking: bool, incident: IncidentMaker, people: dict[str, User]
) -> None:
    found = led(incident)
    with pytest.MonkeyPatch.context() as plain:
        plain.setattr(applications, "lock", transitions.lock)
        applications.ask_return(found.pk, people["liaison"], reason="不属", basis="清单")

    def judge(who: str, *, approve: bool) -> Act:
        return lambda: applications.judge(found.pk, people[who], approve=approve, reason="看过")

    def holds(told: list[str]) -> bool:
        verdicts = Application.objects.exclude(verdict="").count()
        return one_told(told) and verdicts == events(found, "approve_return", "refuse_return") == 1

    prove(Scene((judge("one", approve=True), judge("two", approve=False)), holds), locked=locking)


def test_two_dispatchers_choose_two_units(
    locking: bool, incident: IncidentMaker, people: dict[str, User], town: Town
) -> None:
    found = led(incident)

    def choose(who: str, unit: Any) -> Act:
        return lambda: assigning.to_unit(found.pk, unit, people[who], reason="改派", seen=1)

    def holds(told: list[str]) -> bool:
        lead = Assignment.objects.get(incident=found, is_current=True).unit_id
        found.refresh_from_db()
        same = found.lead_unit_id == lead
        return one_told(told) and same and events(found, "dispatch") == found.dispatches == 2

    prove(Scene((choose("one", town.dadong), choose("two", town.office)), holds), locked=locking)


def test_the_unit_signs_while_it_asks_for_a_return(
    locking: bool, incident: IncidentMaker, people: dict[str, User]
) -> None:
    found = led(incident)
    sign: Act = lambda: replies.sign(found.pk, people["liaison"])  # noqa: E731
    ask: Act = lambda: applications.ask_return(  # noqa: E731
        found.pk, people["liaison"], reason="不属", basis="清单"
    )

    def holds(told: list[str]) -> bool:
        return one_told(told) and events(found, "sign", "ask_return") == 1

    prove(Scene((sign, ask), holds), locked=locking)


def test_the_ladder_runs_twice(
    locking: bool, incident: IncidentMaker, people: dict[str, User]
) -> None:
    found = led(incident)
    now = timezone.now()
    Incident.objects.filter(pk=found.pk).update(due_at=now, next_rung_at=now)

    def holds(told: list[str]) -> bool:
        found.refresh_from_db()
        return told == ["", ""] and found.rungs == events(found, "remind") == 1

    # Just the reminder is due at this moment, and the next only with the due time itself.
    Incident.objects.filter(pk=found.pk).update(due_at=now + timedelta(hours=1))
    climb: Act = lambda: pressure.climb(found.pk, now + timedelta(seconds=1))  # noqa: E731
    prove(Scene((climb, climb), holds), locked=locking)


# Work orders and call-backs have locks of their own besides: these three hold by either.


def test_the_worker_accepts_while_the_sweep_calls_it_missed(
    locking: bool, incident: IncidentMaker, worker: WorkerMaker
) -> None:
    wang = worker("Wang", LUXUN_PARK)
    found = incident(LUXUN_PARK)
    engine.dispatch(found.pk)
    order = WorkOrder.objects.get(incident=found)
    order.answer_by = timezone.now() - timedelta(seconds=1)
    order.save(update_fields=["answer_by"])

    def holds(_told: list[str]) -> bool:
        order.refresh_from_db()
        wang.refresh_from_db()
        accepted = order.status == "accepted" and wang.open_orders == 1
        missed = order.status == "missed" and wang.open_orders == 0
        return (accepted or missed) and events(found, "sign", "miss") == 1

    acts = (lambda: orders.accept(order.pk, wang.user), lambda: orders.miss(order.pk))
    prove(Scene(acts, holds), locked=True)


def test_two_workers_of_one_phone_number_finish_once(
    locking: bool, incident: IncidentMaker, worker: WorkerMaker
) -> None:
    wang = worker("Wang", LUXUN_PARK)
    found = incident(LUXUN_PARK)
    engine.dispatch(found.pk)
    order = WorkOrder.objects.get(incident=found)

    def finish() -> Any:
        return orders.finish(order.pk, wang.user, outcome="explained", note="已说明", media=[])

    with pytest.MonkeyPatch.context() as plain:
        plain.setattr(orders, "lock", transitions.lock)
        orders.accept(order.pk, wang.user)

    def holds(told: list[str]) -> bool:
        return one_told(told) and events(found, "finish") == 1

    prove(Scene((finish, finish), holds), locked=True)


def test_the_agent_and_the_citizens_link_answer_one_call_back(
    locking: bool, incident: IncidentMaker, people: dict[str, User], settings: Any
) -> None:
    settings.CHECK_PERCENT = 0
    found = led(incident)
    with pytest.MonkeyPatch.context() as plain:
        for module in USERS_OF_LOCK:
            plain.setattr(module, "lock", transitions.lock)
        replies.sign(found.pk, people["liaison"])
        replies.log_contact(
            found.pk, people["liaison"], way="telephone", reached=True, note="已联系"
        )
        replies.reply(found.pk, people["liaison"], NewReply("explained", "已说明"))
    waiting = found.call_backs.get()

    def holds(told: list[str]) -> bool:
        return one_told(told) and events(found, "close", "rework") == 1

    acts = (
        lambda: call_backs.record(waiting.pk, solved=True, satisfaction="5", agent=people["agent"]),
        lambda: call_backs.record(waiting.pk, solved=False, satisfaction="1"),
    )
    prove(Scene(acts, holds), locked=True)


def test_two_merge_crosswise(
    incident: IncidentMaker, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both lock in the same order: one waits, and neither is thrown out by the database."""
    one, two = led(incident), led(incident)

    def merge(a: Incident, b: Incident, who: str) -> Act:
        return lambda: merging.merge(a.pk, b.number, people[who], "同一处")

    told = at_once(Scene((merge(one, two, "one"), merge(two, one, "two")), one_told))
    assert one_told(told), told
    merged = Incident.objects.filter(status="merged")
    assert merged.count() == 1
    assert Incident.objects.exclude(status="merged").get().reports.count() == 2
