"""A firm asks, its manager talks to it, the firm reads what was said."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, NewPage, log_in, shoot

pytestmark = pytest.mark.browser
SIZES = [(DESKTOP, "desktop", "zh-CN"), (PHONE, "phone", "en-GB")]


@pytest.mark.parametrize(("size", "name", "locale"), SIZES, ids=["desktop", "phone"])
def test_a_firm_and_its_manager(
    new_page: NewPage, size: dict[str, int], name: str, locale: str
) -> None:
    text = f"办理扩建许可需要哪些材料？{name}"
    firm = new_page(size, locale)
    log_in(firm, "firm")
    assert firm.url.endswith("/firm/")
    shoot(firm, f"firm-{name}")
    firm.click("a[href='/firm/policies']")
    expect(firm.locator("article.policy").first).to_be_visible()
    shoot(firm, f"firm-policies-{name}")

    firm.goto("/firm/ask")
    firm.select_option("#id_topic", "permits")
    firm.fill("#id_text", text)
    firm.fill("#id_phone", "024-2345678")
    # By keyboard: the button is the next stop.
    firm.focus("#id_phone")
    firm.keyboard.press("Tab")
    shoot(firm, f"firm-ask-{name}")
    firm.keyboard.press("Enter")
    firm.wait_for_url("**/firm/requests/**")
    number = firm.url.rstrip("/").rsplit("/", 1)[1]

    manager = new_page(size, locale)
    log_in(manager, "manager")
    assert manager.url.endswith("/manager/")
    shoot(manager, f"manager-{name}")
    manager.click(f"a[href='/manager/requests/{number}/']")
    expect(manager.locator("article")).to_contain_text(text)
    manager.select_option("#id_way", "visit")
    manager.fill("#id_note", f"上门说明材料清单 {name}")
    manager.locator("form[action$='/contact'] button").click()
    manager.wait_for_load_state()
    shoot(manager, f"manager-request-{name}")
    assert manager.goto(f"/desk/{number}/").status == 403  # type: ignore[union-attr]

    firm.reload()
    expect(firm.locator(".history")).to_contain_text(f"上门说明材料清单 {name}")
    shoot(firm, f"firm-request-{name}")


def test_a_firm_looks_for_credit_and_its_manager_introduces_it(new_page: NewPage) -> None:
    firm = new_page(PHONE, "zh-CN")
    log_in(firm, "firm")
    firm.click("a[href='/firm/financing']")
    firm.fill("#id_amount", "1000000")
    firm.select_option("#id_purpose", "working")
    firm.fill("#id_months", "12")
    firm.fill("#id_text", "流动资金周转")
    firm.fill("#id_phone", "024-2345678")
    firm.click("form button.main")
    firm.wait_for_url("**/offers")
    number = firm.url.rsplit("/", 2)[1]
    expect(firm.locator("article.policy").first).to_contain_text("要求")
    shoot(firm, "firm-offers")

    manager = new_page(DESKTOP, "zh-CN")
    log_in(manager, "manager")
    manager.goto(f"/manager/requests/{number}/offers")
    best = manager.locator("article.policy").first
    best.locator("input[name=note]").fill("已约客户经理面谈")
    best.locator("form button").click()
    expect(manager.locator("article.policy .history").first).to_contain_text("已对接")
    shoot(manager, "manager-offers")

    firm.reload()
    expect(firm.locator(".history").first).to_contain_text("已约客户经理面谈")
