"""A shift at the operator's desk: by keyboard alone, on a desktop and on a phone's width."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, NewPage, log_in, shoot

pytestmark = pytest.mark.browser
SIZES = [pytest.param(DESKTOP, "desktop", id="desktop"), pytest.param(PHONE, "phone", id="phone")]
# A quick typist; the rest of the minute is talk.
KEYSTROKE_MS = 60
MINUTE_S = 60


@pytest.fixture
def desk(new_page: NewPage) -> Iterator[None]:
    """Nothing is left in hand for whoever sits down next."""
    yield
    page = new_page()
    log_in(page, "operator")
    if "/contact/" in page.url:
        page.keyboard.press("Shift+F2")
        page.check("[name=end][value=abandoned]")
        page.click("#ends button")
        page.wait_for_url("**/operator/")


def begin(page: Page, phone: str) -> None:
    """The number field has the focus already."""
    log_in(page, "operator")
    expect(page.locator("#phone")).to_be_focused()
    page.keyboard.type(phone)
    page.keyboard.press("Enter")
    page.wait_for_url("**/operator/contact/**")
    expect(page.locator("#text")).to_be_focused()


def no_wider(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"{page.url} is {wide} px too wide"


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(("size", "width"), SIZES)
@pytest.mark.parametrize(
    ("locale", "words", "title"),
    [("zh-CN", "暖气不热", "暖气不热"), ("en-GB", "my heating is cold", "18 °C")],
)
def test_a_call_is_answered_from_the_knowledge_base(
    new_page: NewPage, size: dict[str, int], width: str, locale: str, words: str, title: str
) -> None:
    page = new_page(size, locale)
    begin(page, "13900001111")
    page.keyboard.type(words)
    expect(page.locator("#answers .answer").first).to_contain_text(title, timeout=5_000)
    page.keyboard.press("F4")
    expect(page.locator("#answers .answer").first).to_be_focused()
    no_wider(page)
    shoot(page, f"operator-answer-{width}-{locale[:2]}")
    page.keyboard.press("Enter")
    page.wait_for_url("**/operator/")
    expect(page.locator(".messages")).to_be_visible()
    expect(page.locator("#phone")).to_be_focused()
    no_wider(page)
    shoot(page, f"operator-idle-{width}-{locale[:2]}")


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(("size", "width"), SIZES)
def test_a_call_is_filed_within_a_minute_of_keystrokes(
    new_page: NewPage, size: dict[str, int], width: str
) -> None:
    page = new_page(size)
    begin(page, "13900002222")
    started = time.monotonic()
    page.keyboard.type("楼下的路灯坏了，晚上太黑，有人摔倒受伤", delay=KEYSTROKE_MS)
    expect(page.locator("#alarm")).to_contain_text("120")
    page.keyboard.press("F8")
    expect(page.locator("#suggested button").first).to_be_focused()
    page.keyboard.press("1")
    expect(page.locator("#category")).to_have_value("street-light")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("太原街", delay=KEYSTROKE_MS)
    expect(page.locator("#found li").first).to_be_visible(timeout=5_000)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#place")).to_contain_text("太原街", timeout=5_000)
    no_wider(page)
    shoot(page, f"operator-case-{width}-zh")
    page.keyboard.press("F9")
    page.wait_for_url("**/operator/")
    assert time.monotonic() - started < MINUTE_S
    told = page.locator(".messages").inner_text()
    number = re.search(r"\d{8}-\d{6}", told)
    assert number is not None
    assert re.search(r"([2-9A-Z]{4} ){4}[2-9A-Z]{4}", told)

    begin_again = new_page(size)
    begin(begin_again, "13900002222")
    expect(begin_again.locator(".history-of")).to_contain_text(number.group())
    shoot(begin_again, f"operator-history-{width}-zh")


@pytest.mark.usefixtures("desk")
def test_a_reload_in_the_middle_of_a_call_loses_nothing(new_page: NewPage) -> None:
    page = new_page()
    begin(page, "13900003333")
    page.keyboard.type("电梯坏了三天")
    address = page.url
    page.goto("/operator/")
    assert page.url == address
    expect(page.locator("#text")).to_have_value("电梯坏了三天")
    expect(page.locator("#answers .answer").first).to_contain_text("电梯", timeout=5_000)


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_a_visitor_leaves_with_a_slip(new_page: NewPage, locale: str) -> None:
    page = new_page(locale=locale)
    log_in(page, "operator")
    page.check("[name=channel][value=walk_in]")
    page.locator("#phone").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/operator/contact/**")
    page.keyboard.type("小区门口垃圾没人清")
    page.keyboard.press("F8")
    page.keyboard.press("1")
    page.fill("#address", "南门口")
    page.keyboard.press("F9")
    page.wait_for_url("**/operator/slip/**")
    expect(page.locator(".qr svg")).to_be_visible()
    shoot(page, f"slip-{locale[:2]}")
    page.emulate_media(media="print")
    expect(page.locator(".bar")).to_be_hidden()
    shoot(page, f"slip-print-{locale[:2]}")


def test_the_public_searches_as_it_types(new_page: NewPage) -> None:
    page = new_page(PHONE)
    page.goto("/answers")
    page.locator("#q").focus()
    page.keyboard.type("医保")
    expect(page.locator(".answers li").first).to_contain_text("医保", timeout=5_000)
    assert page.url.endswith("/answers?q=" + "%E5%8C%BB%E4%BF%9D")
    page.locator(".answers a").first.click()
    no_wider(page)
    shoot(page, "answer-phone-zh")


def test_without_scripts_the_public_searches_with_a_button(new_page: NewPage) -> None:
    page = new_page(PHONE, java_script_enabled=False)
    page.goto("/answers")
    page.fill("#q", "工资")
    page.click("#ask button")
    expect(page.locator(".answers li").first).to_contain_text("工资")


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
@pytest.mark.parametrize(("size", "width"), SIZES)
def test_the_editors_pages_fit(
    new_page: NewPage, size: dict[str, int], width: str, locale: str
) -> None:
    page = new_page(size, locale)
    log_in(page, "knowledge")
    page.goto("/knowledge/?shelf=published")
    no_wider(page)
    shoot(page, f"knowledge-{width}-{locale[:2]}")
    page.locator("td a").first.click()
    no_wider(page)
    shoot(page, f"knowledge-item-{width}-{locale[:2]}")
    page.goto("/knowledge/new")
    no_wider(page)
    shoot(page, f"knowledge-new-{width}-{locale[:2]}")
