"""The table of transitions, walked: every line of it is accepted, everything else refused."""

from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import Unit
from accounts.roles import Role
from incidents import lifecycle, models
from incidents.drawing import page
from incidents.errors import GuardRefused, NotAllowedNow, NotForRole
from incidents.guards import DISSENT, HOLDS, NEW_FACT, Facts, Guard
from incidents.lifecycle import BY_STEP_AND_STATUS, TABLE, Row, Status, Step, Who
from incidents.models import Event, Incident, Outbox
from incidents.refusals import SENTENCES
from incidents.transitions import move
from tests.conftest import IncidentMaker, PersonMaker, Town

NOBODY = (Who.MACHINE, Who.CITIZEN)
# A guard, and what an incident's columns must be for it to hold, and for it not to.
HOLDING: dict[Guard, tuple[dict[str, Any], dict[str, Any]]] = {
    Guard.DISPATCHES_LEFT: ({"dispatches": 2}, {"dispatches": 3}),
    Guard.NOT_DESIGNATED: ({"is_designated": False}, {"is_designated": True}),
    Guard.NOT_SIGNED: ({"signed_at": None}, {"signed_at": "-1h"}),
    Guard.IN_RETURN_TIME: ({"return_until": "+1h"}, {"return_until": "-1h"}),
    Guard.NOT_OWN_DISPATCH: ({"dispatched_by": None}, {"dispatched_by": "actor"}),
    Guard.NOTHING_ASKED: ({"asked": ""}, {"asked": "pause"}),
    Guard.RETURN_ASKED: ({"asked": "return"}, {"asked": "pause"}),
    Guard.EXTENSION_ASKED: ({"asked": "extension"}, {"asked": ""}),
    Guard.PAUSE_ASKED: ({"asked": "pause"}, {"asked": "return"}),
    Guard.BEFORE_DUE: ({"due_at": "+1h"}, {"due_at": "-1h"}),
    Guard.NOT_EXTENDED: ({"extended_at": None}, {"extended_at": "-1h"}),
    Guard.RUNNING: ({"paused_at": None}, {"paused_at": "-1h"}),
    Guard.PAUSED: ({"paused_at": "-1h"}, {"paused_at": None}),
    Guard.ALL_COOPERATED: ({"open_cooperations": 0}, {"open_cooperations": 1}),
    Guard.REWORK_LEFT: ({"reworks": 0}, {"reworks": 1}),
    Guard.REWORKS_USED: ({"reworks": 1}, {"reworks": 0}),
    Guard.NOT_UNDER_REVIEW: ({"under_review": False}, {"under_review": True}),
    Guard.UNDER_REVIEW: ({"under_review": True}, {"under_review": False}),
    Guard.IN_REOPEN_TIME: ({"ended_at": "-14d"}, {"ended_at": "-16d"}),
    Guard.PAST_REOPEN_TIME: ({"ended_at": "-16d"}, {"ended_at": "-14d"}),
    Guard.HAD_A_UNIT: ({"dispatches": 1}, {"dispatches": 0}),
}


def columns(given: dict[str, Any], actor: Any) -> dict[str, Any]:
    now = timezone.now()
    spans = {"h": timedelta(hours=1), "d": timedelta(days=1)}

    def read(value: Any) -> Any:
        if value == "actor":
            return actor
        if isinstance(value, str) and value[:1] in "+-" and value:
            return now + int(value[:-1]) * spans[value[-1]]
        return value

    return {name: read(value) for name, value in given.items()}


def lines() -> list[Any]:
    return [
        pytest.param(row, origin, id=f"{row.step}-from-{origin}")
        for row in TABLE
        for origin in row.origins
    ]


@pytest.fixture
def actor_for(person: PersonMaker, town: Town) -> Any:
    def make(who: Who) -> Any:
        if who in NOBODY:
            return None
        role = Role(who)
        handles = role in (Role.UNIT_LIAISON, Role.COMMUNITY_WORKER)
        unit: Unit | None = town.office if handles else None
        return person(role, "210100", unit)

    return make


def stand(found: Incident, status: Status, given: dict[str, Any], actor: Any) -> Incident:
    Incident.objects.filter(pk=found.pk).update(status=status, **columns(given, actor))
    return Incident.objects.get(pk=found.pk)


def take(found: Incident, row: Row, who: Who, actor: Any) -> Incident:
    return move(found, row.step, actor=actor, who=who if who in NOBODY else None)


@pytest.mark.django_db
@pytest.mark.parametrize(("row", "origin"), lines())
def test_every_line_is_accepted_when_its_guards_hold(
    incident: IncidentMaker, actor_for: Any, row: Row, origin: Status
) -> None:
    who = sorted(row.roles)[0]
    actor = actor_for(who)
    given: dict[str, Any] = {}
    for guard in row.guards:
        given |= HOLDING[guard][0]
    moved = take(stand(incident(), origin, given, actor), row, who, actor)
    assert moved.status == (row.to or origin)
    event = Event.objects.latest("id")
    assert (event.step, event.from_status, event.to_status) == (row.step, origin, moved.status)


@pytest.mark.django_db
@pytest.mark.parametrize(("row", "origin"), [p for p in lines() if p.values[0].guards])
def test_every_guard_that_does_not_hold_refuses_and_says_why(
    incident: IncidentMaker, actor_for: Any, row: Row, origin: Status
) -> None:
    found = incident()
    for failing in row.guards:
        # Somebody with a log-in, where the table has one: who dispatched it is a person.
        who = sorted(row.roles - set(NOBODY) or row.roles)[0]
        actor = actor_for(who)
        given: dict[str, Any] = {}
        for guard in row.guards:
            given |= HOLDING[guard][guard == failing]
        with pytest.raises(GuardRefused) as refused:
            take(stand(found, origin, given, actor), row, who, actor)
        assert refused.value.guard == failing
        assert str(refused.value) == str(SENTENCES[failing])
    assert (Event.objects.count(), Outbox.objects.count()) == (1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize("status", Status)
def test_every_pair_that_is_not_in_the_table_is_refused(
    incident: IncidentMaker, status: Status
) -> None:
    found = stand(incident(), status, {}, None)
    before = Incident.objects.filter(pk=found.pk).values().get()
    strange = [step for step in Step if (step, status) not in BY_STEP_AND_STATUS]
    for step, who in product(strange, Who):
        with pytest.raises(NotAllowedNow):
            move(Incident.objects.get(pk=found.pk), step, who=who, public_reply="x")
    assert Incident.objects.filter(pk=found.pk).values().get() == before
    assert (Event.objects.count(), Outbox.objects.count()) == (1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(("row", "origin"), lines())
def test_every_other_role_is_refused(incident: IncidentMaker, row: Row, origin: Status) -> None:
    found = stand(incident(), origin, {}, None)
    for who in set(Who) - row.roles:
        with pytest.raises(NotForRole):
            move(Incident.objects.get(pk=found.pk), row.step, who=who, public_reply="x")
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("guard", "said"), [(Guard.ALL_COOPERATED, DISSENT), (Guard.IN_REOPEN_TIME, NEW_FACT)]
)
@pytest.mark.django_db
def test_what_the_actor_states_opens_two_of_the_guards(
    incident: IncidentMaker, actor_for: Any, guard: Guard, said: str
) -> None:
    row = next(row for row in TABLE if guard in row.guards)
    actor = actor_for(sorted(row.roles)[0])
    given: dict[str, Any] = {}
    for each in row.guards:
        given |= HOLDING[each][each == guard]
    found = stand(incident(), row.origins[0], given, actor)
    assert row.to is not None
    assert move(found, row.step, actor=actor, said={said}).status == row.to


def test_roles_statuses_and_guards_are_the_same_words_everywhere() -> None:
    assert {*Who} - set(NOBODY) | {Who.CITIZEN} == {*Role.values}
    assert [s.value for s in models.Status] == [s.value for s in lifecycle.Status]
    assert set(HOLDS) == set(Guard) == set(SENTENCES) == set(HOLDING)


def test_no_pair_stands_in_the_table_twice() -> None:
    pairs = [(row.step, origin) for row in TABLE for origin in row.origins]
    assert len(pairs) == len(set(pairs))


def test_whoever_handles_a_case_never_calls_back_nor_closes() -> None:
    judging = [row for row in TABLE if row.to == Status.CLOSED or row.step == Step.CALL]
    assert judging
    for row in judging:
        assert not row.roles & {Who.LIAISON, Who.WORKER, Who.DISPATCHER}


def test_from_every_open_status_there_is_a_way_to_an_end() -> None:
    ends = set(Status) - set(lifecycle.OPEN)
    for start in lifecycle.OPEN:
        reached = {start}
        while True:
            more = {row.to for row in TABLE if row.to and reached & set(row.origins)} - reached
            if not more:
                break
            reached |= more
        assert Status.CLOSED in reached, start
        assert reached & ends


def test_the_page_of_the_life_cycle_is_drawn_from_the_table() -> None:
    path = Path(settings.BASE_DIR) / "docs" / "lifecycle.md"
    assert path.read_text(encoding="utf-8") == page(), "run ./hotline manage draw_lifecycle"


def test_a_limit_of_time_is_counted_to_the_second() -> None:
    ends = datetime(2026, 11, 1, 12, tzinfo=timezone.get_default_timezone())
    reopen = timedelta(days=15)
    for late, holds in ((timedelta(0), True), (timedelta(seconds=1), False)):
        facts = Facts(now=ends + reopen + late, ended_at=ends)
        assert HOLDS[Guard.IN_REOPEN_TIME](facts) is holds
        assert HOLDS[Guard.PAST_REOPEN_TIME](facts) is not holds
