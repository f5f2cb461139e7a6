"""A dispatcher's open map: hears the live stream, reconnects with the last id it saw."""

import http.cookiejar
import json
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException

from tests.drills.siege.house import HOST

PASSWORD = "demo-12345"
QUIET_S = 25.0  # the gateway says something every 15 s; longer silence is a dead connection


def log_in(base: str, username: str) -> str:
    """The Cookie header of somebody logged in."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    opener.open(f"{base}/accounts/login/", timeout=20).read()
    token = next(str(cookie.value) for cookie in jar if cookie.name == "csrftoken")
    form = {"login": username, "password": PASSWORD, "csrfmiddlewaretoken": token}
    opener.open(f"{base}/accounts/login/", urllib.parse.urlencode(form).encode(), timeout=20).read()
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


@dataclass
class Listener:
    """`heard`: incident -> (event id, status) of the newest event told about it.

    An event older than what was heard is a replay and changes nothing; `resets` counts how often
    the gateway told us to load anew.
    """

    port: int
    cookie: str
    last_id: int
    heard: dict[int, tuple[int, str]] = field(default_factory=dict)
    connects: int = 0
    events: int = 0
    replays: int = 0
    resets: int = 0
    ending: threading.Event = field(default_factory=threading.Event)

    def begin(self) -> None:
        threading.Thread(target=self.listen, daemon=True).start()

    def end(self) -> None:
        self.ending.set()

    def listen(self) -> None:
        while not self.ending.is_set():
            with suppress(OSError, HTTPException):  # the next try says where this one stopped
                self.hear_one_connection()
            time.sleep(0.3)

    def hear_one_connection(self) -> None:
        connection = HTTPConnection(HOST, self.port, timeout=QUIET_S)
        headers = {"Cookie": self.cookie, "Last-Event-ID": str(self.last_id)}
        try:
            connection.request("GET", "/live/events", headers=headers)
            response = connection.getresponse()
            if response.status == 200:
                self.connects += 1
                self.read(raw.decode().rstrip("\n") for raw in response)
        finally:
            connection.close()

    def read(self, lines: Iterable[str]) -> None:
        number, topic = 0, ""
        for line in lines:
            if self.ending.is_set():
                return
            name, _, value = line.partition(": ")
            if name == "id":
                number = int(value)
            elif name == "event":
                topic = value
                self.resets += topic == "reset"
            elif name == "data" and topic in {"incident", "workorder"}:
                feature = json.loads(value)
                self.apply(number, int(feature["id"]), str(feature["properties"]["status"]))

    def apply(self, number: int, incident: int, status: str) -> None:
        self.events += 1
        self.last_id = max(self.last_id, number)
        if number <= self.heard.get(incident, (0, ""))[0]:
            self.replays += 1
        else:
            self.heard[incident] = (number, status)
