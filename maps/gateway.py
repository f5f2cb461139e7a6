"""The live gateway: server-sent events to every open map, from one small process.

A commit publishes "look" in Redis; the pump then reads the outbox on from where it was, asks once
for each distinct scope what changed, and hands the text to all listeners of that scope. Without
Redis it looks every two seconds. Event ids are outbox ids; a reconnect with Last-Event-ID gets
what it missed, within what the person may see.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.db import DatabaseError
from redis import RedisError
from redis.asyncio import Redis

from accounts.scope import Scope
from incidents.wake import LOOK
from maps import health, news
from maps.cursor import Cursor
from maps.listeners import Listener
from maps.returning import Returned

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
T = TypeVar("T")

TICK_S = 0.25  # changes within a tick go out together
LOOK_ANYWAY_S = 2.0
# To tell one tab takes so long: with thousands of them a tick is as long as telling them all takes,
# or the loop would do nothing else and every tab would hear later.
TAB_S = 0.00006
QUIET_S = 7.5  # within twice that a silent stream hears a comment
RECHECK_S = 3.0  # a log-out, a new role or password ends a stream within this
PULSE_S = 10.0
log = logging.getLogger(__name__)


class Gateway:
    """The ASGI application."""

    def __init__(self) -> None:
        self.threads = ThreadPoolExecutor(max_workers=3, thread_name_prefix="news")
        # Of its own, and one: five hundred who come back at once must not keep the news waiting.
        self.door = ThreadPoolExecutor(max_workers=1, thread_name_prefix="door")
        self.returned = Returned()
        self.listeners: set[Listener] = set()
        self.look = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.lifespan(receive, send)
        elif scope["type"] == "http":
            await self.http(scope, receive, send)

    async def lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                # The references keep the tasks from being collected in mid-flight.
                self.tasks = [
                    asyncio.create_task(self.pump()),
                    asyncio.create_task(self.hear()),
                    asyncio.create_task(self.pulse()),
                    asyncio.create_task(self.recheck()),
                    asyncio.create_task(self.keep_open()),
                    asyncio.create_task(self.returned.serve(self.ask)),
                ]
                await send({"type": "lifespan.startup.complete"})
            else:
                for task in self.tasks:
                    task.cancel()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def ask(self, question: Callable[..., T], *given: Any) -> T:
        """Run a question to the database in one of our threads."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, question, *given)

    # --- Listening browsers -----------------------------------------------------------------

    async def http(self, scope: Message, receive: Receive, send: Send) -> None:
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        allowed = cors(headers)
        if scope["path"].rstrip("/") not in {"/live/events", "/events"}:
            await plain(send, 404, "not found", allowed)
        elif scope["method"] != "GET":
            await plain(send, 405, "only GET", allowed)
        elif (login := await self.who(headers)) is None:
            await plain(send, 403, "log in as somebody who watches the map", allowed)
        else:
            await self.stream(scope, login, headers, receive, send, allowed)

    async def who(self, headers: dict[str, str]) -> news.Login | None:
        try:
            loop = asyncio.get_running_loop()
            cookie = headers.get("cookie", "")
            return await loop.run_in_executor(self.door, news.login_of_cookie, cookie)
        except DatabaseError as error:
            log.warning("cannot check a log-in: %s", error)
            return None

    async def stream(
        self,
        scope: Message,
        login: news.Login,
        headers: dict[str, str],
        receive: Receive,
        send: Send,
        allowed: list[tuple[bytes, bytes]],
    ) -> None:
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"text/event-stream; charset=utf-8"),
                    (b"cache-control", b"no-store"),
                    (b"x-accel-buffering", b"no"),
                    *allowed,
                ],
            }
        )
        listener = Listener(login, asyncio.current_task())
        self.listeners.add(listener)
        gone = asyncio.create_task(closed(receive))
        try:
            listener.put(b"retry: 2000\n\n")
            if (since := last_id(scope, headers)) is not None:
                await self.returned.replay(listener, since)
            await self.deliver(listener, gone, send)
            with suppress(OSError, RuntimeError):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except asyncio.CancelledError:
            # It reads nothing: to say good-bye would hang as well. The server closes what is open.
            log.info("a tab that read nothing was let go")
        finally:
            gone.cancel()
            self.listeners.discard(listener)

    async def deliver(self, listener: Listener, gone: asyncio.Task[None], send: Send) -> None:
        while not gone.done() and not listener.too_slow:
            chunk = await listener.take()
            await send({"type": "http.response.body", "body": chunk, "more_body": True})

    # --- Telling them what changed ------------------------------------------------------------

    async def hear(self) -> None:
        """Set `look` whenever somebody commits; try again for ever when Redis is away."""
        while True:
            try:
                async with Redis.from_url(settings.REDIS_URL) as redis, redis.pubsub() as hearing:
                    await hearing.subscribe(LOOK)
                    async for _message in hearing.listen():
                        self.look.set()
            except (RedisError, OSError) as error:
                log.warning("not hearing Redis, looking every %s s: %s", LOOK_ANYWAY_S, error)
                await asyncio.sleep(1)

    async def pulse(self) -> None:
        while True:
            try:
                await self.ask(health.beat, "stream")
            except RedisError as error:
                log.warning("pulse not left: %s", error)
            await asyncio.sleep(PULSE_S)

    async def keep_open(self) -> None:
        while True:
            await asyncio.sleep(QUIET_S)
            for listener in list(self.listeners):
                listener.say_quiet()

    async def recheck(self) -> None:
        """Let go of listeners whose log-in ended or whose rights changed, for as long as we run."""
        while True:
            try:
                await self.let_go()
            except DatabaseError as error:
                log.warning("cannot check log-ins: %s", error)
            await asyncio.sleep(RECHECK_S)

    async def let_go(self) -> None:
        listening = {each.login for each in self.listeners}
        ended = await self.ask(news.ended, listening) if listening else set()
        for listener in list(self.listeners):
            if listener.login in ended:
                listener.end()
            listener.let_go_if_hung()

    async def pump(self) -> None:
        cursor = Cursor(await self.first_id())
        moved = news.start_of_time()
        while True:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.look.wait(), LOOK_ANYWAY_S)
            self.look.clear()
            try:
                await self.read_on(cursor)
                moved = await self.tell_workers(moved)
            except DatabaseError as error:
                log.warning("database away, trying again: %s", error)
                await asyncio.sleep(1)
            await asyncio.sleep(max(TICK_S, TAB_S * len(self.listeners)))

    async def read_on(self, cursor: Cursor) -> None:
        """Tell what is new, and only then move on: without the database it is read again."""
        rows = await self.ask(news.rows_after, cursor.highest, cursor.gaps)
        await self.tell(self.by_scope(), rows)
        cursor.seen([row.id for row in rows], time.monotonic())

    async def first_id(self) -> int:
        while True:
            try:
                return await self.ask(news.start)
            except DatabaseError as error:
                log.warning("waiting for the database: %s", error)
                await asyncio.sleep(1)

    def by_scope(self) -> dict[Scope, list[Listener]]:
        grouped: dict[Scope, list[Listener]] = defaultdict(list)
        for listener in self.listeners:
            grouped[listener.scope].append(listener)
        return grouped

    async def tell(self, grouped: dict[Scope, list[Listener]], rows: list[news.Row]) -> None:
        """Each changed incident once a tick, however often it changed in it."""
        if not rows:
            return
        ids = list({row.incident_id for row in rows})
        for scope, listeners in grouped.items():
            features = await self.ask(news.incident_features, scope, ids)
            hand_over(listeners, news.told(rows, features))

    async def tell_workers(self, since: Any) -> Any:
        """Workers who moved or began or ended a shift; they have no id, a reload has them all."""
        moved = await self.ask(news.any_worker_moved, since)
        if moved is None:
            return since
        for scope, listeners in self.by_scope().items():
            features = await self.ask(news.workers_moved, scope, since)
            hand_over(listeners, "".join(f"event: worker\ndata: {each}\n\n" for each in features))
        return moved


def hand_over(listeners: Iterable[Listener], text: str) -> None:
    if not text:
        return
    chunk = text.encode()
    for listener in listeners:
        listener.put(chunk)


def last_id(scope: Message, headers: dict[str, str]) -> int | None:
    """From Last-Event-ID, or `?last=` on the first connection; None when neither is a number."""
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("last", [""])[0]
    given = headers.get("last-event-id", asked)
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None


def cors(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """Our own pages only: the same host on the web's port, or an origin from the settings."""
    origin = headers.get("origin", "")
    host = urlsplit(f"//{headers.get('host', '')}").hostname
    try:
        parts = urlsplit(origin)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
        ours = parts.hostname == host and port == settings.PORT
    except ValueError:
        return []
    if not (origin and (ours or origin in settings.CSRF_TRUSTED_ORIGINS)):
        return []
    return [
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"origin"),
    ]


async def plain(send: Send, status: int, text: str, headers: list[tuple[bytes, bytes]]) -> None:
    start = [(b"content-type", b"text/plain; charset=utf-8"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": text.encode()})


async def closed(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
