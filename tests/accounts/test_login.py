"""Whose session lasts, and what ends it: every change of rights, by whatever way it comes."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.roles import Role
from tests.conftest import PersonMaker, Town, statements

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
Change = Callable[[User], object]


def is_in(client: Client) -> bool:
    """Whether a page for people who are logged in opens, or leads to the log-in."""
    where = client.get("/home").headers["Location"]
    return not where.startswith("/accounts/login/")


def by_save(user: User) -> None:
    user.role = Role.INSPECTOR
    user.save()


def by_sql(user: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET role = 'inspector' WHERE id = %s", [user.pk])


def by_password(user: User) -> None:
    user.set_password("another-secret-1")
    user.save(update_fields=["password"])


def update(**fields: object) -> Change:
    return lambda user: User.objects.filter(pk=user.pk).update(**fields)


CHANGES: dict[str, Change] = {
    "role by save": by_save,
    "role by update": update(role=Role.INSPECTOR),
    "role by SQL": by_sql,
    "jurisdiction": update(division_id="210102"),
    "no jurisdiction": update(division_id=None),
    "deactivated": update(is_active=False),
    "staff": update(is_staff=True),
    "superuser": update(is_superuser=True),
    "password": by_password,
    "password by update": update(password="pbkdf2_sha256$1$salt$nothing"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_of_rights_ends_every_session(
    person: PersonMaker, logged_in: LogIn, change: Change
) -> None:
    dispatcher, other = person(Role.DISPATCHER, "210100"), person(Role.DISPATCHER, "210100")
    phone, desk, theirs = logged_in(dispatcher), logged_in(dispatcher), logged_in(other)
    assert is_in(phone)
    change(dispatcher)
    assert not is_in(phone)
    assert not is_in(desk)
    assert is_in(theirs)


def test_another_unit_ends_the_session(person: PersonMaker, logged_in: LogIn, town: Town) -> None:
    liaison = person(Role.UNIT_LIAISON, unit=town.heping)
    browser = logged_in(liaison)
    User.objects.filter(pk=liaison.pk).update(unit=town.dadong)
    assert not is_in(browser)


def test_the_api_refuses_a_session_that_ended(person: PersonMaker, logged_in: LogIn) -> None:
    dispatcher = person(Role.DISPATCHER, "210100")
    browser = logged_in(dispatcher)
    assert browser.get("/api/incidents.geojson").status_code == 200
    by_sql(dispatcher)
    assert browser.get("/api/incidents.geojson").status_code in {401, 403}


def test_rights_given_back_do_not_bring_the_session_back(
    person: PersonMaker, logged_in: LogIn
) -> None:
    dispatcher = person(Role.DISPATCHER, "210100")
    browser = logged_in(dispatcher)
    update(is_active=False)(dispatcher)
    dispatcher.save()  # read before: it still says active, and the version of then
    dispatcher.refresh_from_db()
    assert dispatcher.is_active
    assert not is_in(browser)


def test_what_is_no_right_ends_nothing(person: PersonMaker, logged_in: LogIn) -> None:
    dispatcher = person(Role.DISPATCHER, "210100")
    browser = logged_in(dispatcher)
    update(name="林晓", email="lin@example.org")(dispatcher)
    update(role=Role.DISPATCHER)(dispatcher)  # as it was
    logged_in(dispatcher)  # elsewhere as well
    assert is_in(browser)


def test_who_changed_is_in_again_after_a_new_log_in(person: PersonMaker, logged_in: LogIn) -> None:
    dispatcher = person(Role.DISPATCHER, "210100")
    by_save(dispatcher)
    assert is_in(logged_in(dispatcher))


def test_the_check_asks_nothing_more(person: PersonMaker, logged_in: LogIn) -> None:
    """One statement for the session, one for the user: as it was before."""
    browser = logged_in(person(Role.DISPATCHER, "210100"))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert is_in(browser)
    assert len(statements(asked)) == 2
