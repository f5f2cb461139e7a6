"""The main job as people live it: three windows, one photo, one work order."""

import re
from io import BytesIO

import pytest
from PIL import ExifTags, Image, ImageDraw
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser.conftest import PHONE, NewPage, act, call_back, log_in, shoot

pytestmark = pytest.mark.browser
# In Heping District; the photo says so itself.
LATITUDE, LONGITUDE = (41.0, 47.0, 24.0), (123.0, 24.0, 36.0)


def photo(text: str, *, located: bool) -> FilePayload:
    image = Image.new("RGB", (1600, 1200), "#6b7c8d")
    draw = ImageDraw.Draw(image)
    draw.ellipse((480, 360, 1120, 900), fill="#20262c", outline="#ffd34d", width=24)
    draw.text((60, 60), text, fill="white", font_size=110)
    exif = Image.Exif()
    if located:
        gps = ExifTags.GPS
        exif[ExifTags.Base.GPSInfo] = {
            gps.GPSLatitudeRef: "N", gps.GPSLatitude: LATITUDE,
            gps.GPSLongitudeRef: "E", gps.GPSLongitude: LONGITUDE,
        }  # fmt: skip
    file = BytesIO()
    image.save(file, "JPEG", exif=exif)
    return FilePayload(name=f"{text}.jpg", mimeType="image/jpeg", buffer=file.getvalue())


def choose_category(page: Page, field: str, category: str) -> None:
    page.locator("#fields button", has_text=field).click()
    page.locator("#categories button", has_text=category).click()


def press(order: Locator, step: str) -> None:
    order.locator(f"form[action$='{step}'] button").click()


def test_a_photo_becomes_a_work_order_and_is_done(new_page: NewPage) -> None:
    desk = new_page()
    log_in(desk, "dispatcher")
    expect(desk.locator("#state")).to_have_class(re.compile(r"\bon\b"), timeout=15_000)

    citizen = new_page(PHONE)
    citizen.goto("/")
    shoot(citizen, "report-phone-zh")
    citizen.set_input_files("#photos", photo("manhole", located=True))
    expect(citizen.locator("#place")).to_contain_text("和平区", timeout=10_000)
    choose_category(citizen, "市政设施", "路灯不亮")
    citizen.fill("#text", "路口的路灯从昨晚起不亮。")
    citizen.locator("summary", has_text="回访").click()
    citizen.fill("[name=contact_phone]", "13812345678")
    citizen.click("#send")
    expect(citizen.locator("#done")).to_be_visible(timeout=15_000)
    number = citizen.inner_text("#d-number")
    assert re.fullmatch(r"\d{8}-\d{6}", number)
    expect(citizen.locator("#d-code")).to_have_text(re.compile(r"^([2-9A-Z]{4} ){4}[2-9A-Z]{4}$"))
    shoot(citizen, "done-phone-zh")

    line = desk.locator(f"#list [data-number='{number}']")
    expect(line).to_have_attribute("data-order", "offered", timeout=15_000)
    line.click()
    expect(desk.locator("#detail .report-words")).to_contain_text("路口的路灯")
    expect(desk.locator("#detail .facts")).to_contain_text("和平区")
    expect(desk.locator("#detail .photos img")).to_be_visible(timeout=20_000)
    shoot(desk, "live-map-desktop-zh")
    offered = desk.locator("#detail .orders li").first.inner_text()
    username = re.search(r"w\d{5}", offered)
    assert username is not None

    worker = new_page(PHONE, geolocation={"latitude": 41.7905, "longitude": 123.4095})
    worker.context.grant_permissions(["geolocation"])
    log_in(worker, username.group())
    order = worker.locator("article.order", has_text=number)
    expect(order).to_contain_text("路灯不亮")
    shoot(worker, "work-phone-zh")
    worker.click("#share")
    expect(worker.locator("#share-says")).to_contain_text("位置", timeout=10_000)
    press(order, "accept")
    expect(line).to_have_attribute("data-order", "accepted", timeout=10_000)
    expect(line).to_have_attribute("data-status", "in_progress")
    press(order, "set-out")
    expect(line).to_have_attribute("data-order", "en_route", timeout=10_000)
    press(order, "arrive")
    expect(line).to_have_attribute("data-order", "arrived", timeout=10_000)

    order.locator("input[type=file]").set_input_files(photo("after", located=False))
    order.locator("textarea").fill("已更换灯泡,恢复照明。")
    shoot(worker, "work-finish-phone-zh")
    press(order, "finish")
    expect(line).to_have_attribute("data-order", "done", timeout=10_000)
    expect(desk.locator("#detail")).to_contain_text("已更换灯泡", timeout=10_000)
    shoot(desk, "live-map-done-desktop-zh")

    # The unit signs, says that it called, and makes its reply of what the worker wrote.
    unit = new_page()
    log_in(unit, "210102-roads")
    unit.goto(f"/desk/{number}/")
    act(unit, "sign")
    act(unit, "contact", note="已电话告知诉求人", reached=True)
    expect(unit.locator("#reply-public_text")).to_have_value("已更换灯泡,恢复照明。")
    act(unit, "reply")
    expect(line).to_have_attribute("data-status", "call_back", timeout=10_000)
    call_back(new_page(PHONE), number, solved="yes", level=5)
    expect(line).to_have_count(0, timeout=10_000)

    citizen.click("#d-link")
    expect(citizen.locator(".reply")).to_contain_text("已更换灯泡")
    expect(citizen.locator(".photos img")).to_have_count(2, timeout=20_000)
    shoot(citizen, "track-phone-zh")


def test_every_page_stands_in_both_languages_and_sizes(new_page: NewPage) -> None:
    for locale, language in (("zh-CN", "zh"), ("en-GB", "en")):
        for size, width in ((PHONE, "phone"), (None, "desktop")):
            page = new_page(size, locale) if size else new_page(locale=locale)
            for path, name in (("/", "report"), ("/track", "find"), ("/accounts/login/", "login")):
                page.goto(path)
                expect(page.locator("main h1").first).to_be_visible()
                shoot(page, f"{name}-{width}-{language}")
            log_in(page, "head")
            page.goto("/map/")
            expect(page.locator("#state")).to_have_class(re.compile(r"\bon\b"), timeout=15_000)
            page.wait_for_timeout(800)
            shoot(page, f"live-map-{width}-{language}")
            page.goto("/heatmap/")
            page.wait_for_timeout(800)
            shoot(page, f"heatmap-{width}-{language}")
            wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert wide <= 0, f"{page.url} is {wide} px wider than a {width}"


def test_a_report_by_keyboard_and_without_the_map(new_page: NewPage) -> None:
    page = new_page(locale="en-GB")
    page.route("**/leaflet.js", lambda route: route.abort())
    page.route("**/basemap.js", lambda route: route.abort())
    page.goto("/")
    page.locator("#search").focus()
    page.keyboard.type("铁西区")
    expect(page.locator("#found li").first).to_be_visible(timeout=5_000)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#place")).to_contain_text("Tiexi District", timeout=5_000)
    page.locator("#category-search").focus()
    page.keyboard.type("pothole")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("#text").focus()
    page.keyboard.type("A deep hole in the road.")
    page.locator("#send").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#done")).to_be_visible(timeout=15_000)
