"""Who guesses passwords is locked out, by account and by address, whatever headers he writes."""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from ipaddress import IPv6Address
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone, translation
from pytest_django import Settings

from accounts import lockout
from accounts.models import LogInTries, User
from accounts.roles import Role
from tests.conftest import Answer, PersonMaker

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
PASSWORD, LOG_IN = "correct-horse-1", "/accounts/login/"
TRIES = 10


@pytest.fixture(autouse=True)
def quick_hashes(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def operator(person: PersonMaker) -> User:
    made = person(Role.OPERATOR, "210100")
    made.set_password(PASSWORD)
    made.save()
    return made


def try_in(web: Client, name: str, password: str, **more: Any) -> Answer:
    with translation.override("en"):
        return web.post(
            LOG_IN, {"login": name, "password": password}, headers={"accept-language": "en"}, **more
        )


def said(answer: Answer) -> str:
    return " ".join(answer.context["form"].non_field_errors()) if answer.context else ""


def fail(web: Client, name: str, times: int = TRIES) -> None:
    for _n in range(times):
        assert "Too many" not in said(try_in(web, name, "wrong"))


def test_the_right_password_is_refused_during_the_lock(web: Client, operator: User) -> None:
    fail(web, operator.username)
    answer = try_in(web, operator.username, PASSWORD)
    assert answer.status_code == 200
    assert said(answer) == "Too many failed tries. Please try again in 15 min."


def test_a_name_that_does_not_exist_is_locked_with_the_same_words(
    web: Client, operator: User
) -> None:
    nobody = f"nobody-{secrets.token_hex(4)}"
    for name in (operator.username, nobody):
        fail(web, name)
    told = {said(try_in(web, name, "wrong")) for name in (operator.username, nobody)}
    assert len(told) == 1
    assert nobody not in " ".join(LogInTries.objects.values_list("name", flat=True))


@pytest.mark.parametrize(
    "spell", [str.upper, str.title, " {} ".format, lambda s: s.replace("i", "ı")]
)
def test_another_spelling_is_the_same_account(
    web: Client, operator: User, spell: Callable[[str], str]
) -> None:
    fail(web, spell(operator.username))
    assert "Too many" in said(try_in(web, operator.username, PASSWORD))


def test_another_address_does_not_help(web: Client, operator: User) -> None:
    fail(web, operator.username)
    assert "Too many" in said(try_in(web, operator.username, PASSWORD, REMOTE_ADDR="203.0.113.77"))


def test_the_lock_ends_with_its_time(web: Client, operator: User) -> None:
    fail(web, operator.username)
    LogInTries.objects.update(ends=timezone.now() - timedelta(seconds=1))
    assert try_in(web, operator.username, PASSWORD).status_code == 302


def test_a_success_clears_the_account(web: Client, operator: User) -> None:
    fail(web, operator.username, TRIES - 1)
    assert try_in(web, operator.username, PASSWORD).status_code == 302
    web.logout()
    fail(web, operator.username, TRIES - 1)
    assert try_in(web, operator.username, PASSWORD).status_code == 302


def test_an_address_that_tries_many_names_is_locked(
    web: Client, operator: User, settings: Settings
) -> None:
    settings.LOGIN_TRIES_ADDRESS = 20
    for n in range(20):
        try_in(web, f"name-{n}", "wrong", HTTP_X_FORWARDED_FOR=f"203.0.113.{n}")
    forged = {"HTTP_X_FORWARDED_FOR": "198.51.100.9"}
    assert "Too many" in said(try_in(web, operator.username, PASSWORD, **forged))


def test_log_ins_that_succeed_do_not_use_up_an_office_s_address(
    web: Client, operator: User, settings: Settings
) -> None:
    settings.LOGIN_TRIES_ADDRESS = 3
    for _n in range(5):
        assert try_in(web, operator.username, PASSWORD).status_code == 302
        web.logout()


def test_ipv6_is_locked_by_its_64(operator: User, settings: Settings) -> None:
    settings.LOGIN_TRIES_ADDRESS = 5
    network, web = secrets.randbits(64) << 64, Client()
    for n in range(5):
        try_in(web, f"name-{n}", "wrong", REMOTE_ADDR=str(IPv6Address(network + n)))
    locked = try_in(web, operator.username, PASSWORD, REMOTE_ADDR=str(IPv6Address(network + 99)))
    assert "Too many" in said(locked)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("proxies", [0, 1])
def test_fifty_at_once_get_exactly_ten(
    web: Client, operator: User, settings: Settings, proxies: int
) -> None:
    """Whatever each of them writes in front of what our proxy adds."""
    settings.TRUSTED_PROXIES = proxies
    address = str(web.defaults["REMOTE_ADDR"])
    web.handler.load_middleware()  # once, not in each thread

    def guess(n: int) -> bool:
        forged = f"203.0.113.{n}" + f", {address}" * proxies
        try:
            answer = try_in(
                Client(REMOTE_ADDR=address), operator.username, "wrong", HTTP_X_FORWARDED_FOR=forged
            )
            return b"Too many" in answer.content
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as pool:
        assert sorted(pool.map(guess, range(50))) == [False] * TRIES + [True] * 40
    names = LogInTries.objects.filter(name__startswith="address:").values_list("name", flat=True)
    assert list(names) == [f"address:{address}"]
    assert "Too many" in said(try_in(web, operator.username, PASSWORD))


def test_the_admin_s_log_in_is_the_same(web: Client, operator: User) -> None:
    page = web.get("/admin/login/?next=/admin/accounts/unit/")
    assert page.headers["Location"] == "/accounts/login/?next=%2Fadmin%2Faccounts%2Funit%2F"
    posted = web.post("/admin/login/", {"username": operator.username, "password": PASSWORD})
    assert posted.status_code == 302
    assert web.get("/home").headers["Location"].startswith(LOG_IN)
    assert web.get("/admin/password_change/").headers["Location"] == "/accounts/password/change/"


def test_who_is_in_and_may_not_enter_the_admin_is_refused(operator: User, logged_in: LogIn) -> None:
    assert logged_in(operator).get("/admin/", follow=True).status_code == 403


def test_the_old_password_is_a_door_as_well(operator: User, logged_in: LogIn) -> None:
    browser = logged_in(operator)
    form = {"oldpassword": "wrong", "password1": "another-horse-1", "password2": "another-horse-1"}
    for _n in range(TRIES):
        assert browser.post("/accounts/password/change/", form).status_code == 200
    answer = browser.post("/accounts/password/change/", form | {"oldpassword": PASSWORD})
    assert answer.status_code == 200
    lockout.lift(lockout.account_name(operator.username))
    assert (
        browser.post("/accounts/password/change/", form | {"oldpassword": PASSWORD}).status_code
        == 302
    )
    assert browser.get("/home").headers["Location"].startswith(LOG_IN)  # logs in anew


def test_asking_again_is_a_door_as_well(operator: User, logged_in: LogIn) -> None:
    browser = logged_in(operator)
    for _n in range(TRIES):
        browser.post("/accounts/reauthenticate/", {"password": "wrong"})
    assert browser.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 200


def test_a_closed_account_looks_like_a_wrong_password(web: Client, operator: User) -> None:
    User.objects.filter(pk=operator.pk).update(is_active=False)
    closed = said(try_in(web, operator.username, PASSWORD))
    assert closed
    assert closed == said(try_in(web, "nobody-at-all", PASSWORD))


def test_an_administrator_sees_and_lifts_locks(web: Client, operator: User) -> None:
    fail(web, operator.username)
    listed, lifted = StringIO(), StringIO()
    call_command("locks", stdout=listed)
    line = next(each for each in listed.getvalue().splitlines() if operator.username in each)
    assert line.startswith("locked")
    call_command("locks", "--lift", operator.username, stdout=lifted)
    assert try_in(web, operator.username, PASSWORD).status_code == 302


def test_the_admin_lifts_locks_too(
    web: Client, operator: User, person: PersonMaker, logged_in: LogIn
) -> None:
    fail(web, operator.username)
    boss = person(Role.ADMINISTRATOR)
    boss.is_staff = boss.is_superuser = True
    boss.save()
    form = {"action": "lift_locks", "_selected_action": [operator.pk]}
    assert logged_in(boss).post("/admin/accounts/user/", form).status_code == 302
    assert try_in(web, operator.username, PASSWORD).status_code == 302


def test_counts_are_forgotten_after_their_time(web: Client, operator: User) -> None:
    fail(web, operator.username, 1)
    LogInTries.objects.update(ends=timezone.now() - timedelta(seconds=1))
    try_in(web, "somebody-else", "wrong")
    assert lockout.forget() >= 1
    assert LogInTries.objects.filter(name=lockout.account_name("somebody-else")).exists()


@pytest.mark.parametrize(
    "page",
    [
        "signup/",
        "email/",
        "password/reset/",
        "password/set/",
        "confirm-email/",
        "inactive/",
        "login/code/confirm/",
        "3rdparty/",
    ],
)
def test_pages_that_make_no_sense_here_are_not_there(web: Client, page: str) -> None:
    assert web.get(f"/accounts/{page}").status_code == 404
