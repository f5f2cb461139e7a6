"""What the fixtures give, and what an administrator has made of it since."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents import reference
from incidents.models import AlarmWord, Category, ServiceField, Shipped, TimeLimit
from tests.conftest import Town, statements

pytestmark = pytest.mark.django_db
Edition = Callable[[str, str, str], None]
WRITES = ("INSERT", "UPDATE", "DELETE")


@pytest.fixture(autouse=True)
def loaded(town: Town) -> None:
    """The town has loaded the fixtures once."""


@pytest.fixture
def edition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Edition:
    """`edition("categories.csv", before, after)`: the next edition of a file differs so."""
    for path in reference.FIXTURES.glob("*.csv"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(reference, "FIXTURES", tmp_path)

    def change(file: str, before: str, after: str) -> None:
        text = (tmp_path / file).read_text(encoding="utf-8")
        assert before in text
        (tmp_path / file).write_text(text.replace(before, after), encoding="utf-8")

    return change


def category(code: str) -> Category:
    return Category.objects.get(pk=code)


def as_before_anything_was_remembered() -> None:
    """What a former version has left: rows, and no memory of what was given."""
    Shipped.objects.all().delete()


def test_the_first_load_is_the_fixtures() -> None:
    given = {row["code"]: row for row in reference.rows("categories.csv")}
    assert set(Category.objects.values_list("code", flat=True)) == set(given)
    assert ServiceField.objects.count() == 15
    for found in Category.objects.all():
        row = given[found.code]
        assert (found.name_zh, str(found.limit or ""), found.alarm) == (
            row["name_zh"], row["limit"], row["alarm"],
        )  # fmt: skip
        assert found.is_essential == bool(row["is_essential"])


def test_what_the_administrator_changed_survives_every_start() -> None:
    Category.objects.filter(pk="pothole").update(limit=5, name_zh="坑洞", is_active=False)
    Category.objects.filter(pk="gas-smell").update(alarm="", words=["煤气"])
    AlarmWord.objects.filter(pk="被困").update(call="120")
    AlarmWord.objects.filter(pk="打人").delete()
    TimeLimit.objects.filter(urgency="danger").update(limit=1)
    ServiceField.objects.filter(pk="roads").update(icon="R")
    reference.load()
    reference.load()
    pothole = category("pothole")
    assert (pothole.limit, pothole.name_zh, pothole.is_active) == (5, "坑洞", False)
    assert (category("gas-smell").alarm, category("gas-smell").words) == ("", ["煤气"])
    assert AlarmWord.objects.get(pk="被困").call == "120"
    assert not AlarmWord.objects.filter(pk="打人").exists()
    assert TimeLimit.objects.get(urgency="danger").limit == 1
    assert ServiceField.objects.get(pk="roads").icon == "R"


def test_what_the_administrator_made_is_not_retired() -> None:
    Category.objects.create(code="sinkhole", field_id="roads", position=99, name_zh="塌陷")
    AlarmWord.objects.create(word="塌陷", call="119")
    reference.load()
    assert category("sinkhole").is_active
    assert AlarmWord.objects.filter(pk="塌陷").exists()


def test_a_new_edition_reaches_what_nobody_touched(edition: Edition) -> None:
    Category.objects.filter(pk="pothole").update(name_zh="坑洞")
    edition("categories.csv", "路面坑洼,Pothole,3,d", "路面坑槽,Potholes,2,d")
    reference.load()
    pothole = category("pothole")
    assert (pothole.name_zh, pothole.name_en, pothole.limit) == ("坑洞", "Potholes", 2)
    edition("categories.csv", "路面坑槽,Potholes", "路面破损,Potholes")
    reference.load()
    assert category("pothole").name_zh == "坑洞"


def test_a_limit_and_its_unit_stay_together(edition: Edition) -> None:
    Category.objects.filter(pk="pothole").update(limit=5)
    edition("categories.csv", "Pothole,3,d", "Pothole,,")
    reference.load()
    assert (category("pothole").limit, category("pothole").limit_unit) == (5, "d")


def test_a_category_new_in_the_fixtures_is_added(edition: Edition) -> None:
    line = "roads,pothole,"
    edition("categories.csv", line, f"roads,sinkhole,路面塌陷,Sinkhole,2,h,,1,,,119\n{line}")
    reference.load()
    sinkhole = category("sinkhole")
    assert (sinkhole.limit, sinkhole.alarm, sinkhole.is_active) == (2, "119", True)


def test_a_category_no_longer_listed_is_retired_and_comes_back(edition: Edition) -> None:
    line = "roads,pothole,路面坑洼,Pothole,3,d,,,,,,1\n"
    edition("categories.csv", line, "")
    reference.load()
    assert not category("pothole").is_active
    edition("categories.csv", "roads,street-light", f"{line}roads,street-light")
    reference.load()
    assert category("pothole").is_active


def test_one_kept_in_use_by_hand_is_not_retired_again(edition: Edition) -> None:
    edition("categories.csv", "roads,pothole,路面坑洼,Pothole,3,d,,,,,,1\n", "")
    reference.load()
    Category.objects.filter(pk="pothole").update(is_active=True)
    reference.load()
    assert category("pothole").is_active


def test_loading_the_same_again_writes_nothing() -> None:
    events = [apps.get_model("incidents", f"{name}Event") for name in
              ("ServiceField", "Category", "TimeLimit", "AlarmWord")]  # fmt: skip
    before = [event.objects.count() for event in events]
    with CaptureQueriesContext(connection) as asked:
        reference.load()
    assert [sql for sql in statements(asked) if sql.startswith(WRITES)] == []
    assert [event.objects.count() for event in events] == before
    assert len(statements(asked)) <= 10


def test_an_installation_of_before_keeps_its_changes_and_gets_the_new_columns() -> None:
    as_before_anything_was_remembered()
    Category.objects.update(alarm="", is_essential=False, words=[])
    Category.objects.filter(pk="pothole").update(limit=5, words=["坑"])
    reference.load()
    essential = {row["code"] for row in reference.rows("categories.csv") if row["is_essential"]}
    assert set(filtered(is_essential=True)) == essential
    assert list(filtered(alarm="119")) == ["gas-smell"]
    assert (category("pothole").limit, category("pothole").words) == (5, ["坑"])
    assert "垃圾" in category("exposed-garbage").words


def test_from_then_on_its_empty_columns_are_a_choice() -> None:
    as_before_anything_was_remembered()
    reference.load()
    Category.objects.filter(pk="gas-smell").update(alarm="")
    reference.load()
    assert category("gas-smell").alarm == ""


def filtered(**asked: Any) -> Any:
    return Category.objects.filter(**asked).values_list("code", flat=True)
