"""A neighbour and a report of somebody else: found, endorsed, followed, commented on, judged."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, NewPage, act, log_in, shoot
from tests.browser.test_casework import case, dispatched, file, no_wider

pytestmark = pytest.mark.browser


def press(page: Page, name: str) -> None:
    """By keyboard."""
    button = page.get_by_role("button", name=name, exact=True)
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_load_state()


def test_a_neighbour_acts_on_a_report_and_says_whether_it_is_fixed(new_page: NewPage) -> None:
    number = file(new_page(), "护栏被撞坏了", "guard-rail")
    # Without JavaScript all the way.
    neighbour = new_page(PHONE, java_script_enabled=False)
    neighbour.goto("/reports")
    neighbour.fill("#q", "和平区")
    press(neighbour, "搜索")
    neighbour.locator("a", has_text="和平区").first.click()
    neighbour.locator("li", has_text=number).locator("a").click()
    press(neighbour, "我也遇到（附议）")
    expect(neighbour.locator("main")).to_contain_text("另有 1 位居民附议")
    press(neighbour, "在本设备关注")
    neighbour.fill("#text", "晚上容易撞上,电话13812345678")
    press(neighbour, "提交留言")
    expect(neighbour.locator(".said.waiting")).to_contain_text("晚上容易撞上,电话***")
    no_wider(neighbour)
    shoot(neighbour, "voices-report-phone")

    manager = new_page()
    log_in(manager, "dutymanager")
    manager.goto("/comments/")
    row = manager.locator("ul.rows > li", has_text=number)
    row.get_by_role("button", name="公开显示").click()
    manager.wait_for_url("**/comments/")
    stranger = new_page(locale="en-GB")
    stranger.goto(f"/reports/{number}")
    expect(stranger.locator(".said")).to_contain_text("晚上容易撞上")

    roads = new_page()
    log_in(roads, "210102-roads")
    dispatched(roads, number)
    act(roads, "sign")
    act(roads, "contact", note="已联系", reached=True)
    act(roads, "reply", outcome="explained", public_text="护栏已更换。")

    neighbour.goto("/following")
    neighbour.locator("li", has_text=number).locator("a").click()
    expect(neighbour.locator(".reply")).to_contain_text("护栏已更换")
    press(neighbour, "已解决")
    expect(neighbour.locator("main")).to_contain_text("您的反馈：已解决")
    case(roads, number)
    expect(roads.locator(".heard")).to_contain_text("已解决 1，未解决 0")
