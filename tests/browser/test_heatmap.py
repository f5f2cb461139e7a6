"""A head looks where it is hot; a dispatcher makes one incident of a sudden cluster."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, NewPage, log_in, shoot
from tests.browser.test_casework import file, no_wider

pytestmark = pytest.mark.browser


def shown(page: Page) -> None:
    """Its cells have come, and its hot spots."""
    expect(page.locator("#heat")).to_have_attribute("data-shown", re.compile(r"^[1-9]"))
    expect(page.locator("#hot")).to_have_attribute("data-shown", re.compile(r"^\d"))


def test_a_head_measures_plays_compares_and_opens_a_square(new_page: NewPage) -> None:
    page = new_page()
    log_in(page, "supervisor")
    page.goto("/heatmap/")
    shown(page)
    page.select_option("#h-days", "0")
    page.select_option("#h-field", "roads")
    page.locator("form.chosen button.main").click()
    expect(page).to_have_url(re.compile("field=roads"))
    shown(page)
    page.click("#play")
    expect(page.locator("#told")).to_have_text(re.compile(r"^\d{4}-\d\d-\d\d"))
    page.click("#whole")
    expect(page.locator("#told")).to_have_text("")
    page.select_option("#h-days", "30")
    page.select_option("#h-field", "")
    page.select_option("#h-compare", "month")
    page.locator("form.chosen button.main").click()
    expect(page.locator("th", has_text="差值")).to_be_visible()
    shown(page)
    shoot(page, "heatmap-compared-zh")
    page.goto("/heatmap/?days=0")
    shown(page)
    hottest = page.locator("#hot tbody a").first
    hottest.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".case-row a").first).to_be_visible()
    page.go_back()
    shown(page)
    # By the mouse, in the middle of Shenyang.
    at = page.evaluate(
        "window[document.getElementById('heat').dataset.map]"
        ".latLngToContainerPoint([41.80, 123.43])"
    )
    page.locator("#heat").click(position={"x": at["x"], "y": at["y"]})
    page.locator(".square-told a").first.click()
    expect(page).to_have_url(re.compile("cell=14-"))


def test_a_heatmap_fits_a_phone(new_page: NewPage) -> None:
    page = new_page(PHONE, "en-GB")
    log_in(page, "supervisor")
    page.goto("/heatmap/?days=0&compare=")
    shown(page)
    no_wider(page)
    shoot(page, "heatmap-phone-en")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_cluster_becomes_one_incident(new_page: NewPage, size: dict[str, int]) -> None:
    desk, citizen = new_page(size), new_page()
    log_in(desk, "dispatcher")
    desk.goto("/desks/queue/")
    category = "low-temperature" if size == DESKTOP else "roof-leak"
    numbers = [file(citizen, f"楼里都不热，第{n}户", category) for n in range(1, 6)]
    line = desk.locator(".cluster", has_text=numbers[0])
    expect(line).to_be_visible(timeout=60_000)
    line.locator("summary").click()
    for number in numbers:
        expect(line.locator("li", has_text=number)).to_be_visible()
    no_wider(desk)
    shoot(desk, "cluster-phone" if size == PHONE else "cluster-desktop")
    line.locator("button", has_text="并为一单").click()
    expect(desk).to_have_url(re.compile(f"/desk/{numbers[0]}/"))
    for number in numbers:
        expect(desk.locator("main")).to_contain_text(number)
    desk.goto("/desks/queue/")
    expect(desk.locator("#clusters", has_text=numbers[0])).to_have_count(0)
