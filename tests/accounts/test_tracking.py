"""Who changed rights, units, categories and the catalogue: kept by triggers, read in the admin."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, transaction
from django.test import Client

from accounts.models import Unit, User
from accounts.roles import Role
from dispatch.models import Rule
from incidents import vault
from incidents.models import Category, Complainant
from tests.conftest import PersonMaker, Town

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


@pytest.fixture
def administrator(person: PersonMaker) -> User:
    found = person(Role.ADMINISTRATOR)
    found.is_staff = found.is_superuser = True
    found.save()
    return found


def kept(thing: Any) -> list[Any]:
    return list(thing.changes.order_by("pgh_id"))


def test_rights_given_and_taken_are_kept(person: PersonMaker, town: Town) -> None:
    somebody = person(Role.OPERATOR, "210100")
    User.objects.filter(pk=somebody.pk).update(role=Role.DISPATCHER)  # past every save()
    User.objects.filter(pk=somebody.pk).update(unit=town.office, is_staff=True)
    User.objects.filter(pk=somebody.pk).update(is_active=False)
    assert [(e.pgh_label, e.role, e.unit_id, e.is_staff, e.is_active) for e in kept(somebody)] == [
        ("insert", "operator", None, False, True),
        ("update", "dispatcher", None, False, True),
        ("update", "dispatcher", town.office.pk, True, True),
        ("update", "dispatcher", town.office.pk, True, False),
    ]


def test_a_log_in_and_a_password_are_no_change(person: PersonMaker, logged_in: LogIn) -> None:
    somebody = person(Role.OPERATOR, "210100")
    somebody.set_password("another-one-12345")
    somebody.save()
    logged_in(somebody)
    assert [event.pgh_label for event in kept(somebody)] == ["insert"]
    assert "password" not in {field.name for field in kept(somebody)[0]._meta.fields}


def test_units_categories_and_rules_are_kept(town: Town) -> None:
    Unit.objects.filter(pk=town.office.pk).update(name="太原街办事处")
    Category.objects.filter(code="pothole").update(limit=5)
    rule = Rule.objects.get(category="exposed-garbage")
    rule.unit = town.heping
    rule.save()
    assert kept(town.office)[-1].name == "太原街办事处"
    assert kept(Category.objects.get(code="pothole"))[-1].limit == 5
    assert kept(rule)[-1].unit_id == town.heping.pk
    pk = rule.pk
    rule.delete()
    event = apps.get_model("dispatch", "RuleEvent").objects.filter(pgh_obj_id=pk).latest("pgh_id")
    assert (event.pgh_label, event.unit_id) == ("delete", town.heping.pk)


def test_the_vault_keeps_its_changes_and_nobody_s_identity() -> None:
    who = vault.keep(name="王芳", phone="13812345678")
    assert kept(who) == []
    Complainant.objects.filter(pk=who.pk).update(masked_name="李*")  # an edit by hand
    assert [event.pgh_label for event in kept(who)] == ["update"]
    names = {field.name for field in kept(who)[0]._meta.fields if field.name[:4] != "pgh_"}
    assert names == {"key_id", "language", "created_at", "erased_at"}


def test_what_is_kept_cannot_be_changed(person: PersonMaker) -> None:
    event = kept(person(Role.OPERATOR))[0]
    with pytest.raises(DatabaseError), transaction.atomic():
        type(event).objects.filter(pk=event.pk).update(role="administrator")
    with pytest.raises(DatabaseError), transaction.atomic():
        event.delete()


def test_the_page_and_the_person_are_kept_and_shown_in_the_admin(
    administrator: User, person: PersonMaker, logged_in: LogIn
) -> None:
    client, somebody = logged_in(administrator), person(Role.OPERATOR, "210100")
    page = f"/admin/accounts/user/{somebody.pk}/change/"
    form = {"username": somebody.username, "name": "林晓", "role": "dispatcher", "is_active": "on"}
    answer = client.post(page, form)
    assert answer.status_code == 302, answer.content.decode()
    event = kept(somebody)[-1]
    assert (event.role, event.pgh_context["user"]) == ("dispatcher", administrator.pk)
    assert event.pgh_context["url"] == page
    history = client.get(f"/admin/accounts/user/{somebody.pk}/history/").content.decode()
    assert administrator.username in history
    assert "话务员 → 派单员" in history


@pytest.mark.parametrize(
    "page",
    [
        "accounts/unit/{unit}/history/",
        "incidents/category/pothole/history/",
        "incidents/category/pothole/change/",
        "incidents/category/",
        "incidents/complainantevent/",
        "dispatch/rule/",
        "dispatch/rule/{rule}/history/",
        "accounts/user/{user}/history/",
    ],
)
def test_the_admin_s_pages_open(
    administrator: User, logged_in: LogIn, town: Town, page: str
) -> None:
    rule = Rule.objects.earliest("pk")
    address = page.format(unit=town.office.pk, rule=rule.pk, user=administrator.pk)
    assert logged_in(administrator).get(f"/admin/{address}").status_code == 200


def test_history_is_the_administrator_s(person: PersonMaker, logged_in: LogIn, town: Town) -> None:
    client = logged_in(person(Role.DUTY_MANAGER, "210100"))
    assert client.get(f"/admin/accounts/unit/{town.office.pk}/history/").status_code == 403


def test_the_admin_has_no_report(administrator: User, logged_in: LogIn) -> None:
    page = logged_in(administrator).get("/admin/").content.decode()
    for word in ("report/", "/incident/", "/complainant/", "/event/", "/media/"):
        assert f"incidents/{word.strip('/')}/" not in page
