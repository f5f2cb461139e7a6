"""Who may wait and who may not, and what the one hears who must."""

import json
import math
from threading import Barrier, Thread

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from config.shedding import Occupancy, ShedReads, can_wait, places


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/reports"),
        ("GET", "/"),
        ("GET", "/healthz"),
        ("GET", "/t/23456789ABCDEFGHJKLM"),
        ("GET", "/api/reports/23456789ABCDEFGHJKLM"),
        ("POST", "/accounts/login/"),
        ("POST", "/work/7/accept"),
        ("GET", "/work/"),
        ("GET", "/api/locate"),
        ("POST", "/heatmap/"),
    ],
)
def test_what_belongs_to_filing_and_working_never_waits(method: str, path: str) -> None:
    assert not can_wait(method, path)


@pytest.mark.parametrize(
    "path",
    [
        "/heatmap/",
        "/map/",
        "/api/incidents.geojson",
        "/api/workers.geojson",
        "/api/divisions.geojson",
        "/api/reports/nearby",
        "/api/schema",
        "/api/docs",
        "/something/new/export",
    ],
)
def test_what_can_be_asked_again_may_wait(path: str) -> None:
    assert can_wait("GET", path)
    assert can_wait("HEAD", path)


def test_the_average_forgets_within_seconds() -> None:
    clock = Clock()
    occupancy = Occupancy(clock)
    with occupancy.serving(), occupancy.serving():
        clock.now = 5
    with occupancy.serving() as average:
        assert 1.9 < average <= 2
    clock.now = 10
    with occupancy.serving() as average:
        assert average < 0.1


class Full:
    """A process whose threads are all at a request until `end`; its answers are `ok`."""

    def __init__(self, *paths: str) -> None:
        self.begun, self.ended = Barrier(len(paths) + 1), Barrier(len(paths) + 1)
        self.shed = ShedReads(self.answer)
        self.clock = Clock()
        self.shed.occupancy = Occupancy(self.clock)
        self.threads = [Thread(target=self.ask, args=[path]) for path in paths]

    def answer(self, request: HttpRequest) -> HttpResponse:
        if request.headers.get("Hold"):
            self.begun.wait(10)
            self.ended.wait(10)
        return HttpResponse("ok")

    def ask(self, path: str) -> HttpResponse:
        return self.shed(RequestFactory().get(path, headers={"Hold": "1"}))

    def begin(self, *, seconds: float) -> None:
        for thread in self.threads:
            thread.start()
        self.begun.wait(10)
        self.clock.now += seconds

    def end(self) -> None:
        self.ended.wait(10)
        for thread in self.threads:
            thread.join(10)


@pytest.fixture(autouse=True)
def _four_threads(settings: Settings) -> None:
    settings.WEB_THREADS, settings.READS_AT_ONCE = 4, 2


def test_a_busy_process_keeps_reports_and_refuses_reads() -> None:
    full = Full("/heatmap/", "/map/", "/", "/")
    full.begin(seconds=3)
    refused = full.shed(RequestFactory().get("/api/incidents.geojson"))
    page = full.shed(RequestFactory().get("/map/", headers={"Accept-Language": "en"}))
    filed = full.shed(RequestFactory().post("/api/reports"))
    full.end()
    assert (refused.status_code, page.status_code, filed.status_code) == (503, 503, 200)
    assert 1 <= int(refused.headers["Retry-After"]) <= 10
    assert list(json.loads(refused.content)["errors"]) == ["detail"]
    assert "please try again shortly" in page.content.decode()


def test_the_refusal_speaks_chinese_to_whom_it_should() -> None:
    full = Full("/heatmap/", "/map/", "/", "/")
    full.begin(seconds=3)
    page = full.shed(RequestFactory().get("/map/", headers={"Accept-Language": "zh-CN"}))
    full.end()
    assert "诉求提交不受影响" in page.content.decode()


def test_a_moment_of_many_reads_is_no_overload() -> None:
    full = Full("/heatmap/", "/map/", "/map/", "/map/")
    full.begin(seconds=0.1)
    answer = full.shed(RequestFactory().get("/map/"))
    full.end()
    assert answer.status_code == 200


@pytest.mark.parametrize(("share", "most"), [(0.5, math.inf), (0.8, 2), (0.96, 0)])
def test_the_fuller_the_fewer(share: float, most: float) -> None:
    assert places(share) == most


def test_a_read_gives_its_place_back() -> None:
    full = Full("/heatmap/", "/map/", "/", "/")
    full.begin(seconds=3)
    full.end()
    full.clock.now += 5
    assert full.shed(RequestFactory().get("/map/")).status_code == 200
    assert full.shed.occupancy.waitable == 0
