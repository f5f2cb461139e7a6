"""Letters to the hotline: sent by a mail program, filed by themselves or by an operator."""

import smtplib
from email.message import EmailMessage
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, NewPage, log_in, shoot
from tests.browser.test_casework import dispatched, no_wider
from tests.pictures import photo
from tests.started import SMTP_ABOVE

pytestmark = pytest.mark.browser
US = "12345@localhost"
# In Heping District.
PLACE = (123.41, 41.79)
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


def somebody() -> str:
    """A sender of its own for each story: one who writes six times within an hour is a loop."""
    return f"王小明 <w{uuid4().hex[:8]}@example.cn>"


def letter(sender: str, subject: str, text: str, **heads: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, US, subject
    made["Message-ID"] = f"<{uuid4()}@example.cn>"
    for name, value in heads.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def send(house: str, *letters: EmailMessage) -> None:
    """To the port that `./hotline run` prints: 25 above that of the pages."""
    with smtplib.SMTP("127.0.0.1", int(house.rsplit(":", 1)[1]) + SMTP_ABOVE, timeout=20) as smtp:
        for each in letters:
            smtp.send_message(each)


def line(page: Page, subject: str, state: str = "") -> str:
    """Wait until a letter stands in a list of `/letters/`; what its line says."""
    row = page.locator("ul.letters li", has_text=subject)
    for _try in range(40):
        page.goto(f"/letters/?state={state}")
        if row.count():
            return row.inner_text()
        page.wait_for_timeout(500)
    raise TimeoutError(subject)


def number_in(page: Page, subject: str, state: str) -> str:
    """The number of the report that a letter became or joined."""
    line(page, subject, state)
    return page.locator("ul.letters li", has_text=subject).locator(".num").inner_text()


def opened(page: Page, subject: str) -> None:
    page.locator("ul.letters li", has_text=subject).locator("a").click()
    page.wait_for_load_state()


def test_a_clear_letter_with_a_photo_becomes_a_report_and_a_machine_s_is_ignored(
    house: str, new_page: NewPage
) -> None:
    clear = letter(somebody(), "南三马路道路坑洼", "道路坑洼,路面坑洼很深,请尽快修补。")
    clear.add_attachment(photo(PLACE), maintype="image", subtype="jpeg", filename="坑.jpg")
    away = letter(somebody(), "我在休假", "我在休假。", Auto_Submitted="auto-replied")
    send(house, clear, away)

    operator = new_page()
    log_in(operator, "operator")
    number = number_in(operator, "南三马路道路坑洼", "filed")
    # Who wrote is masked in the list.
    assert "w***@example.cn" in line(operator, "南三马路道路坑洼", "filed")
    assert "自动回复" in line(operator, "我在休假", "ignored")

    desk = new_page()
    log_in(desk, "dispatcher")
    dispatched(desk, number)
    expect(desk.locator("main")).to_contain_text("路面坑洼很深")
    expect(desk.locator("main")).to_contain_text("和平区")
    expect(desk.locator("main img[src*='/media/']").first).to_be_visible()


@SIZES
def test_an_operator_files_what_no_machine_is_sure_of(
    house: str, new_page: NewPage, size: dict[str, int]
) -> None:
    width = "phone" if size == PHONE else "desktop"
    subject = f"想反映一件事 {uuid4().hex[:6]}"
    send(
        house,
        letter(somebody(), subject, "晚上门口一片黑，老人看不见路。\n\n-- \n王小明\n十二号楼"),
    )
    operator = new_page(size)
    log_in(operator, "operator")
    assert "内容无法确定归类" in line(operator, subject)
    no_wider(operator)
    opened(operator, subject)
    expect(operator.locator(".said").first).to_contain_text("老人看不见路")
    expect(operator.locator(".said", has_text="十二号楼")).to_be_hidden()
    shoot(operator, f"letter-{width}-zh")
    no_wider(operator)

    # Without a category nothing is filed and the field is named.
    operator.locator("#category").select_option("")
    operator.locator("#case button.main").click()
    expect(operator.locator("#e-category")).to_be_visible()
    operator.locator("#category").select_option("street-light")
    # The place by keyboard: a district is searched, the pin set in the middle of the map.
    operator.locator("#search").fill("和平区")
    expect(operator.locator("#found li").first).to_be_visible()
    operator.keyboard.press("ArrowDown")
    operator.keyboard.press("Enter")
    expect(operator.locator("#place")).to_contain_text("准确位置")
    operator.locator("#map").focus()
    operator.keyboard.press("Enter")
    expect(operator.locator("#place")).to_contain_text("和平区")
    operator.locator("#case button.main").click()
    operator.wait_for_url(lambda url: url.endswith("/letters/") or "/desk/" in url)

    number = number_in(operator, subject, "filed")
    desk = new_page(size, locale="en-GB")
    log_in(desk, "dispatcher")
    dispatched(desk, number)
    expect(desk.locator("main")).to_contain_text("老人看不见路")


def test_a_letter_that_goes_on_joins_its_report(house: str, new_page: NewPage) -> None:
    sender = somebody()
    first = letter(sender, "长白街路面坑洼", "长白街道路坑洼,路面坑洼很深,请修补。")
    send(house, first)
    operator = new_page()
    log_in(operator, "operator")
    number = number_in(operator, "长白街路面坑洼", "filed")
    text = "今天又有人摔倒了。\n\n> 长白街道路坑洼"
    more = letter(sender, "Re: 长白街路面坑洼", text, In_Reply_To=first["Message-ID"])
    send(house, more)
    assert number_in(operator, "Re: 长白街路面坑洼", "threaded") == number
    opened(operator, "Re: 长白街路面坑洼")
    operator.locator("a.num", has_text=number).click()
    expect(operator.locator("main")).to_contain_text("今天又有人摔倒了")
