"""One open browser tab at the gateway."""

import asyncio
from collections import deque

from maps.news import Login

# A tab that does not read while this much waits is let go; it reconnects and gets a replay.
MOST_WAITING = 1_000
# A comment, which keeps proxies from closing a silent stream.
QUIET = b": quiet\n\n"


class Listener:
    """What waits to be sent to one tab. `too_slow` also ends a tab whose log-in ended.

    `task` delivers to it: one that hangs on a tab that reads nothing is ended from outside.
    """

    __slots__ = ("hung", "login", "scope", "task", "told", "too_slow", "waiting", "wake")

    def __init__(self, login: Login, task: "asyncio.Task[None] | None" = None) -> None:
        self.login = login
        self.scope = login.scope
        self.waiting: deque[bytes] = deque()
        self.wake = asyncio.Event()
        self.too_slow = False
        self.hung = False
        self.told = False
        self.task = task

    def put(self, chunk: bytes) -> None:
        if len(self.waiting) >= MOST_WAITING:
            self.too_slow = True
        else:
            self.waiting.append(chunk)
        self.wake.set()

    def end(self) -> None:
        self.too_slow = True
        self.wake.set()

    def let_go_if_hung(self) -> None:
        """Called every few seconds: who was to end the last time and has not, hangs in sending."""
        if self.hung and self.task is not None:
            self.task.cancel()
        self.hung = self.too_slow

    async def take(self) -> bytes:
        """All that waits, once something does. A timer for each tab and each wait would cost more
        than all the rest; `Gateway.keep_open` sees to those to whom nothing is told."""
        await self.wake.wait()
        self.wake.clear()
        self.told = True
        chunk = b"".join(self.waiting)
        self.waiting.clear()
        return chunk or QUIET

    def say_quiet(self) -> None:
        """Called every so often: something for a tab that was told nothing since the last time."""
        if not self.told and not self.waiting:
            self.put(QUIET)
        self.told = False
