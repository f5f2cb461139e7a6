"""The topic of the month: written at the desk, read by all; no count tells of one person."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from incidents import topics_demo
from incidents.models import Incident, Outcome, Status, Topic, TopicPost
from maps.topics import of_all, of_counties, progress
from maps.withheld import tells, withheld_together
from tests.conftest import DADONG_GATE, LUXUN_PARK, IncidentMaker, PersonMaker

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


@pytest.fixture
def manager(person: PersonMaker, logged_in: LogIn) -> Client:
    return logged_in(person(Role.DUTY_MANAGER, "210100"))


def written(**more: Any) -> dict[str, Any]:
    today = timezone.localdate() - timedelta(days=1)
    return {
        "slug": "roads",
        "title_zh": "修好路",
        "title_en": "Mend the roads",
        "purpose_zh": "集中修补",
        "purpose_en": "All together",
        "categories": ["pothole", "street-light"],
        "divisions": "210102",
        "starts": f"{today:%Y-%m-%d}",
        "ends": f"{today + timedelta(days=30):%Y-%m-%d}",
        "baseline": "40",
    } | more


def yesterday(*found: Incident) -> None:
    """Counted is what was taken in to the end of yesterday."""
    numbers = [each.pk for each in found]
    Incident.objects.filter(pk__in=numbers).update(created_at=timezone.now() - timedelta(days=1))


def solved(*found: Incident) -> None:
    numbers = [each.pk for each in found]
    Incident.objects.filter(pk__in=numbers).update(status=Status.CLOSED, outcome=Outcome.SOLVED)


def test_the_desk_writes_and_everybody_reads(manager: Client, web: Client) -> None:
    assert manager.post("/topics/desk/new", written()).status_code == 302
    manager.post("/topics/desk/roads/post", {"text_zh": "本周开工", "text_en": "Work begins"})
    shown = web.get("/topics/roads").content.decode()
    assert "修好路" in shown
    assert "本周开工" in shown
    assert "40" in shown
    english = web.get("/topics/roads", headers={"Accept-Language": "en"}).content.decode()
    assert "Mend the roads" in english
    assert "Work begins" in english


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title_zh": ""}, "title_zh"),
        ({"purpose_en": "x" * 1001}, "purpose_en"),
        ({"categories": []}, "categories"),
        ({"categories": ["pothole", "none-such"]}, "categories"),
        ({"divisions": "210102 999999"}, "divisions"),
        ({"starts": "soon"}, "starts"),
        ({"ends": "2020-01-01"}, "ends"),
        ({"baseline": "-1"}, "baseline"),
        ({"slug": "../x"}, "slug"),
    ],
)
def test_what_is_wrong_is_said_by_its_field_and_nothing_is_kept(
    manager: Client, wrong: dict[str, Any], field: str
) -> None:
    answer = manager.post("/topics/desk/new", written(**wrong))
    assert answer.status_code == 400
    assert f'id="e-{field}"' in answer.content.decode()
    assert not Topic.objects.exists()


def test_two_topics_have_two_names(manager: Client) -> None:
    manager.post("/topics/desk/new", written())
    assert manager.post("/topics/desk/new", written()).status_code == 400
    assert Topic.objects.count() == 1


def test_a_change_is_noted_and_nothing_said_is_changed(manager: Client, web: Client) -> None:
    manager.post("/topics/desk/new", written())
    manager.post("/topics/desk/roads/", written(title_zh="修好家门口的路"))
    assert "修好路 → 修好家门口的路" in manager.get("/topics/desk/roads/").content.decode()
    assert "→" not in web.get("/topics/roads").content.decode()
    with pytest.raises(IntegrityError), transaction.atomic():
        TopicPost.objects.update(text_zh="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        TopicPost.objects.all().delete()


def test_before_its_first_day_it_is_not_public(manager: Client, web: Client) -> None:
    begins = timezone.localdate() + timedelta(days=1)
    manager.post("/topics/desk/new", written(starts=f"{begins:%Y-%m-%d}"))
    assert web.get("/topics/roads").status_code == 404
    assert "修好路" not in web.get("/topics").content.decode()


def test_the_baseline_is_counted_where_nobody_gives_one(
    manager: Client, incident: IncidentMaker
) -> None:
    for place, category in (
        (LUXUN_PARK, "pothole"),
        (DADONG_GATE, "pothole"),
        (LUXUN_PARK, "rubble"),
    ):
        incident(place, category)
    manager.post("/topics/desk/new", written(baseline=""))
    assert Topic.objects.get().baseline == 1


def test_it_counts_its_class_in_its_places_while_it_runs(
    manager: Client, incident: IncidentMaker
) -> None:
    own = [incident(LUXUN_PARK, "pothole") for _n in range(7)]
    solved(*own[:4])
    others = [
        incident(LUXUN_PARK, "rubble"),
        incident(DADONG_GATE, "pothole"),
        incident(LUXUN_PARK, "pothole", kind="wrongdoing"),
        incident(LUXUN_PARK, "pothole", confidential=True),
    ]
    yesterday(*own, *others)
    incident(LUXUN_PARK, "pothole")
    early = incident(LUXUN_PARK, "pothole")
    Incident.objects.filter(pk=early.pk).update(created_at=timezone.now() - timedelta(days=3))
    manager.post("/topics/desk/new", written())
    total, counties = progress(Topic.objects.get())
    assert (total.taken, total.solved, total.open) == (7, 4, 3)
    assert [(each.name, each.taken, each.solved) for each in counties] == [("和平区", 7, 4)]


def test_counts_below_three_are_withheld(
    manager: Client, web: Client, incident: IncidentMaker
) -> None:
    yesterday(*(incident(LUXUN_PARK, "pothole") for _n in range(2)))
    yesterday(*(incident(DADONG_GATE, "pothole") for _n in range(5)))
    manager.post("/topics/desk/new", written(divisions=""))
    total, counties = progress(Topic.objects.get())
    assert total.taken == 7
    # Heping's two are a gap; Dadong's five would tell it by the total.
    assert [each.taken for each in counties] == [None, None]
    shown = web.get("/topics/roads").content.decode()
    assert "和平区 · 大东区" in shown


def test_what_is_withheld_is_no_remainder() -> None:
    total = of_all({"taken_in": 10, "solved": 8, "open": 2})
    assert (total.taken, total.solved, total.open) == (10, 8, None)
    rows = {
        "a": {"taken_in": 40, "solved": 38, "open": 2},
        "b": {"taken_in": 50, "solved": 30, "open": 20},
        "c": {"taken_in": 60, "solved": 31, "open": 29},
    }
    lines = {each.name: each for each in of_counties(rows, {})}
    assert lines["a"].taken == 40
    assert (lines["a"].solved, lines["a"].open) == (None, None)
    # One gap alone would be told by the totals: another goes with it.
    assert (lines["b"].solved, lines["b"].open) == (None, None)
    assert (lines["c"].solved, lines["c"].open) == (31, 29)
    assert lines["c"].percent == 52


def test_where_everything_is_solved_there_is_nobody_to_hide() -> None:
    total = of_all({"taken_in": 10, "solved": 10, "open": 0})
    assert (total.solved, total.open) == (10, 0)
    rows = {name: {"taken_in": n, "solved": n, "open": 0} for name, n in (("a", 4), ("b", 6))}
    assert [(each.solved, each.open) for each in of_counties(rows, {})] == [(4, 0), (6, 0)]


def test_rows_are_withheld_until_no_total_tells() -> None:
    columns = [{"a": 1, "b": 9, "c": 5}, {"a": 7, "b": 8, "c": 3}]
    hidden = withheld_together(columns, set())
    assert hidden == {"a", "c"}
    assert not any(tells(hidden, column) for column in columns)


def test_the_demo_has_one_topic_and_says_so(web: Client, incident: IncidentMaker) -> None:
    assert (topics_demo.load(), topics_demo.load()) == (1, 1)
    assert "仅为演示" in web.get(f"/topics/{topics_demo.SLUG}").content.decode()
