"""Under overload reports are kept, and what can be asked again is refused at once.

A web process has few threads, and a queue that nobody sees stands in front of them. When the
threads were busy of late, only so many of them may serve reads that can wait (maps, layers, lists,
exports, the API's description), and none when there was hardly an idle moment: that is when the
queue grows. The rest hear 503 with Retry-After within a millisecond. The queue then drains, and a
report waits behind a refusal and not behind a heatmap. While there is air, every read is served.
"""

import math
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

# Reads that belong to filing, following and working; everything else that is only read can wait.
KEPT = (
    "/healthz", "/static/", "/accounts/", "/home", "/i18n/", "/jsi18n/", "/track", "/t/",
    "/media/", "/work/", "/desk/", "/operator/", "/api/categories", "/api/locate", "/api/reports/",
    "/api/worker/",
)  # fmt: skip
CAN_WAIT = ("/api/reports/nearby",)
READING = frozenset({"GET", "HEAD"})
MEMORY_S = 0.7
BUSY, FULL = 0.75, 0.95
# Seconds; spread, so that all who were refused do not come back in one moment.
RETRY_AFTER = (3, 8)


def can_wait(method: str, path: str) -> bool:
    """Whether the answer may be asked for again later without harm."""
    if method not in READING or path == "/":
        return False
    return path.startswith(CAN_WAIT) or not path.startswith(KEPT)


class Occupancy:
    """How many requests this process serves, now and on average of the last second or so."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.now = self.waitable = 0
        self.average = 0.0
        self._at = clock()
        self._lock = Lock()

    def _pass_time(self) -> None:
        now = self.clock()
        kept = math.exp(-(now - self._at) / MEMORY_S)
        self.average = self.average * kept + self.now * (1 - kept)
        self._at = now

    @contextmanager
    def serving(self) -> Iterator[float]:
        """Count one request while it is served; gives the average before it."""
        with self._lock:
            self._pass_time()
            self.now += 1
            average = self.average
        try:
            yield average
        finally:
            with self._lock:
                self._pass_time()
                self.now -= 1

    @contextmanager
    def reading(self, most: float) -> Iterator[bool]:
        """Take one of `most` places for reads that can wait; gives whether there was one."""
        with self._lock:
            admitted = self.waitable < most
            self.waitable += admitted
        try:
            yield admitted
        finally:
            with self._lock:
                self.waitable -= admitted


def places(share: float) -> float:
    """How many reads that can wait may be served at once, by the share of threads busy of late."""
    if share > FULL:
        return 0
    return settings.READS_AT_ONCE if share > BUSY else math.inf


class ShedReads:
    """The outermost middleware: what it refuses costs next to nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.occupancy = Occupancy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with self.occupancy.serving() as average:
            if not can_wait(request.method or "", request.path_info):
                return self.get_response(request)
            with self.occupancy.reading(places(average / settings.WEB_THREADS)) as admitted:
                return self.get_response(request) if admitted else later(request)


def later(request: HttpRequest) -> HttpResponse:
    """503 in the shape and language of who asked."""
    with translation.override(translation.get_language_from_request(request)):
        if request.path_info.startswith("/api/"):
            message = _("Very many people are asking at the moment; please try again shortly.")
            answer: HttpResponse = JsonResponse({"errors": {"detail": [message]}}, status=503)
        else:
            answer = HttpResponse(render_to_string("503.html"), status=503)
    answer.headers["Retry-After"] = str(random.randint(*RETRY_AFTER))
    answer.headers["Cache-Control"] = "no-store"
    return answer
