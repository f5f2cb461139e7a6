"""Tabs listening to the live gateway, in a process of their own: `python -m tests.bench.stream`.

One epoll loop, one socket a tab. Prints `up` once all have their answer, notes when each tab is
told of each incident, and at the first line on standard input prints `{number: [time, ...]}`:
seconds since the epoch, one of each tab.
"""

import json
import re
import selectors
import socket
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

from config.place import CHECKOUT
from tests.started import HOST, House

NUMBER = re.compile(rb'"number": "([0-9]{8}-[0-9]+)"')
Heard = dict[str, list[float]]


def listen(port: int, cookie: str, tabs: int) -> Heard:
    selector = selectors.DefaultSelector()
    asked = f"GET /live/events HTTP/1.1\r\nHost: {HOST}:{port}\r\nCookie: {cookie}\r\n\r\n".encode()
    for _n in range(tabs):
        tab = socket.create_connection((HOST, port), 30)
        tab.sendall(asked)
        head = tab.recv(4096)
        assert b" 200 " in head.split(b"\r\n", 1)[0], head
        tab.setblocking(False)
        # What was read last of each tab: a number may lie across two reads.
        selector.register(tab, selectors.EVENT_READ, [b"", set()])
    selector.register(sys.stdin, selectors.EVENT_READ)
    print("up", flush=True)
    heard: dict[bytes, list[float]] = defaultdict(list)
    while True:
        for ready, _events in selector.select():
            if not isinstance(ready.fileobj, socket.socket):
                return {number.decode(): times for number, times in heard.items()}
            note(ready.fileobj, ready.data, heard)


def note(tab: socket.socket, state: "list[object]", heard: dict[bytes, list[float]]) -> None:
    """Add the time at which this tab first read of each incident."""
    tail, known = state
    assert isinstance(tail, bytes)
    assert isinstance(known, set)
    text = tail + tab.recv(262144)
    now = time.time()
    for number in NUMBER.findall(text):
        if number not in known:
            known.add(number)
            heard[number].append(now)
    state[0] = text[-40:]


class Tabs:
    def __init__(self, running: "Popen[str]") -> None:
        self.running = running

    def close(self) -> Heard:
        """When each tab was told of each report."""
        out, _err = self.running.communicate("end\n", timeout=60)
        found: Heard = json.loads(out)
        return found


@contextmanager
def tabs(house: House, number: int) -> Iterator[Tabs]:
    """So many tabs of the dispatcher's, all connected."""
    words = [sys.executable, "-m", "tests.bench.stream", str(house.port + 1), house.cookie()]
    running = Popen([*words, str(number)], cwd=Path(CHECKOUT), stdin=PIPE, stdout=PIPE, text=True)
    try:
        assert running.stdout is not None
        assert running.stdout.readline() == "up\n"
        yield Tabs(running)
    finally:
        running.kill()
        running.wait()


if __name__ == "__main__":
    print(json.dumps(listen(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
