"""The gateway as a process of its own: who is told what, and what a reconnect brings back."""

import http.cookiejar
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from itertools import takewhile

import pytest

from tests.browser.conftest import HOST, PASSWORD

pytestmark = pytest.mark.services
HEPING, DADONG = (123.41, 41.79), (123.4618, 41.8022)


class Person:
    """Somebody logged in, without a browser."""

    def __init__(self, house: str, username: str) -> None:
        self.house = house
        self.live = f"http://{HOST}:{int(house.rsplit(':', 1)[1]) + 1}"
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        self.jar = jar
        self.opener.open(f"{house}/accounts/login/", timeout=10).read()
        self.post("/accounts/login/", login=username, password=PASSWORD)

    def post(self, page: str, **form: str) -> None:
        token = next(str(cookie.value) for cookie in self.jar if cookie.name == "csrftoken")
        sent = urllib.parse.urlencode(form | {"csrfmiddlewaretoken": token}).encode()
        self.opener.open(f"{self.house}{page}", sent, timeout=10).read()

    def cursor(self) -> int:
        answer = self.opener.open(f"{self.house}/api/incidents.geojson?cursor=1", timeout=10)
        return int(answer.headers["Live-Cursor"])

    def hears(self, since: int, number: str, seconds: float) -> list[tuple[int, str]]:
        """`(event id, status)` of what the stream says of an incident, for so long."""
        asked = urllib.request.Request(
            f"{self.live}/live/events", headers={"Last-Event-ID": str(since)}
        )
        heard, event_id, deadline = [], 0, time.monotonic() + seconds
        with self.opener.open(asked, timeout=20) as stream:
            for raw in takewhile(lambda _line: time.monotonic() < deadline, stream):
                line = raw.decode()
                if line.startswith("id: "):
                    event_id = int(line[4:])
                elif line.startswith("data: ") and number in line:
                    heard.append((event_id, json.loads(line[6:])["properties"]["status"]))
                    return heard
        return heard


def file(house: str, place: tuple[float, float]) -> str:
    body = {"text": "路灯不亮", "kind": "complaint", "category": "street-light"}
    given = json.dumps(body | {"longitude": place[0], "latitude": place[1]}).encode()
    asked = urllib.request.Request(
        f"{house}/api/reports", given, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=10) as answer:
        return str(json.load(answer)["number"])


def test_a_reconnect_brings_back_what_was_missed(house: str) -> None:
    dispatcher = Person(house, "dispatcher")
    since = dispatcher.cursor()
    number = file(house, DADONG)
    time.sleep(2)
    heard = dispatcher.hears(since, number, 20)
    assert heard
    assert heard[0][0] > since


def test_the_head_of_heping_hears_nothing_of_dadong(house: str) -> None:
    head = Person(house, "head")
    since = head.cursor()
    there, here = file(house, DADONG), file(house, HEPING)
    time.sleep(2)
    assert head.hears(since, here, 20)
    assert head.hears(since, there, 5) == []


def test_a_stranger_hears_nothing(house: str) -> None:
    live = f"http://{HOST}:{int(house.rsplit(':', 1)[1]) + 1}"
    with pytest.raises(urllib.error.HTTPError, match=re.escape("403")):
        urllib.request.urlopen(f"{live}/live/events", timeout=10)


def test_a_log_out_closes_the_stream(house: str) -> None:
    head = Person(house, "head")
    with head.opener.open(f"{head.live}/live/events", timeout=30) as stream:
        assert stream.readline().startswith(b"retry")
        head.post("/accounts/logout/")
        began = time.monotonic()
        stream.read()  # until the gateway closes it
    assert time.monotonic() - began < 10
