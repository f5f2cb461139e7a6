"""axe-core finds no serious fault on any page, for any role, on a desktop and on a phone."""

import json
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from config.place import CHECKOUT
from tests.browser.conftest import DESKTOP, PHONE, NewPage, log_in
from tests.browser.test_casework import dispatched, file

pytestmark = pytest.mark.browser
AXE = (CHECKOUT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
GRAVE = ("serious", "critical")
ANYBODY = ["/", "/track", "/answers", "/results", "/accounts/login/", "/reports",
           "/reports/{number}", "/following", "/topics", "/topics/roads-before-winter",
           "/open-data", "/near", "/near?division=210102", "/near/following"]  # fmt: skip
# By night: one page of each kind, for the contrast of its colours.
BY_NIGHT = {
    "": ["/", "/reports", "/reports/{number}", "/near?division=210102"],
    "dispatcher": ["/desks/queue/?list=open", "/map/", "/desk/{number}/"],
    "head": ["/areas/", "/desks/late/"],
}
# Each role's own pages; `{number}` is a case of Heping District in a unit's hands.
PAGES = {
    "operator": ["/operator/", "/map/", "/desk/{number}/", "/letters/"],
    "dispatcher": ["/desks/queue/", "/desks/queue/?list=open", "/map/", "/heatmap/",
                   "/heatmap/?days=0&compare=month", "/heatmap/hot-spots/?days=0",
                   "/heatmap/incidents/?days=0", "/clusters/", "/desk/{number}/"],
    "dutymanager": ["/desks/queue/?list=review", "/desks/late/", "/desk/{number}/", "/knowledge/",
                    "/messages/", "/messages/preview", "/comments/", "/topics/desk/",
                    "/topics/desk/new", "/topics/desk/roads-before-winter/", "/merged-lines/",
                    "/desk/find", "/hand-overs/"],
    "210102-roads": ["/desks/unit/", "/unit/workers/", "/desk/{number}/"],
    "head": ["/areas/", "/desks/late/", "/late/", "/desk/{number}/", "/bulletins/",
             "/bulletins/{month}/", "/bulletins/{month}/behind/dispatched", "/bulletins/courses/",
             "/equity/"],
    "quality": ["/desks/checks/", "/desk/{number}/"],
    "callback": ["/calls/", "/desk/{number}/"],
    "knowledge": ["/knowledge/", "/accounts/2fa/", "/accounts/2fa/totp/activate/",
                  "/accounts/password/change/", "/accounts/logout/"],
    "emergency": ["/desks/alarms/"],
    "inspector": ["/desks/late/", "/openings"],
    "dpo": ["/openings", "/identities"],
    "admin": ["/merged-lines/", "/boundaries/", "/catalogue/", "/catalogue/report",
              "/catalogue/trial"],
    "firm": ["/firm/", "/firm/ask", "/firm/policies", "/firm/financing", "/firm/legal"],
    "manager": ["/manager/", "/manager/claims/", "/usefulness/", "/advice/"],
}  # fmt: skip


def faults(page: Page) -> list[str]:
    """`address: rule: what it touches`, of the grave ones; all of them in one evaluation."""
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate(
        "axe.run(document, {resultTypes: ['violations'], runOnly:"
        " ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})"
    )
    return [
        f"{page.url}: {each['id']}: {json.dumps([n['html'][:120] for n in each['nodes'][:3]])}"
        for each in found["violations"]
        if each["impact"] in GRAVE
    ]


@pytest.fixture(scope="module")
def number_of_case() -> dict[str, str]:
    return {}


def a_case(new_page: NewPage, known: dict[str, str]) -> str:
    """Filed once for all: a case with a contact, in the hands of Heping's roads department."""
    if "number" not in known:
        known["number"] = file(new_page(), "护栏被撞坏", "guard-rail", contact_phone="13812340000")
        desk = new_page()
        log_in(desk, "dispatcher")
        dispatched(desk, known["number"])
    return known["number"]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("username", ["", *PAGES])
def test_no_serious_fault(
    new_page: NewPage, number_of_case: dict[str, str], username: str, size: dict[str, int]
) -> None:
    number = a_case(new_page, number_of_case)
    page = new_page(size, "en-GB" if size == PHONE else "zh-CN", bypass_csp=True)
    found = walked(page, username, PAGES.get(username, ANYBODY), number)
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("username", list(BY_NIGHT))
def test_no_serious_fault_by_night(
    new_page: NewPage, number_of_case: dict[str, str], username: str
) -> None:
    number = a_case(new_page, number_of_case)
    page = new_page(DESKTOP, color_scheme="dark", bypass_csp=True)
    found = walked(page, username, BY_NIGHT[username], number)
    assert found == [], "\n".join(found)


def walked(page: Page, username: str, paths: list[str], number: str) -> list[str]:
    """The faults of these pages, and how much wider than the window each is."""
    if username:
        log_in(page, username)
    found: list[str] = []
    for path in paths:
        answer = page.goto(path.format(number=number, month=f"{timezone.localdate():%Y-%m}"))
        assert answer is not None
        assert answer.status == 200, path
        for details in page.locator("main details:not([open]) > summary").all():
            if details.is_visible():
                details.click()
        page.wait_for_timeout(200)
        found += faults(page)
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if wide > 0:
            found.append(f"{page.url}: {wide} px wider than its window")
    return found
