"""Somebody without an account looks at what was reported near them, and follows the place."""

import re

import pytest
from playwright.sync_api import Geolocation, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, NewPage, log_in, shoot
from tests.browser.test_casework import dispatched, file, no_wider

pytestmark = pytest.mark.browser
# North of the other stories, where nothing else is reported.
HERE = {"longitude": 123.4412, "latitude": 41.9093}
THERE = {"geolocation": HERE, "permissions": ["geolocation"]}


def counted(page: Page, number: str) -> None:
    """The counts follow the reports within seconds; what a browser asked once it keeps a while."""
    here: dict[str, str | float | bool] = {"lat": HERE["latitude"], "lon": HERE["longitude"]}
    for _try in range(60):
        if number in page.request.get("/near", params=here).text():
            return
        page.wait_for_timeout(500)
    raise TimeoutError(number)


@pytest.mark.parametrize(
    ("size", "locale"), [(PHONE, "zh-CN"), (DESKTOP, "en-GB")], ids=["phone", "desktop"]
)
def test_a_stranger_finds_reads_and_follows_what_is_near(
    new_page: NewPage, size: dict[str, int], locale: str
) -> None:
    number = file(new_page(), "护栏倒了", "guard-rail", **HERE)
    page = new_page(size, locale, **THERE)
    counted(page, number)
    page.goto("/")
    page.locator(".around a").click()
    page.locator("#near-me").click()
    page.wait_for_url("**/near?lat=*")
    expect(page.locator("#near-rows")).to_contain_text(number)
    # Squares are for the mouse and for the keyboard.
    square = page.locator("#near-map .spot.open").first
    square.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".near-popup")).to_contain_text(number)
    no_wider(page)
    shoot(page, f"near-{locale}")
    page.locator(".near-list form button").click()
    page.wait_for_url("**/near/following")
    expect(page.locator(".followed")).to_contain_text(number)
    feed = page.locator(".followed a[href*='feed.atom']").get_attribute("href")
    assert number in page.request.get(str(feed)).text()
    page.locator(".followed li a", has_text="").first.click()
    page.wait_for_url("**/reports/*")


def test_what_is_reported_from_the_map_has_its_pin_there(new_page: NewPage) -> None:
    page = new_page(DESKTOP)
    page.goto(f"/near?lat={HERE['latitude']}&lon={HERE['longitude']}")
    page.locator("#report-here").click()
    expect(page.locator("#map .pin")).to_be_visible()
    expect(page.locator("#place")).not_to_be_empty()


def test_without_javascript_it_is_a_list_by_place(new_page: NewPage) -> None:
    number = file(new_page(), "护栏倒了", "guard-rail")
    page = new_page(PHONE, java_script_enabled=False)
    page.goto("/near")
    page.fill("#q", "和平区")
    page.locator("form.chosen button").click()
    page.locator("ul.rows a", has_text="和平区").first.click()
    expect(page.locator("#near-rows")).to_contain_text(number)
    page.select_option("#n-state", "closed")
    page.locator("form.chosen button").click()
    expect(page.locator("#near-rows")).not_to_contain_text(number)


def test_the_live_map_keeps_an_incident_in_the_middle_until_it_is_moved(new_page: NewPage) -> None:
    number = file(new_page(), "护栏倒了", "guard-rail")
    page = new_page(DESKTOP)
    log_in(page, "dispatcher")
    dispatched(page, number)
    page.goto(f"/map/#{number}")
    keep = page.locator("#keep")
    keep.click()
    expect(keep).to_have_attribute("aria-pressed", "true")
    page.locator(".leaflet-container").first.focus()
    page.keyboard.press("ArrowLeft")
    expect(keep).to_have_attribute("aria-pressed", "false")


def test_the_way_of_a_worker_is_drawn_when_asked_for(new_page: NewPage) -> None:
    number = file(new_page(), "护栏松动", "guard-rail")
    desk = new_page(DESKTOP)
    log_in(desk, "dispatcher")
    dispatched(desk, number)
    username = re.search(r"w\d{5}", desk.locator("main").inner_text())
    assert username
    worker = new_page(PHONE, **THERE)
    log_in(worker, username[0])
    order = worker.locator("article.order", has_text=number)
    order.locator("form[action$=accept] button").click()
    expect(order.locator("form[action$=set-out] button")).to_be_visible()
    worker.click("#share")
    expect(worker.locator("#share-says")).to_contain_text("位置", timeout=10_000)
    # A phone tells its position every ten seconds. Shared anew: a page without a window hears of no
    # step by itself.
    worker.wait_for_timeout(10_500)
    worker.context.set_geolocation(
        Geolocation(latitude=HERE["latitude"] + 0.002, longitude=HERE["longitude"])
    )
    with worker.expect_response("**/api/worker/position") as told:
        worker.click("#share")
        worker.click("#share")
    assert told.value.status == 204
    desk.goto(f"/map/#{number}")
    button = desk.locator("#trail")
    expect(button).to_be_visible(timeout=20_000)
    button.focus()
    desk.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(desk.locator("#gone")).to_contain_text("公里")
    shoot(desk, "trail-desktop-zh")
    desk.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(desk.locator("#gone")).to_be_empty()


def test_dark_is_kept_until_it_is_changed(new_page: NewPage) -> None:
    page = new_page(PHONE, color_scheme="light")
    page.goto("/reports")
    ground = "getComputedStyle(document.body).backgroundColor"
    day = page.evaluate(ground)
    switch = page.locator("button[name=theme]:visible")
    switch.click()
    expect(switch).to_have_text("浅色")
    assert page.evaluate(ground) != day
    assert page.url.endswith("/reports")
    page.goto("/near")
    assert page.evaluate(ground) != day
    switch.click()
    expect(switch).to_have_text("自动")
    assert page.evaluate(ground) == day
