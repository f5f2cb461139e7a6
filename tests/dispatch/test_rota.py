"""Who works when: patterns that come round, the calendar, leave and extra duty."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from accounts.roles import Role
from dispatch import duty, duty_changing, engine, orders
from dispatch.duty_changing import NewChange
from dispatch.errors import RotaRefused
from dispatch.models import DutyChange, RotaPlace, Shift, ShiftPattern, Worker, WorkOrder
from dispatch.rota import ONE_DAY, Cycle, Hours
from dispatch.workforce import refresh
from tests.conftest import (
    DADONG_GATE,
    LUXUN_PARK,
    IncidentMaker,
    PersonMaker,
    Town,
    WorkerMaker,
    statements,
)

LogIn = Callable[[User], Client]
DAY, EVENING, NIGHT = (
    Hours(time(7, 30), time(15, 30)),
    Hours(time(15, 30), time(23, 30)),
    Hours(time(23, 30), time(7, 30)),
)
# Two mornings, two evenings, two nights, two days off.
ROUND = Cycle((DAY, DAY, EVENING, EVENING, NIGHT, NIGHT, None, None))
MONDAY = date(2026, 11, 30)
WORKS, RESTS = (lambda _day: True), (lambda _day: False)


# --- The rule, pure -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "clock", "on"),
    [
        (0, time(7, 30), True), (0, time(7, 29), False), (0, time(15, 30), False),
        (2, time(15, 30), True), (2, time(9), False),
        (4, time(23, 30), True), (4, time(3), False),
        # The morning after the first night, and after the last.
        (5, time(3), True), (6, time(7, 29), True), (6, time(7, 30), False), (7, time(12), False),
    ],
)  # fmt: skip
def test_a_cycle_says_who_is_on_duty(stage: int, clock: time, on: bool) -> None:
    assert ROUND.on_duty(stage, datetime.combine(MONDAY, clock), WORKS) is on


@given(st.integers(-2_000_000, 2_000_000))
def test_four_crews_two_days_apart_always_leave_exactly_one_on_duty(minutes: int) -> None:
    now = datetime.combine(MONDAY, time()) + timedelta(minutes=minutes)
    on = ROUND.stages_on(now, WORKS)
    crews = [ROUND.stage(now.date(), MONDAY + timedelta(days=n)) for n in (0, 2, 4, 6)]
    assert len(on.intersection(crews)) == 1


def test_the_cycle_reaches_back_before_it_began() -> None:
    assert [ROUND.stage(MONDAY + n * ONE_DAY, MONDAY) for n in (-1, 0, 8, -9)] == [7, 0, 0, 7]


def test_a_pattern_of_working_days_rests_on_the_others() -> None:
    office = Cycle((DAY,), on_working_days=True)
    noon = datetime.combine(MONDAY, time(12))
    assert office.stages_on(noon, WORKS) == {0}
    assert office.stages_on(noon, RESTS) == frozenset()


# --- In the database ------------------------------------------------------------------------------


@pytest.fixture
def patterns(town: Town) -> None:
    for code, hours in (("d", DAY), ("e", EVENING), ("n", NIGHT)):
        Shift.objects.create(
            code=code, name_zh=code, name_en=code, starts=hours.starts, ends=hours.ends
        )
    ShiftPattern.objects.create(
        code="round", name_zh="四班三运转", name_en="Round",
        cycle=["d", "d", "e", "e", "n", "n", "", ""],
    )  # fmt: skip
    ShiftPattern.objects.create(
        code="office", name_zh="行政班", name_en="Office", cycle=["d"], on_working_days=True
    )


def on_shift(worker: Worker, day: date, clock: time) -> bool:
    refresh(timezone.make_aware(datetime.combine(day, clock)))
    worker.refresh_from_db()
    return worker.on_shift


@pytest.mark.django_db
def test_the_database_agrees_with_the_rule_at_any_time(worker: WorkerMaker, patterns: None) -> None:
    people = [worker(f"w{n}", LUXUN_PARK) for n in range(8)]
    begins = {w.pk: MONDAY + timedelta(days=n - 400) for n, w in enumerate(people)}
    for worker_id, day in begins.items():
        RotaPlace.objects.create(worker_id=worker_id, pattern_id="round", begins_on=day)
    # Every 17 hours or so, for four weeks: all hours of the day come up.
    for minutes in range(0, 28 * 1440, 1013):
        now = datetime.combine(MONDAY, time()) + timedelta(minutes=minutes)
        refresh(timezone.make_aware(now))
        stages = ROUND.stages_on(now, WORKS)
        told = {pk for pk, day in begins.items() if ROUND.stage(now.date(), day) in stages}
        assert set(Worker.objects.filter(on_shift=True).values_list("pk", flat=True)) == told, now


@pytest.mark.django_db
def test_who_works_on_working_days_rests_on_national_day(
    worker: WorkerMaker, patterns: None
) -> None:
    wang = worker("Wang", LUXUN_PARK)
    RotaPlace.objects.create(worker=wang, pattern_id="office", begins_on=MONDAY)
    assert not on_shift(wang, date(2026, 10, 1), time(12))
    assert on_shift(wang, MONDAY, time(12))
    assert not on_shift(wang, MONDAY, time(20))


@pytest.mark.django_db
def test_leave_takes_off_shift_and_what_was_not_answered_goes_on(
    worker: WorkerMaker, incident: IncidentMaker, person: PersonMaker
) -> None:
    near, far = worker("Near", LUXUN_PARK), worker("Far", (123.412, 41.811))
    it = incident(LUXUN_PARK, "exposed-garbage")
    engine.dispatch(it.pk)
    assert WorkOrder.objects.get(status="offered").worker == near
    now = timezone.now()
    by = person(Role.DUTY_MANAGER)
    sick = NewChange("sick", now - timedelta(minutes=1), now + timedelta(days=2), "发烧")
    duty_changing.note(near, sick, by)
    refresh(timezone.now())
    orders.pass_on_after_shift()
    engine.dispatch(it.pk)
    assert WorkOrder.objects.get(status="offered").worker == far


@pytest.mark.django_db
def test_extra_duty_brings_somebody_on_shift(worker: WorkerMaker, person: PersonMaker) -> None:
    wang = worker("Wang", LUXUN_PARK, shift_id="never", on_shift=False)
    now = timezone.now()
    given = NewChange("extra", now - timedelta(minutes=1), now + timedelta(hours=4))
    change = duty_changing.note(wang, given, person(Role.DUTY_MANAGER))
    refresh(timezone.now())
    wang.refresh_from_db()
    assert wang.on_shift
    # Removed while it goes on: it ends now and stays in the books.
    duty_changing.remove(wang, change.pk)
    refresh(timezone.now())
    change.refresh_from_db()
    assert not Worker.objects.get().on_shift
    assert change.ends_at < now + timedelta(hours=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "holiday"}, "kind"),
        ({"hours": 0}, "ends"),
        ({"begins": -50}, "ends"),
        ({"hours": 24 * 400}, "ends"),
        ({"reason": "长" * 201}, "reason"),
        ({"begins": 5}, "begins"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    worker: WorkerMaker, person: PersonMaker, given: dict[str, object], field: str
) -> None:
    wang, by = worker("Wang", LUXUN_PARK), person(Role.DUTY_MANAGER)
    now = timezone.now()
    there = NewChange("leave", now + timedelta(hours=5), now + timedelta(hours=9))
    duty_changing.note(wang, there, by)
    said = {"kind": "leave", "begins": 20, "hours": 8, "reason": ""} | given
    begins = now + timedelta(hours=int(str(said["begins"])))
    new = NewChange(
        str(said["kind"]), begins, begins + timedelta(hours=int(str(said["hours"]))),
        str(said["reason"]),
    )  # fmt: skip
    with pytest.raises(RotaRefused) as refused:
        duty_changing.note(wang, new, by)
    assert refused.value.field == field
    assert DutyChange.objects.count() == 1


@pytest.mark.django_db
def test_a_pattern_names_shifts_that_are_there(patterns: None) -> None:
    for cycle in (["d", "x"], ["", ""]):
        with pytest.raises(ValidationError) as refused:
            ShiftPattern(code="p", name_zh="p", name_en="p", cycle=cycle).full_clean()
        assert list(refused.value.message_dict) == ["cycle"]


# --- On the page ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_liaison_of_a_unit_keeps_its_rota(
    worker: WorkerMaker, person: PersonMaker, logged_in: LogIn, patterns: None, town: Town
) -> None:
    wang = worker("Wang", LUXUN_PARK)
    other = worker("Other", DADONG_GATE, unit=town.dadong, division_id="210104001001",
                   county_id="210104")  # fmt: skip
    client = logged_in(person(Role.UNIT_LIAISON, unit=town.office))
    client.post(
        reverse("rota-place", args=[wang.pk]),
        {"pattern": "round", "begins_on": "2026-11-30", "shift": "d"},
    )
    assert wang.rota_place.pattern_id == "round"
    day = timezone.localdate() + timedelta(days=2)
    answer = client.post(
        reverse("rota-note", args=[wang.pk]),
        {"kind": "leave", "begins": f"{day}T08:00", "ends": f"{day}T18:00", "reason": "年假"},
        follow=True,
    )
    assert "年假" in answer.content.decode()
    assert "请假" in client.get(reverse("rota"), {"q": "Wang"}).content.decode()
    assert client.get(reverse("rota-worker", args=[other.pk])).status_code == 404


@pytest.mark.django_db
def test_a_form_with_nothing_in_it_names_its_fields(
    worker: WorkerMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    wang = worker("Wang", LUXUN_PARK)
    client = logged_in(person(Role.DUTY_MANAGER, division="210102"))
    for name in ("rota-note", "rota-place"):
        answer = client.post(reverse(name, args=[wang.pk]), {})
        assert answer.status_code == 400
        assert b'class="error"' in answer.content


@pytest.mark.django_db
def test_a_page_of_many_asks_no_more_than_one_of_few(
    worker: WorkerMaker, person: PersonMaker, logged_in: LogIn
) -> None:
    client = logged_in(person(Role.DUTY_MANAGER, division="210102"))
    for n in range(30):
        worker(f"w{n:02}", LUXUN_PARK)
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse("rota"))
    assert len(statements(asked, "django_session", 'accounts_user" WHERE')) <= 8


def test_days_begin_at_midnight_of_the_city() -> None:
    assert duty.midnight(MONDAY) == datetime(2026, 11, 29, 16, tzinfo=UTC)
