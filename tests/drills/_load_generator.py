"""An open-loop generator: every call has its moment, fixed before the first is sent.

A slow answer does not delay the next call, as it would with clients that wait: that is how real
people come. Latency counts from the scheduled moment, so what the generator itself loses is in it,
and a call without an answer in time took infinitely long.
"""

import asyncio
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

HOST = "127.0.0.1"
PATIENCE_S = 10.0
NEVER = float("inf")
# More open connections than this and the calls count as unanswered.
CONNECTIONS = 3_000


@dataclass(frozen=True, slots=True)
class Call:
    """`moment`: seconds from the start. `request`: the bytes to send."""

    moment: float
    kind: str
    request: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """`status` is 0 and `took` infinite where no answer came; `late`: of the sending."""

    kind: str
    moment: float
    late: float
    took: float
    status: int
    body: bytes = b""


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def take_precedence() -> None:
    """On a machine shared with what it measures, the generator must not wait for its turn."""
    with suppress(PermissionError):
        os.nice(-10)


def fire(port: int, calls: Sequence[Call], patience_s: float = PATIENCE_S) -> list[Outcome]:
    """Send all calls at their moments; the outcomes in the order of the calls."""
    # In a thread of its own: a browser driven by other tests keeps a loop running in ours.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(_Generator(port, patience_s).fire(calls))).result()


class _Generator:
    def __init__(self, port: int, patience_s: float) -> None:
        self.port = port
        self.patience_s = patience_s
        self.idle: list[Connection] = []
        self.open = 0

    async def fire(self, calls: Sequence[Call]) -> list[Outcome]:
        started = time.monotonic() + 0.2
        tasks = []
        for call in calls:
            wait = started + call.moment - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            tasks.append(asyncio.create_task(self._one(call, started + call.moment)))
        outcomes = await asyncio.gather(*tasks)
        for _reader, writer in self.idle:
            writer.close()
        return outcomes

    async def _one(self, call: Call, moment: float) -> Outcome:
        late = time.monotonic() - moment
        status, body, took = 0, b"", NEVER
        with suppress(OSError, EOFError, TimeoutError):
            async with asyncio.timeout(self.patience_s):
                status, body = await self._ask(call.request)
            took = time.monotonic() - moment
        return Outcome(call.kind, call.moment, late, took, status, body)

    async def _ask(self, request: bytes) -> tuple[int, bytes]:
        """On a kept connection, or on a new one where the server has closed it meanwhile."""
        while self.idle:
            try:
                return await self._exchange(self.idle.pop(), request)
            except (OSError, EOFError):
                continue
        if self.open >= CONNECTIONS:
            raise OSError("too many connections")
        self.open += 1
        try:
            connection = await asyncio.open_connection(HOST, self.port)
        except BaseException:
            self.open -= 1
            raise
        return await self._exchange(connection, request)

    async def _exchange(self, connection: Connection, request: bytes) -> tuple[int, bytes]:
        reader, writer = connection
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            body = await _body(reader, head)
        except BaseException:
            # Given up as well as broken: a wait that was cut short must not use up its place.
            self.open -= 1
            writer.close()
            raise
        self.idle.append(connection)
        return int(head.split(b" ", 2)[1]), body


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    if b"\r\ntransfer-encoding: chunked" not in head:
        length = int(head.split(b"\r\ncontent-length:", 1)[1].split(b"\r\n", 1)[0])
        return await reader.readexactly(length)
    parts = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(parts)


async def floor(port: int) -> None:
    """The least a server can do: the same answer to everything."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, EOFError):
            while head := (await reader.readuntil(b"\r\n\r\n")).lower():
                if b"\r\ncontent-length:" in head:
                    await _body(reader, head)
                writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()

    server = await asyncio.start_server(serve, HOST, port, backlog=1024)
    await server.serve_forever()
