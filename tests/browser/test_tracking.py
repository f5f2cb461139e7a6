"""What a citizen does from the tracking page, in a browser that sends what browsers send."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, NewPage, shoot

pytestmark = pytest.mark.browser
PLACE = {"longitude": 123.41, "latitude": 41.79}


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_citizen_withdraws_and_keeps_the_words_while_the_page_refreshes(
    new_page: NewPage, size: dict[str, int]
) -> None:
    page: Page = new_page(size)
    given = {"kind": "help", "category": "pothole", "text": "路面有坑", **PLACE}
    filed = page.request.post("/api/reports", data=given).json()
    page.goto(filed["url"])
    page.locator("#withdraw summary").click()
    page.fill("#w-reason", "已经有人修好了")
    # The page reads itself again every three seconds: dispatch shows, and nothing typed is lost.
    expect(page.locator(".chip.dispatched").first).to_be_visible(timeout=15_000)
    assert page.input_value("#w-reason") == "已经有人修好了"
    page.locator("#withdraw button").click()
    expect(page.locator(".messages")).to_contain_text("您的诉求已撤回")
    expect(page.locator(".chip").first).to_have_class(re.compile("withdrawn"))
    assert page.locator("#withdraw").count() == 0
    shoot(page, f"withdrawn-{size['width']}")
