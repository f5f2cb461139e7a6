"""Is a server worth asking? After a failure nobody asks for a while, then one caller tries.

A server that is gone refuses at once, but one that hangs costs every request its time-out; with a
breaker it costs one request in `pause_s` seconds. What the server did is done without it meanwhile.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

log = logging.getLogger(__name__)


PAUSE_S = 2.0


class Away(Exception):
    """The server failed, or did a moment ago and was not asked."""


class Breaker:
    def __init__(
        self,
        *failures: type[Exception],
        pause_s: float = PAUSE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.failures = failures
        self.pause_s = pause_s
        self.clock = clock
        self._ask_again: float | None = None
        self._lock = Lock()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Ask within. Raises Away for one of `failures`, and at once while nobody should ask."""
        if not self._worth_asking():
            raise Away
        try:
            yield
        except self.failures as error:
            if self._ask_again is None:
                log.warning("doing without for a while, trying every %s s: %s", self.pause_s, error)
            self._ask_again = self.clock() + self.pause_s
            raise Away(str(error)) from error
        self._ask_again = None

    def _worth_asking(self) -> bool:
        if self._ask_again is None:
            return True
        with self._lock:
            now = self.clock()
            if self._ask_again is not None and now < self._ask_again:
                return False
            # Ours is the try; the others go on without until it is known how it went.
            self._ask_again = now + self.pause_s
            return True
