"""A low score by the citizen's own page is called back; the month is printed and published."""

import csv
from io import StringIO

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, NewPage, act, log_in, shoot
from tests.browser.test_casework import PLACE, case, dispatched, status

pytestmark = pytest.mark.browser


def test_who_is_not_content_is_called_within_a_day(new_page: NewPage) -> None:
    citizen, desk, unit = new_page(PHONE), new_page(), new_page()
    agent = new_page(locale="en-GB")
    place = {"longitude": PLACE["longitude"] - 0.004, "latitude": PLACE["latitude"]}
    answer = citizen.request.post("/api/reports", data={
        "kind": "complaint", "category": "street-light", "text": "路灯不亮",
        "contact_phone": "13512345678", **place,
    }).json()  # fmt: skip
    number = str(answer["number"])
    log_in(desk, "dispatcher")
    dispatched(desk, number)
    log_in(unit, "210102-roads")
    case(unit, number)
    act(unit, "sign")
    act(unit, "contact", note="已联系", reached=True)
    act(unit, "reply", outcome="explained", public_text="已列入检修计划。")

    citizen.goto(f"/t/{answer['tracking_code']}")
    citizen.get_by_role("link", name="解决了吗").click()
    expect(citizen.locator(".reasons")).to_be_hidden()
    citizen.check("[name=solved][value=no]")
    citizen.check("[name=satisfaction][value='1']")
    citizen.check("[name=reasons][value=slow]")
    shoot(citizen, "rating-phone-zh")
    citizen.get_by_role("button", name="提交评价").click()
    expect(citizen.locator("[name=solved]")).to_have_count(0)

    log_in(agent, "callback")
    agent.goto("/calls/")
    row = agent.locator("#rows li", has_text=number)
    expect(row).to_contain_text("low score")
    row.locator("a").click()
    expect(agent.locator("[name=reasons][value=slow]")).to_be_checked()
    agent.check("[name=reasons][value=not_done]")
    agent.fill("[name=words]", "The lamp is still dark")
    shoot(agent, "low-score-desktop-en")
    agent.get_by_role("button", name="Record").click()
    expect(agent.locator(".messages")).to_contain_text("Noted")
    expect(agent.locator("#rows li", has_text=number)).to_have_count(0)
    case(unit, number)
    assert status(unit) == "in_progress"
    expect(unit.locator(".told", has_text="办理太慢")).to_be_visible()


def test_the_month_is_printed_and_the_day_is_published(new_page: NewPage) -> None:
    head, anybody = new_page(), new_page(PHONE)
    log_in(head, "head")
    head.goto("/bulletins/")
    # Frozen by a task as the house started.
    for _try in range(60):
        if head.locator("tbody a").count():
            break
        head.wait_for_timeout(1000)
        head.reload()
    head.locator("tbody a").first.click()
    paper = str(head.get_by_role("link", name="纸质版").get_attribute("href"))
    answer = head.request.get(paper)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF-")
    head.goto("/bulletins/courses/?figure=satisfied")
    expect(head.locator("svg").first).to_be_visible()
    shoot(head, "courses-desktop-zh")
    head.goto("/equity/")
    expect(head.locator("tbody tr").first).to_contain_text("沈阳市")

    anybody.goto("/results")
    anybody.get_by_role("link", name="开放数据").click()
    for _try in range(90):
        if anybody.locator("tbody a").count():
            break
        anybody.wait_for_timeout(1000)
        anybody.reload()
    name = str(anybody.locator("tbody a").first.get_attribute("href"))
    text = anybody.request.get(name).body().decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(text)))
    assert rows
    assert all(row["place_code"].startswith("21") for row in rows)
    shoot(anybody, "open-data-phone-zh")
