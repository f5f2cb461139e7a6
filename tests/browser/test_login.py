"""The log-in with a second factor in a real browser, on a phone and at a desk."""

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PASSWORD, PHONE, NewPage, shoot

pytestmark = pytest.mark.browser
SIZES = {"phone": PHONE, "desktop": DESKTOP}


def code(secret: str, later: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + later))


def give(page: Page, username: str) -> None:
    page.goto("/accounts/login/")
    page.fill("#id_login", username)
    page.fill("#id_password", PASSWORD)
    enter(page)


def enter(page: Page) -> None:
    """Send the form whose field has the focus, and see the answer."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def fits(page: Page) -> bool:
    """Nothing to scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.fixture(params=["phone", "desktop"])
def size(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_set_up_log_in_and_recover(new_page: NewPage, size: str) -> None:
    """By keyboard alone where something is typed; each page is looked at in a picture."""
    name = {"phone": "quality", "desktop": "inspector"}[size]
    locale = {"phone": "zh-CN", "desktop": "en"}[size]
    page = new_page(SIZES[size], locale)
    page.goto("/accounts/login/")
    shoot(page, f"login-{size}")
    give(page, name)
    page.goto("/accounts/2fa/")
    shoot(page, f"account-{size}")
    page.locator("a[href='/accounts/2fa/totp/activate/']").click()
    expect(page.locator("img.qr")).to_be_visible()
    assert page.locator("img.qr").evaluate("e => e.complete && e.naturalWidth > 0")
    assert fits(page)
    shoot(page, f"factor-set-up-{size}")
    secret = page.locator(".steps .code").inner_text()
    page.fill("#id_code", "000000")
    enter(page)
    expect(page.locator("#code-errors")).not_to_be_empty()
    assert page.locator(".steps .code").inner_text() == secret
    page.fill("#id_code", code(secret))
    enter(page)
    expect(page.locator(".codes li")).to_have_count(10)
    assert fits(page)
    shoot(page, f"factor-recovery-{size}")
    recovery = page.locator(".codes li").first.inner_text()
    page.locator("a[href='/home']").click()

    again = new_page(SIZES[size], locale)
    give(again, name)
    expect(again.locator("#id_code")).to_be_focused()
    assert fits(again)
    shoot(again, f"factor-code-{size}")
    again.keyboard.type("123")
    enter(again)
    expect(again.locator("#code-errors")).not_to_be_empty()
    shoot(again, f"factor-wrong-{size}")
    again.fill("#id_code", code(secret, later=1))
    enter(again)
    again.wait_for_url(lambda url: "/accounts/" not in url)

    third = new_page(SIZES[size], locale)
    give(third, name)
    # Focus comes a moment after the load: what is typed before it is lost.
    expect(third.locator("#id_code")).to_be_focused()
    third.keyboard.type(recovery)
    enter(third)
    third.wait_for_url(lambda url: "/accounts/" not in url)
    third.goto("/accounts/2fa/recovery-codes/")
    assert third.locator(".codes").count() == 0
    third.goto("/accounts/2fa/totp/deactivate/")
    shoot(third, f"factor-away-{size}")
    with third.expect_navigation():
        third.locator("main form button").click()
    give(third, name)
    third.wait_for_url(lambda url: "/accounts/" not in url)


def test_the_lock_tells_when_to_come_back(new_page: NewPage) -> None:
    page = new_page(PHONE, "zh-CN")
    for _n in range(11):
        page.goto("/accounts/login/")
        page.fill("#id_login", "nobody-at-all")
        page.fill("#id_password", "wrong")
        enter(page)
    expect(page.locator(".errorlist")).to_contain_text("15 分钟")
    shoot(page, "login-locked-phone")
