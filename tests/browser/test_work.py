"""The worker's phone where there is no signal: read on, press on, sent later and once."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, NewPage, log_in, shoot
from tests.browser.test_casework import case, dispatched, file
from tests.browser.test_story import photo, press

pytestmark = pytest.mark.browser


def test_a_day_without_signal(new_page: NewPage) -> None:
    number = file(new_page(), "楼前堆放建筑垃圾", "rubble", contact_phone="13512345678")
    desk = new_page(DESKTOP)
    log_in(desk, "dispatcher")
    dispatched(desk, number)
    username = re.search(r"w\d{5}", desk.locator(".orders li").first.inner_text())
    assert username is not None

    phone = new_page(PHONE)
    log_in(phone, username.group())
    order = phone.locator("article.order", has_text=number)
    expect(order).to_be_visible()
    expect(phone.locator("#work-map .stop-pin")).not_to_have_count(0)
    shoot(phone, "work-map-phone-zh")
    # Once more, with the service worker in charge of the page.
    phone.wait_for_function("navigator.serviceWorker.controller !== null", timeout=15_000)
    phone.reload()
    expect(order).to_be_visible()

    phone.context.set_offline(True)
    phone.reload()
    expect(order).to_contain_text("楼前堆放建筑垃圾")
    # One step behind the other, all of them kept.
    for n, step in enumerate(("accept", "set-out", "arrive"), start=1):
        press(order, step)
        expect(phone.locator("#unsent li")).to_have_count(n)
    expect(order.locator(".queued")).to_be_visible()
    shoot(phone, "work-offline-phone-zh")
    case(desk, number)
    assert desk.locator("article.incident").get_attribute("data-status") == "dispatched"

    phone.context.set_offline(False)
    expect(order).to_have_attribute("data-status", "arrived", timeout=20_000)
    expect(phone.locator("#unsent")).to_be_hidden()

    # Finished with a photo, without signal again; what is refused keeps its words.
    phone.context.set_offline(True)
    order.locator("select").select_option("solved")
    order.locator("textarea").fill("垃圾已清运。")
    order.locator("input[type=file]").set_input_files(photo("after", located=False))
    press(order, "finish")
    expect(phone.locator("#unsent li")).to_have_count(1)
    phone.reload()
    expect(phone.locator("#unsent li")).to_have_count(1)
    phone.context.set_offline(False)
    expect(phone.locator("#unsent")).to_be_hidden(timeout=20_000)
    expect(phone.locator(".ended li", has_text=number)).to_be_visible(timeout=10_000)
    case(desk, number)
    expect(desk.locator(".orders")).to_contain_text("垃圾已清运")
