"""Who is sent, and why: many reports at once, and a worker on leave."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, NewPage, log_in, shoot
from tests.browser.test_casework import case, dispatched, file, no_wider
from tests.wire import Wire

pytestmark = pytest.mark.browser
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
AT_ONCE = 24


def many_at_once(house: str) -> None:
    """More than are dispatched one by one, in the same moment, about Heping District."""
    port = int(house.rsplit(":", 1)[1])

    def send(n: int) -> int:
        given = {
            "kind": "complaint", "category": "pothole", "text": f"路面坑洼{n}",
            "longitude": 123.40 + n * 0.001, "latitude": 41.79,
        }  # fmt: skip
        body = json.dumps(given).encode()
        return Wire("127.0.0.1", port, 60).post("/api/reports", body).status

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert set(pool.map(send, range(AT_ONCE))) == {201}


def newest_batch(page: Page, house: str) -> None:
    """Until so many waited at the same moment that they were matched together."""
    for _try in range(5):
        many_at_once(house)
        for _look in range(10):
            page.goto("/desk/batches/")
            if page.locator("table.decisions tbody tr").count():
                return
            page.wait_for_timeout(500)
    raise TimeoutError("no batch")


@SIZES
def test_a_dispatcher_sees_who_of_many_was_sent_where_and_why(
    house: str, new_page: NewPage, size: dict[str, int]
) -> None:
    width = "phone" if size == PHONE else "desktop"
    page = new_page(size)
    log_in(page, "dispatcher")
    newest_batch(page, house)
    row = page.locator("table.decisions tbody tr").first
    row.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(row.locator("details ul.why li").first).to_be_visible()
    # A line from each worker to the incident.
    expect(page.locator("#batch-map canvas, #batch-map svg path").first).to_be_attached()
    no_wider(page)
    shoot(page, f"batch-{width}-zh")
    number = row.locator("a.num").inner_text()
    english = new_page(size, locale="en-GB")
    log_in(english, "dispatcher")
    english.goto("/desk/batches/")
    expect(english.locator("h1")).to_have_text("Batches")
    shoot(english, f"batch-{width}-en")
    case(page, number)
    expect(page.locator("details.why-order").first).to_be_attached()


def test_who_is_on_leave_is_asked_no_more(new_page: NewPage) -> None:
    manager, desk = new_page(), new_page(PHONE, locale="en-GB")
    log_in(manager, "dutymanager")
    log_in(desk, "dispatcher")
    place = {"longitude": 123.4302, "latitude": 41.7811}
    first = file(new_page(), "护栏松动", "guard-rail", **place)
    dispatched(desk, first)
    worker = re.search(r"w\d{5}", desk.locator("main").inner_text())
    assert worker
    manager.goto(f"/rota/?q={worker[0]}")
    manager.locator("table.rota tbody a").click()
    now = timezone.localtime()
    form = manager.locator("form[action$='/change']")
    form.locator("[name=kind]").select_option("sick")
    form.locator("[name=begins]").fill(f"{now - timedelta(minutes=5):%Y-%m-%dT%H:%M}")
    form.locator("[name=ends]").fill(f"{now + timedelta(days=1):%Y-%m-%dT%H:%M}")
    form.locator("[name=reason]").fill("发烧")
    form.locator("button").click()
    expect(manager.locator("ul.files")).to_contain_text("病假")
    shoot(manager, "rota-leave-desktop-zh")
    for _try in range(40):
        manager.reload()
        if manager.locator(".chip", has_text="下班").count():
            break
        manager.wait_for_timeout(500)
    second = file(new_page(), "护栏又松动", "guard-rail", **place)
    dispatched(desk, second)
    case(desk, second)
    expect(desk.locator("main")).not_to_contain_text(worker[0])
