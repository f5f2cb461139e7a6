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
from typing import Any

from config.place import CHECKOUT
from tests.started import HOST, House

ID = re.compile(rb"^id: ([0-9]+)$", re.M)
NUMBER = re.compile(rb'"number": "([0-9]{8}-[0-9]+)"')
Heard = dict[str, list[float]]


class Crowd:
    """The tabs of one person, in one epoll loop."""

    def __init__(self, port: int, cookie: str) -> None:
        self.address = (HOST, port)
        self.head = f"GET /live/events HTTP/1.1\r\nHost: {HOST}:{port}\r\nCookie: {cookie}\r\n"
        self.selector = selectors.DefaultSelector()
        self.tabs: list[socket.socket] = []
        self.deaf: list[socket.socket] = []
        self.heard: dict[bytes, list[float]] = defaultdict(list)
        self.newest = b"0"

    def open(self, number: int) -> None:
        """So many more, each with the beginning of its answer."""
        for _n in range(number):
            tab = self.connect()
            head = tab.recv(4096)
            assert b" 200 " in head.split(b"\r\n", 1)[0], head
            self.watch(tab)

    def connect(self, *more: str) -> socket.socket:
        tab = socket.create_connection(self.address, 30)
        tab.sendall((self.head + "".join(f"{each}\r\n" for each in more) + "\r\n").encode())
        return tab

    def watch(self, tab: socket.socket) -> None:
        tab.setblocking(False)
        self.tabs.append(tab)
        # What was read last of each tab: a number may lie across two reads.
        self.selector.register(tab, selectors.EVENT_READ, [b"", set()])

    def come_back(self, number: int) -> None:
        """So many lose their connection and ask for what they missed, as browsers do."""
        for tab in self.tabs[:number]:
            self.selector.unregister(tab)
            tab.close()
        del self.tabs[:number]
        for _n in range(number):
            self.watch(self.connect(f"Last-Event-ID: {self.newest.decode()}"))

    def ignore(self, number: int) -> None:
        """So many more that never read."""
        self.deaf += [self.connect() for _n in range(number)]

    def note(self, tab: socket.socket, state: "list[Any]") -> None:
        """Add the time at which this tab first read of each incident."""
        tail, known = state
        text = tail + tab.recv(262144)
        now = time.time()
        for number in NUMBER.findall(text):
            if number not in known:
                known.add(number)
                self.heard[number].append(now)
        if ids := ID.findall(text):
            self.newest = ids[-1]
        state[0] = text[-40:]

    def listen(self) -> Heard:
        """Until a line says `end`; `back 500` and `deaf 5` do what their methods do."""
        self.selector.register(sys.stdin, selectors.EVENT_READ)
        while True:
            for ready, _events in self.selector.select():
                if isinstance(ready.fileobj, socket.socket):
                    self.note(ready.fileobj, ready.data)
                elif self.told(sys.stdin.readline().split()):
                    return {number.decode(): times for number, times in self.heard.items()}

    def told(self, words: list[str]) -> bool:
        """Whether that was the end."""
        match words:
            case ["back", number]:
                self.come_back(int(number))
            case ["deaf", number]:
                self.ignore(int(number))
            case _:
                return True
        return False


class Tabs:
    """The same from outside."""

    def __init__(self, running: "Popen[str]") -> None:
        self.running = running

    def say(self, words: str) -> None:
        assert self.running.stdin is not None
        self.running.stdin.write(f"{words}\n")
        self.running.stdin.flush()

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
    crowd = Crowd(int(sys.argv[1]), sys.argv[2])
    crowd.open(int(sys.argv[3]))
    print("up", flush=True)
    print(json.dumps(crowd.listen()))
