"""Photos and videos as people see them: sent over a bad connection, shown, opened for a reason."""

import re

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.browser.conftest import PHONE, NewPage, log_in, shoot
from tests.browser.test_story import choose_category, photo
from tests.incidents.clips import video

pytestmark = pytest.mark.browser
HEPING = (123.41, 41.79)


def clip() -> FilePayload:
    content = video(HEPING, quicktime=True, seconds=2)
    return FilePayload(name="clip.mov", mimeType="video/quicktime", buffer=content)


def fill(page: Page, words: str) -> None:
    choose_category(page, "城市管理", "暴露垃圾")
    page.fill("#text", words)


def send(page: Page) -> str:
    """Press Send; gives the number of the report."""
    page.click("#send")
    expect(page.locator("#done")).to_be_visible(timeout=40_000)
    return page.inner_text("#d-number")


def test_a_video_is_placed_by_itself_and_played(new_page: NewPage) -> None:
    citizen = new_page(PHONE)
    citizen.goto("/")
    citizen.set_input_files("#photos", [clip(), photo("beside", located=False)])
    expect(citizen.locator("#previews li")).to_have_count(2)
    expect(citizen.locator("#video-hint")).to_be_visible()
    preview = citizen.locator("#previews video")
    citizen.wait_for_function("film => film.videoWidth > 0", arg=preview.element_handle())
    fill(citizen, "垃圾堆在路边三天了。")
    shoot(citizen, "report-video-phone-zh")
    number = send(citizen)
    expect(citizen.locator("#d-place")).to_contain_text("和平区")

    citizen.click("#d-link")
    film = citizen.locator(".photos video")
    for _try in range(20):
        if film.count():
            break
        citizen.wait_for_timeout(1_000)
        citizen.reload()
    expect(film).to_be_visible()
    played = film.evaluate(
        "async film => { film.muted = true; await film.play(); return film.videoWidth; }"
    )
    assert played == 160
    shoot(citizen, "track-video-phone-zh")

    for locale, language in (("zh-CN", "zh"), ("en-GB", "en")):
        for size, width in ((PHONE, "phone"), (None, "desktop")):
            desk = new_page(size, locale) if size else new_page(locale=locale)
            log_in(desk, "dutymanager")
            desk.goto(f"/desk/{number}/")
            expect(desk.locator(".photos video")).to_be_visible(timeout=10_000)
            shoot(desk, f"desk-media-{width}-{language}")
            desk.locator(".photos a[href$='/original']").first.click()
            expect(desk.locator("#reason")).to_be_visible()
            shoot(desk, f"original-{width}-{language}")
    desk.fill("#reason", "complaint about the handling")
    with desk.expect_download() as download:
        desk.click("main form button.main")
    assert download.value.suggested_filename.endswith(".bin")

    officer = new_page()
    log_in_as_officer(officer)
    expect(officer.locator("table")).to_contain_text("complaint about the handling")
    shoot(officer, "openings-desktop-zh")


def log_in_as_officer(page: Page) -> None:
    page.goto("/accounts/login/?next=/openings")
    page.fill("#id_login", "dpo")
    page.fill("#id_password", "demo-12345")
    page.locator("form[action='/accounts/login/'] button.main").click()
    page.wait_for_url("**/openings")


def test_a_connection_that_breaks_is_tried_again_and_makes_one_report(new_page: NewPage) -> None:
    citizen = new_page(PHONE)
    keys: list[str | None] = []

    def break_twice(route: Route) -> None:
        keys.append(route.request.header_value("idempotency-key"))
        if len(keys) < 3:
            route.abort("connectionreset")
        else:
            route.continue_()

    citizen.route("**/api/reports", break_twice)
    citizen.goto("/")
    citizen.set_input_files("#photos", photo("again", located=True))
    expect(citizen.locator("#place")).to_contain_text("和平区", timeout=10_000)
    fill(citizen, "网络不好时上报。")
    citizen.click("#send")
    expect(citizen.locator("#progress")).to_contain_text("正在重试", timeout=5_000)
    shoot(citizen, "report-retry-phone-zh")
    expect(citizen.locator("#done")).to_be_visible(timeout=40_000)
    assert len(keys) == 3
    assert len(set(keys)) == 1


def test_a_bad_file_is_named_and_the_form_survives(new_page: NewPage) -> None:
    page = new_page(PHONE, "en-GB")
    page.goto("/")
    bad = FilePayload(name="notes.jpg", mimeType="image/jpeg", buffer=b"only words")
    page.set_input_files("#photos", [photo("good", located=True), bad])
    expect(page.locator("#place")).to_contain_text("Heping", timeout=10_000)
    page.locator("#fields button", has_text="Urban").click()
    page.locator("#categories button", has_text="garbage").first.click()
    page.fill("#text", "Garbage beside the road.")
    page.click("#send")
    expect(page.locator("#e-media")).to_contain_text("notes.jpg is not a JPEG", timeout=10_000)
    shoot(page, "report-bad-file-phone-en")
    assert page.input_value("#text") == "Garbage beside the road."
    expect(page.locator("#previews li")).to_have_count(2)
    page.get_by_role("button", name=re.compile("notes.jpg")).click()
    page.click("#send")
    expect(page.locator("#done")).to_be_visible(timeout=20_000)
