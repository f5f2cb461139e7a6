"""A code besides the password: set up, asked for, used once, required of staff, taken away."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.apps import apps
from django.conf import settings as live_settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import second_factor
from accounts.keys import keyring
from accounts.models import ApiKey, LogInTries, User
from accounts.roles import Role
from maps import news
from tests.conftest import Answer, PersonMaker

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
PASSWORD, LOG_IN, CODE = "correct-horse-1", "/accounts/login/", "/accounts/2fa/authenticate/"
SET_UP, RECOVERY = "/accounts/2fa/totp/activate/", "/accounts/2fa/recovery-codes/"


@pytest.fixture(autouse=True)
def quick_hashes(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def operator(person: PersonMaker) -> User:
    made = person(Role.OPERATOR, "210100")
    made.set_password(PASSWORD)
    made.save()
    return made


def log_in(web: Client, user: User) -> Answer:
    return web.post(LOG_IN, {"login": user.username, "password": PASSWORD})


def code(secret: str, later: int = 0) -> str:
    """What the app shows now, or some half-minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + later))


def secret_of(user: User) -> str:
    return str(decrypt(Authenticator.objects.get(user=user, type="totp").data["secret"]))


def set_up(web: Client, user: User) -> list[str]:
    """Log in, set it up; the recovery codes. Its use is forgotten: tests are quicker than codes."""
    log_in(web, user)
    page = web.get(SET_UP).content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    found = re.search(r'class="code">([A-Z2-7]{32})<', page)
    assert found
    answer = web.post(SET_UP, {"code": code(found[1])})
    assert (answer.status_code, answer.headers["Location"]) == (302, RECOVERY)
    codes = re.findall(r'class="code">(\d{8})<', web.get(RECOVERY).content.decode())
    assert len(codes) == 10
    forget_use(user)
    return codes


def forget_use(user: User) -> None:
    factor = Authenticator.objects.get(user=user, type="totp")
    factor.data.pop("last", None)
    factor.save()


def is_in(web: Client) -> bool:
    where = web.get("/home").headers["Location"]
    return not where.startswith("/accounts/")


def test_a_log_in_with_a_code(web: Client, operator: User) -> None:
    set_up(web, operator)
    assert is_in(web)
    again = Client()
    assert log_in(again, operator).headers["Location"] == CODE
    assert not is_in(again)
    again.post(CODE, {"code": code(secret_of(operator))})
    assert is_in(again)


def test_a_wrong_code_does_not_open(web: Client, operator: User) -> None:
    set_up(web, operator)
    again = Client()
    log_in(again, operator)
    right = code(secret_of(operator))
    for wrong in (f"{(int(right) + 1) % 10**6:06}", "", "abc", "１２３４５６", "9" * 5000):
        assert again.post(CODE, {"code": wrong}).status_code == 200
    assert not is_in(again)


def test_a_code_opens_once(web: Client, operator: User) -> None:
    set_up(web, operator)
    first, second = Client(), Client()
    seen = code(secret_of(operator))
    log_in(first, operator)
    first.post(CODE, {"code": seen})
    assert is_in(first)
    log_in(second, operator)
    assert second.post(CODE, {"code": seen}).status_code == 200
    assert not is_in(second)
    second.post(CODE, {"code": code(secret_of(operator), later=1)})  # its clock is a little ahead
    assert is_in(second)


@pytest.mark.django_db(transaction=True)
def test_a_code_opens_once_for_ten_at_once(web: Client, operator: User) -> None:
    set_up(web, operator)
    seen = code(secret_of(operator))

    def give(_n: int) -> bool:
        try:
            return second_factor.use(operator, seen) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(give, range(10))) == 1


def test_the_code_of_the_set_up_opens_nothing(web: Client, operator: User) -> None:
    log_in(web, operator)
    secret = web.get(SET_UP).context["form"].secret
    web.post(SET_UP, {"code": code(secret)})
    again = Client()
    log_in(again, operator)
    again.post(CODE, {"code": code(secret, later=-1)})
    assert not is_in(again)


def test_a_recovery_code_opens_once(web: Client, operator: User) -> None:
    codes = set_up(web, operator)
    first, second = Client(), Client()
    log_in(first, operator)
    first.post(CODE, {"code": codes[3]})
    assert is_in(first)
    log_in(second, operator)
    second.post(CODE, {"code": codes[3]})
    assert not is_in(second)
    second.post(CODE, {"code": codes[4]})
    assert is_in(second)


def test_recovery_codes_are_shown_once(web: Client, operator: User) -> None:
    codes = set_up(web, operator)
    assert codes[0] not in web.get(RECOVERY).content.decode()


def test_new_recovery_codes_replace_the_old_and_end_no_session(web: Client, operator: User) -> None:
    codes = set_up(web, operator)
    web.post(f"{RECOVERY}generate/")
    assert is_in(web)
    again = Client()
    log_in(again, operator)
    again.post(CODE, {"code": codes[0]})
    assert not is_in(again)


def test_who_guesses_codes_is_locked_out_though_the_password_is_right(
    web: Client, operator: User
) -> None:
    set_up(web, operator)
    again = Client()
    right = code(secret_of(operator))
    for n in range(10):
        log_in(again, operator)
        again.post(CODE, {"code": f"{(int(right) + 100 + n) % 10**6:06}"})
    log_in(again, operator)
    page = again.post(CODE, {"code": right}, headers={"accept-language": "en"})
    assert "Please try again in 15 min." in page.content.decode()
    assert not is_in(again)
    LogInTries.objects.update(ends=timezone.now() - timedelta(seconds=1))
    again.post(CODE, {"code": code(secret_of(operator))})
    assert is_in(again)


def test_the_set_up_ends_the_other_sessions(web: Client, operator: User, logged_in: LogIn) -> None:
    elsewhere = logged_in(operator)
    assert is_in(elsewhere)
    set_up(web, operator)
    assert not is_in(elsewhere)


def test_the_secret_lies_sealed(web: Client, operator: User, settings: Settings) -> None:
    set_up(web, operator)
    data = Authenticator.objects.get(user=operator, type="totp").data
    secret = secret_of(operator)
    assert secret not in str(data)
    new = "bmV3IGtleSBuZXcga2V5IG5ldyBrZXkgbmV3IGtleSE="
    settings.VAULT_KEYS = [new, *live_settings.VAULT_KEYS]
    call_command("rotate_vault")
    settings.VAULT_KEYS = [new]
    assert secret_of(operator) == secret
    assert len(list(keyring())) == 1


def test_without_its_key_it_says_so(web: Client, operator: User, settings: Settings) -> None:
    set_up(web, operator)
    settings.VAULT_KEYS = ["bmV3IGtleSBuZXcga2V5IG5ldyBrZXkgbmV3IGtleSE="]
    again = Client()
    log_in(again, operator)
    page = again.post(CODE, {"code": "123456"}, headers={"accept-language": "en"})
    assert "tell the administrator" in page.content.decode()


# --- Required, offered, off ---------------------------------------------------------------------


@pytest.fixture
def required(settings: Settings) -> None:
    settings.SECOND_FACTOR = "required"


@pytest.mark.usefixtures("required")
def test_required_leads_to_the_set_up_and_opens_nothing_else(web: Client, operator: User) -> None:
    log_in(web, operator)
    for page in (
        "/home",
        "/",
        "/map/",
        "/operator/",
        "/accounts/password/change/",
        "/admin/",
        RECOVERY,
    ):
        answer = web.get(page)
        assert (answer.status_code, answer.headers.get("Location")) == (302, SET_UP), page
    answer = web.get("/api/incidents.geojson", headers={"accept-language": "en"})
    assert answer.status_code == 403
    assert answer.json() == {"errors": {"detail": ["Set up your second factor first."]}}
    assert web.get(SET_UP).status_code == 200
    assert web.post("/accounts/logout/").status_code == 302


@pytest.mark.usefixtures("required")
def test_required_and_set_up_opens_everything(web: Client, operator: User) -> None:
    set_up(web, operator)
    assert is_in(web)
    assert web.get("/api/incidents.geojson").status_code == 200
    assert web.post("/accounts/2fa/totp/deactivate/").status_code == 200  # its role needs one
    assert Authenticator.objects.filter(user=operator, type="totp").exists()


@pytest.mark.usefixtures("required")
def test_a_session_that_never_gave_its_code_is_ended(
    web: Client, operator: User, logged_in: LogIn
) -> None:
    set_up(web, operator)
    operator.refresh_from_db()
    past_the_page = logged_in(operator)
    assert past_the_page.get("/map/").headers["Location"] == LOG_IN
    assert not is_in(past_the_page)


@pytest.mark.usefixtures("required")
def test_citizens_and_api_keys_are_not_concerned(
    web: Client, person: PersonMaker, logged_in: LogIn
) -> None:
    assert logged_in(person(Role.CITIZEN)).get("/").status_code == 200
    _made, key = ApiKey.issue("city-of-shenyang", per_second=100)
    answer = web.post(
        "/api/reports", "{}", content_type="application/json",
        headers={"Authorization": f"Api-Key {key}"},
    )  # fmt: skip
    assert answer.status_code == 400
    assert web.get("/").status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("required")
def test_the_live_stream_asks_for_it_as_well(web: Client, person: PersonMaker) -> None:
    head = person(Role.DISTRICT_HEAD, "210102")
    head.set_password(PASSWORD)
    head.save()
    log_in(web, head)
    name = live_settings.SESSION_COOKIE_NAME
    assert news.login_of_cookie(f"{name}={web.cookies[name].value}") is None
    set_up(web, head)
    assert news.login_of_cookie(f"{name}={web.cookies[name].value}") is not None


def test_offered_asks_nobody_who_has_none(web: Client, operator: User) -> None:
    log_in(web, operator)
    assert is_in(web)
    assert SET_UP in web.get("/accounts/2fa/").content.decode()


def test_offered_may_be_taken_away_by_oneself(web: Client, operator: User) -> None:
    set_up(web, operator)
    web.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.filter(user=operator).exists()
    assert not is_in(web)
    log_in(web, operator)
    assert is_in(web)


def test_off_asks_nobody(web: Client, operator: User, settings: Settings) -> None:
    set_up(web, operator)
    settings.SECOND_FACTOR = "off"
    again = Client()
    log_in(again, operator)
    assert is_in(again)
    assert again.get(SET_UP).status_code == 404
    assert again.get("/accounts/2fa/").status_code == 200


# --- A lost phone -------------------------------------------------------------------------------


def test_the_administrator_takes_it_away(
    web: Client, operator: User, person: PersonMaker, logged_in: LogIn
) -> None:
    set_up(web, operator)
    boss = person(Role.ADMINISTRATOR)
    boss.is_staff = boss.is_superuser = True
    boss.save()
    admin = logged_in(boss)
    form = {"action": "take_factor_away", "_selected_action": [operator.pk]}
    assert admin.post("/admin/accounts/user/", form).status_code == 302
    assert not is_in(web)
    assert not Authenticator.objects.filter(user=operator).exists()
    events = apps.get_model("accounts", "SecondFactorEvent").objects.filter(user=operator)
    last = events.filter(type="totp").latest("pgh_id")
    assert (last.pgh_label, last.pgh_context["user"]) == ("delete", boss.pk)
    assert operator.username in admin.get("/admin/accounts/secondfactorevent/").content.decode()
    assert admin.get("/admin/mfa/authenticator/").status_code == 404
