"""The register of firms in the administration: searched by name and code, counted only so far."""

import pytest
from django.contrib.admin import site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from enterprises.admin import Capped
from enterprises.models import Firm
from tests.conftest import PersonMaker
from tests.enterprises.conftest import FirmMaker, LogIn, code_of

pytestmark = pytest.mark.django_db
REGISTER = "/admin/enterprises/firm/"


@pytest.fixture
def register(person: PersonMaker, logged_in: LogIn) -> Client:
    somebody = person(Role.ADMINISTRATOR)
    somebody.is_staff = True
    somebody.save()
    return logged_in(somebody)


@pytest.mark.parametrize(
    ("asked", "found"),
    [("机床", ["沈阳第一机床厂"]), ("91210102", ["沈阳第一机床厂", "鲁迅饭店"]),
     ("水泥", []), ("沈阳 机床", ["沈阳第一机床厂"]), ("x\0", [])],
)  # fmt: skip
def test_it_is_searched_by_two_characters_and_by_code(
    register: Client, firm: FirmMaker, asked: str, found: list[str]
) -> None:
    firm("沈阳第一机床厂")
    firm("鲁迅饭店")
    page = register.get(REGISTER, {"q": asked}).content.decode()
    assert [name for name in ("沈阳第一机床厂", "鲁迅饭店") if name in page] == found


def test_the_search_is_a_condition_of_the_register_and_no_set_of_keys(
    register: Client, firm: FirmMaker
) -> None:
    firm("沈阳第一机床厂")
    with CaptureQueriesContext(connection) as asked:
        register.get(REGISTER, {"q": "机床"})
    searches = [each["sql"] for each in asked.captured_queries if "tsquery" in str(each["sql"])]
    assert searches
    assert not any(" IN (SELECT" in str(sql) for sql in searches)


def test_it_counts_no_further_than_anybody_turns_pages(
    firm: FirmMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    Firm.objects.bulk_create(
        Firm(code=code_of(n), name="机床", sector="C", size="small", division_id="210102001001")
        for n in range(7)
    )
    monkeypatch.setattr(Capped, "MOST", 5)
    pages = Capped(Firm.objects.order_by("pk"), 2)
    assert (pages.count, pages.num_pages) == (5, 3)
    assert site.get_model_admin(Firm).paginator is Capped
