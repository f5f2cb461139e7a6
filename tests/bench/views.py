"""The live map as a browser has it: first seen with cold caches, and moved with 10,000 incidents.

Chromium draws without a GPU, on the machine that also serves. What it did while the map was moved
stays in `tests/screenshots/moved.trace.json`, for chrome://tracing or Perfetto.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from tests.bench.dispatching import pile, stopped
from tests.bench.figures import Limit, Row
from tests.browser.conftest import CHROMIUM, FLAGS, SCREENSHOTS
from tests.started import House

INCIDENTS, ROUNDS = 10_000, 5
WIDE, HIGH = 1360, 850
USABLE, WEIGHT, FRAME = Limit(3, 2, "x"), Limit(700, 350, "KB"), Limit(200, 100, "ms")
EMPTY, MAP = "/track", "/map/"
# Both layers are drawn; the stream opens beside them.
READY = "#live[data-loaded]"
# Dots and not bubbles, in the middle of Shenyang.
NEAR = "window[document.getElementById('live').dataset.map].setView([41.8, 123.43], 12)"
WATCH = """
window.frames_ = []; let before = performance.now();
const look = (now) => { window.frames_.push(now - before); before = now;
                        window.looking = requestAnimationFrame(look); };
window.looking = requestAnimationFrame(look);
"""
SEEN = "cancelAnimationFrame(window.looking); window.frames_"


def measure(house: House) -> list[Row]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        rows = first_views(house, browser, "as it stands")
        with stopped(house):
            with house.database() as database:
                pile(database, INCIDENTS)
            rows += first_views(house, browser, f"{INCIDENTS:,} open")
            rows.append(moved(house, browser))
        browser.close()
    return rows


@contextmanager
def opened(house: House, browser: Browser) -> Iterator[Page]:
    """A window that has never been here, but for the session of a dispatcher."""
    context = browser.new_context(
        viewport=ViewportSize(width=WIDE, height=HIGH),
        locale="zh-CN",
        base_url=f"http://localhost:{house.port}",
    )
    name, value = house.cookie("dispatcher").split("=", 1)
    context.add_cookies([{"name": name, "value": value, "domain": "localhost", "path": "/"}])
    yield context.new_page()
    context.close()


def first_views(house: House, browser: Browser, how: str) -> list[Row]:
    """In turn with an empty page, so that both see the same neighbours on the machine."""
    empty, usable, weights = [], [], []
    for _n in range(ROUNDS):
        with opened(house, browser) as page:
            empty.append(seconds(page, EMPTY, "main h1"))
        with opened(house, browser) as page:
            usable.append(seconds(page, MAP, READY))
        with opened(house, browser) as page:
            weights.append(kilobytes(page))
    ours, floor, weight = median(usable), median(empty), median(weights)
    told, base = f"{ours:.2f} s", f"{floor:.2f} s an empty page"
    return [
        Row(f"first view of the live map, {how}", ours / floor, USABLE, told, base),
        Row(f"its transfers, {how}", weight, WEIGHT, f"{weight:,.0f} KB"),
    ]


def seconds(page: Page, path: str, ready: str) -> float:
    began = time.perf_counter()
    page.goto(path, wait_until="commit")
    page.wait_for_selector(ready)
    return time.perf_counter() - began


def kilobytes(page: Page) -> float:
    """Of all answers as they came over the wire, until the map is ready and nothing more comes."""
    wire, sizes = page.context.new_cdp_session(page), list[float]()
    wire.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    wire.send("Network.enable")
    seconds(page, MAP, READY)
    page.wait_for_timeout(1_000)
    return sum(sizes) / 1_000


def moved(house: House, browser: Browser) -> Row:
    """Dragged to and fro for some seconds: the longest time from one frame to the next."""
    SCREENSHOTS.mkdir(exist_ok=True)
    with opened(house, browser) as page:
        seconds(page, MAP, READY)
        page.evaluate(NEAR)
        page.wait_for_timeout(1_500)
        expect(page.locator("#count")).to_contain_text(f"{INCIDENTS:,}"[:2].replace(",", ""))
        browser.start_tracing(page=page, path=SCREENSHOTS / "moved.trace.json")
        page.evaluate(WATCH)
        x, y = WIDE * 0.7, HIGH * 0.5
        for step in (-200, 200, -150, 250):
            page.mouse.move(x, y)
            page.mouse.down()
            page.mouse.move(x + step, y + step / 2, steps=40)
            page.mouse.up()
            page.wait_for_timeout(400)
        frames: list[float] = page.evaluate(SEEN)
        browser.stop_tracing()
    told = f"longest {max(frames):.0f} ms of {len(frames)} frames, median {median(frames):.0f} ms"
    return Row(f"live map moved, {INCIDENTS:,} open", max(frames), FRAME, told)
