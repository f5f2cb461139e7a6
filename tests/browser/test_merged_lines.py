"""A merged line's file is uploaded, mapped, looked at, imported; its old number finds the case."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, NewPage, log_in, shoot

pytestmark = pytest.mark.browser
SIZES = [(DESKTOP, "desktop", "zh-CN"), (PHONE, "phone", "en-GB")]
# Around Shenyang's Heping District, as AMap gives it.
CASES = (
    "工单编号,诉求内容,诉求类型,分类编码,地址,经度,纬度,受理时间,办结时间,工单状态,联系电话\n"
    "{0}-1,路边垃圾成堆,投诉,LJ-01,和平区南湖,123.4202,41.7702,"
    "2024-03-01 08:00,2024-03-04 17:30,已办结,13812345678\n"
    "{0}-2,路灯不亮,求助,LD-02,和平区南湖,123.4205,41.7705,"
    "2024-03-02 09:00,,处理中,13812345679\n"
)


def pressed(page: Page, step: str) -> None:
    page.locator(f"form[action$='/{step}'] button").click()


@pytest.mark.parametrize(("size", "name", "locale"), SIZES, ids=["desktop", "phone"])
def test_from_a_file_to_a_case(
    new_page: NewPage, size: dict[str, int], name: str, locale: str
) -> None:
    page = new_page(size, locale)
    log_in(page, "dutymanager")
    page.click("a[href='/merged-lines/']")
    content = CASES.format(name).encode("gb18030")
    file = {"name": f"{name}.csv", "mimeType": "text/csv", "buffer": content}
    page.set_input_files("#file", file)  # type: ignore[arg-type]
    page.locator("form[action$='/upload'] button").click()
    page.fill("#id_name", f"96123 {name}")
    page.fill("#id_line", f"96123 {name}")
    page.select_option("#id_datum", "gcj02")
    expect(page.locator("#id_column-number")).to_have_value("工单编号")
    shoot(page, f"merged-mapping-{name}")
    page.locator("form[method=post] button.main").last.click()

    # Two codes are not known: the page says which, and takes us to where they are told.
    page.locator("a[href$='#codes']").click()
    page.get_by_label("LJ-01").select_option("exposed-garbage")
    page.get_by_label("LD-02").select_option("street-light")
    shoot(page, f"merged-codes-{name}")
    page.locator("form[method=post] button.main").last.click()
    expect(page.locator("form[action$='/import']")).to_be_visible(timeout=20_000)
    shoot(page, f"merged-preview-{name}")
    pressed(page, "import")
    expect(page.locator(".chip.imported")).to_be_visible(timeout=20_000)
    shoot(page, f"merged-done-{name}")

    page.goto("/desks/queue/")
    page.fill("#find-number", f"{name}-1")
    page.locator("form.find button").click()
    expect(page.locator("article.incident")).to_contain_text(f"{name}-1")
    expect(page.locator("article.incident .chip.archived")).to_be_visible()
    shoot(page, f"merged-case-{name}")
