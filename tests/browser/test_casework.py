"""A day of casework by the demo accounts: returned and designated, confidential, merged."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, NewPage, act, call_back, log_in, shoot

pytestmark = pytest.mark.browser
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
# In Heping District.
PLACE = {"longitude": 123.41, "latitude": 41.79}


def file(page: Page, text: str, category: str, **more: object) -> str:
    """A citizen's report by the API; its number."""
    given = {"kind": "complaint", "category": category, "text": text, **PLACE, **more}
    answer = page.request.post("/api/reports", data=given)
    assert answer.status == 201, answer.text()
    return str(answer.json()["number"])


def case(page: Page, number: str) -> None:
    page.goto(f"/desk/{number}/")


def status(page: Page) -> str:
    return str(page.locator("article.incident").get_attribute("data-status"))


def dispatched(page: Page, number: str) -> None:
    """Wait until the machine has given it to a unit."""
    for _try in range(40):
        case(page, number)
        if status(page) == "dispatched":
            return
        page.wait_for_timeout(500)
    raise TimeoutError(number)


def no_wider(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"{page.url} is {wide} px wider than its window"


@SIZES
def test_a_return_goes_round_until_the_duty_manager_designates(
    new_page: NewPage, size: dict[str, int]
) -> None:
    width = "phone" if size == PHONE else "desktop"
    desk, other, manager = new_page(size), new_page(size), new_page(size)
    log_in(desk, "dispatcher")
    log_in(other, "dispatcher2")
    log_in(manager, "dutymanager")
    number = file(new_page(), "小区门口护栏坏了", "guard-rail", contact_phone="13912345678")
    dispatched(desk, number)
    units = {"210102-roads": new_page(size), "210102-urban-management": new_page(size)}
    for username, own in units.items():
        log_in(own, username)
    way = ["210102-roads", "210102-urban-management", "210102-roads"]
    for n, unit in enumerate(way):
        page = units[unit]
        page.goto("/desks/unit/")
        expect(page.locator("#rows li", has_text=number)).to_be_visible()
        case(page, number)
        act(page, "return", reason="不属本单位职责", basis="职责清单第三条")
        if n > 0:
            # Who dispatched it does not judge its return.
            case(desk, number)
            expect(desk.locator("#act-approve-return")).to_have_count(0)
        other.goto("/desks/queue/?list=returns")
        other.locator("#rows li", has_text=number).locator("a").click()
        expect(other.locator(".told", has_text="职责清单第三条").first).to_be_visible()
        if n == 0:
            shoot(other, f"return-{width}-zh")
            no_wider(other)
        act(other, "approve-return", reason="确非其职责")
        if n < 2:
            case(desk, number)
            act(desk, "dispatch", unit=way[n + 1], reason="改派")
            assert status(desk) == "dispatched"
    case(desk, number)
    assert status(desk) == "triage"
    expect(desk.locator("#act-dispatch")).to_have_count(0)
    case(manager, number)
    act(manager, "designate", unit="210102-roads", reason="指定主办")
    assert status(manager) == "dispatched"
    roads = units["210102-roads"]
    case(roads, number)
    expect(roads.locator("#act-return")).to_have_count(0)

    # Signed, extended by the head, helped with, reminded, replied, called back, reworked, closed.
    act(roads, "sign")
    act(roads, "contact", note="已联系,约定周三维修", reached=True)
    act(roads, "extend", days="3", reason="配件采购")
    head = new_page(size)
    log_in(head, "head")
    head.goto("/desks/late/?list=asked")
    head.locator("#rows li", has_text=number).locator("a").click()
    act(head, "approve-extension", reason="同意")
    act(head, "supervise", reason="请按期办结")
    shoot(head, f"head-case-{width}-zh")
    case(roads, number)
    act(roads, "cooperate", unit="210102-urban-management", task="协助现场围挡")
    act(roads, "reply", outcome="explained", public_text="已维修")
    expect(roads.locator(".error").first).to_contain_text("协办单位尚未反馈")
    helping = units["210102-urban-management"]
    case(helping, number)
    act(helping, "answer", answer="围挡已完成")
    case(roads, number)
    act(roads, "reply", outcome="explained", public_text="护栏已加固,计划更换。")
    # Supervised cases are always looked at.
    check(new_page(size), number)
    call_back(new_page(size), number, solved="no", level=2)
    case(roads, number)
    assert status(roads) == "in_progress"
    act(roads, "contact", note="已上门说明", way="visit", reached=True)
    act(roads, "reply", outcome="explained", public_text="护栏已更换。")
    check(new_page(size), number)
    call_back(new_page(size), number, solved="yes", level=5)
    case(manager, number)
    assert status(manager) == "closed"
    shoot(manager, f"case-closed-{width}-zh")
    no_wider(manager)


def check(page: Page, number: str) -> None:
    log_in(page, "quality")
    page.goto("/desks/checks/")
    page.locator("#rows li", has_text=number).locator("a").click()
    act(page, "pass")


@SIZES
def test_a_confidential_report_never_reaches_whom_it_is_about(
    new_page: NewPage, size: dict[str, int]
) -> None:
    desk = new_page(size, "en-GB")
    log_in(desk, "dispatcher")
    number = file(new_page(), "举报市政部门人员收礼", "pothole", kind="wrongdoing",
                  contact_phone="13712345678")  # fmt: skip
    for _try in range(40):
        desk.goto("/desks/queue/?list=waiting")
        if desk.locator("#rows li", has_text=number).count():
            break
        desk.wait_for_timeout(500)
    case(desk, number)
    about, above = "210102-roads", "210102-hotline"
    act(desk, "dispatch", about=about, unit=about, reason="Please look into it")
    expect(desk.locator(".error").first).to_contain_text("level above")
    expect(desk.locator("#dispatch-reason")).to_have_value("Please look into it")
    shoot(desk, f"wrongdoing-{'phone' if size == PHONE else 'desktop'}-en")
    act(desk, "dispatch", unit=above)
    assert status(desk) == "dispatched"
    expect(desk.locator(".orders")).to_have_count(0)
    layer = desk.request.get("/api/incidents.geojson").json()["features"]
    (own,) = [f for f in layer if f["properties"]["number"] == number]
    assert own["geometry"] is None
    for username in (about, "head", "operator", "emergency"):
        page = new_page(size)
        log_in(page, username)
        answer = page.goto(f"/desk/{number}/")
        assert answer is not None
        assert answer.status == 404, username
    unit = new_page(size)
    log_in(unit, above)
    case(unit, number)
    act(unit, "sign")
    assert status(unit) == "in_progress"


@SIZES
def test_five_reports_are_merged_and_five_citizens_called_back(
    new_page: NewPage, size: dict[str, int]
) -> None:
    desk = new_page(size)
    log_in(desk, "dispatcher")
    # Other people at another place each time: who asks again is looked at by a checker first.
    place = {"longitude": 123.42 if size == PHONE else 123.43}
    phone = "1361234567" if size == PHONE else "1361234568"
    citizen = new_page()
    numbers = [
        file(citizen, "中心广场喷泉旁草坪被踩坏", "lawn", contact_phone=f"{phone}{n}", **place)
        for n in range(5)
    ]
    for number in numbers:
        dispatched(desk, number)
    case(desk, numbers[0])
    expect(desk.locator(".told", has_text=numbers[1]).first).to_be_visible()
    shoot(desk, f"merge-{'phone' if size == PHONE else 'desktop'}-zh")
    desk.goto("/desks/queue/?list=open")
    for number in numbers[1:]:
        desk.check(f"input[name=number][value='{number}']")
    desk.locator("#act-merge summary").click()
    desk.fill("#merge-into", numbers[0])
    desk.fill("#merge-reason", "同一处草坪")
    desk.locator("#act-merge form button").click()
    expect(desk.locator(".messages")).to_contain_text("4 个工单")
    case(desk, numbers[0])
    expect(desk.locator(".report-words")).to_have_count(5)
    lead = desk.locator(".told", has_text="主办").first.inner_text()
    street = re.search(r"(\S+)办事处", lead)
    assert street is not None
    unit = new_page(size)
    log_in(unit, unit_code(desk, street.group(1)))
    case(unit, numbers[0])
    act(unit, "sign")
    act(unit, "contact", note="已逐一联系", reached=True)
    act(unit, "reply", outcome="explained", public_text="已安排补种。")
    for n, number in enumerate(numbers):
        page = new_page(size)
        call_back(page, number, solved="yes", level=3 + n % 3)
        page.context.close()
    case(desk, numbers[0])
    assert status(desk) == "closed"
    for number in numbers:
        expect(desk.locator(".told li", has_text=number).first).to_be_visible()


def unit_code(page: Page, street: str) -> str:
    """The user name of a street office's liaison: the street's code, from the public search."""
    found = page.request.get(f"/api/divisions?q={street}").json()["divisions"]
    code = next(d["code"] for d in found if len(d["code"]) == 9 and d["code"].startswith("2101"))
    return f"{code}-street"
