"""The whole house, started as a person starts it, and a real Chromium to walk through it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from config.place import CHECKOUT
from tests.started import PASSWORD as PASSWORD
from tests.started import started

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1360, "height": 850}
SCREENSHOTS = CHECKOUT / "tests" / "screenshots"
# Chromium offers geolocation and the rest only to safe origins; localhost is one.
HOST = "localhost"


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, furnished: Path) -> Iterator[str]:
    """`./hotline run` with a data folder of its own; gives its address."""
    var = tmp_path_factory.mktemp("house") / "var"
    # All stories come from one address; together they report more than one neighbour would.
    more = {"HOTLINE_CHECK_PERCENT": "0", "HOTLINE_ANONYMOUS_REPORTS": "2000/10minute"}
    with started(var, like=furnished, **more) as running:
        yield f"http://{HOST}:{running.port}"


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        # Playwright's loop runs in this thread; Django must not take it for an async view.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield started
    started.close()


NewPage = Callable[..., Page]


@pytest.fixture
def new_page(browser: Browser, house: str) -> Iterator[NewPage]:
    """A window of its own; a request to another host or a script error fails the test."""
    contexts: list[BrowserContext] = []
    strange: list[str] = []
    port = int(house.rsplit(":", 1)[1])
    own = (house, f"http://{HOST}:{port + 1}", "blob:", "data:")

    def make(size: dict[str, int] = DESKTOP, locale: str = "zh-CN", **more: object) -> Page:
        context = browser.new_context(viewport=size, locale=locale, base_url=house, **more)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on(
            "request",
            lambda asked: None if asked.url.startswith(own) else strange.append(asked.url),
        )
        page.on("pageerror", lambda error: strange.append(f"{page.url}: {error}"))
        return page

    yield make
    for context in contexts:
        context.close()
    assert strange == []


def log_in(page: Page, username: str) -> None:
    page.goto("/accounts/login/")
    page.fill("#id_login", username)
    page.fill("#id_password", PASSWORD)
    page.locator("form[action='/accounts/login/'] button.main").click()
    page.wait_for_url(lambda url: "/accounts/login" not in url and "/home" not in url)


def act(page: Page, name: str, **answers: str | bool) -> None:
    """Open one action of a case's page, fill its fields and press its button."""
    form = page.locator(f"form[action$='/act/{name}']")
    details = page.locator(f"#act-{name}")
    if details.count() and details.get_attribute("open") is None:
        details.locator("summary").click()
    for field, value in answers.items():
        box = form.locator(f"[name={field}]")
        if isinstance(value, bool):
            box.set_checked(value)
        elif box.evaluate("e => e.tagName") == "SELECT":
            box.select_option(value)
        else:
            box.fill(value)
    form.locator("button").click()
    page.wait_for_load_state()


def call_back(page: Page, number: str, *, solved: str, level: int) -> None:
    """The call-back agent takes the call of this report and writes down what was said."""
    log_in(page, "callback")
    page.goto("/calls/")
    page.locator("#rows li", has_text=number).locator("a").click()
    page.check(f"[name=solved][value={solved}]")
    page.check(f"[name=satisfaction][value='{level}']")
    if level < 3:
        page.check("[name=reasons][value=not_done]")
    page.locator("form[action$='/said'] button").click()
    page.wait_for_url("**/calls/")


def shoot(page: Page, name: str) -> None:
    """A screenshot to look at; the folder is ignored by git."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png")
