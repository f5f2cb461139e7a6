"""One open browser tab at the gateway."""

import asyncio
from collections import deque

from maps.news import Login

# A tab that does not read while this much waits is let go; it reconnects and gets a replay.
MOST_WAITING = 1_000


class Listener:
    """What waits to be sent to one tab. `too_slow` also ends a tab whose log-in ended.

    `task` delivers to it: one that hangs on a tab that reads nothing is ended from outside.
    """

    __slots__ = ("hung", "login", "scope", "task", "too_slow", "waiting", "wake")

    def __init__(self, login: Login, task: "asyncio.Task[None] | None" = None) -> None:
        self.login = login
        self.scope = login.scope
        self.waiting: deque[bytes] = deque()
        self.wake = asyncio.Event()
        self.too_slow = False
        self.hung = False
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

    async def take(self, quiet_s: float) -> bytes:
        """All that waits; a comment when nothing came for so long."""
        try:
            await asyncio.wait_for(self.wake.wait(), quiet_s)
        except TimeoutError:
            return b": quiet\n\n"
        self.wake.clear()
        chunk = b"".join(self.waiting)
        self.waiting.clear()
        return chunk or b": quiet\n\n"
