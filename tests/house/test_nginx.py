"""nginx with the file of `deploy/`, in front of a started house: one origin, and slow senders."""

import os
import shutil
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from threading import Event, Thread

import pytest

from config.place import CHECKOUT
from tests.house.conftest import eventually
from tests.house.test_limits import BODY
from tests.started import HOST, House, free_ports, started, wait_until
from tests.wire import JSON, Wire

pytestmark = pytest.mark.services

LIMIT, SLOW = 100, 400
HEAD = f"POST /api/reports HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"


def program() -> str:
    """Debian's nginx: unpacked by ./hotline for the tests, or installed."""
    unpacked = CHECKOUT / ".venv" / "nginx" / "usr" / "sbin" / "nginx"
    found = str(unpacked) if unpacked.exists() else shutil.which("nginx")
    assert found, "no nginx; `./hotline test` fetches it"
    return found


def rendered(house: House, folder: Path, port: int) -> str:
    """The file as deployed, but for addresses, folders and the certificate."""
    text = (CHECKOUT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    instead = {
        "user www-data;": "user root;" if os.getuid() == 0 else "",
        "/run/nginx.pid": f"{folder}/nginx.pid",
        "/etc/nginx/mime.types": f"{folder}/mime.types",
        "/var/log/nginx": str(folder),
        "/var/lib/nginx": str(folder),
        "/var/lib/hotline": str(house.var),
        "127.0.0.1:8000": f"{HOST}:{house.port}",
        "127.0.0.1:8001": f"{HOST}:{house.port + 1}",
        "listen 443 ssl;": f"listen {HOST}:{port};",
        "listen 80;": f"listen {HOST}:{port + 1};",
    }
    for ours, theirs in instead.items():
        assert ours in text
        text = text.replace(ours, theirs)
    lines = [line for line in text.splitlines() if not line.strip().startswith("ssl_")]
    return "\n".join(["daemon off;", *lines, ""])


@dataclass(frozen=True)
class Front:
    """nginx as the public reaches it."""

    house: House
    port: int

    def wire(self) -> Wire:
        return Wire(HOST, self.port)


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory, furnished: Path) -> Iterator[Front]:
    folder, port = tmp_path_factory.mktemp("nginx"), free_ports()
    with started(
        tmp_path_factory.mktemp("fronted") / "var",
        like=furnished,
        HOTLINE_TRUSTED_PROXIES="1",
        HOTLINE_LIVE_URL="/",
        HOTLINE_ANONYMOUS_REPORTS=f"{LIMIT}/10minute",
    ) as house:
        (folder / "mime.types").write_text("types { text/css css; }", encoding="utf-8")
        (folder / "nginx.conf").write_text(rendered(house, folder, port), encoding="utf-8")
        words = [program(), "-p", str(folder), "-c", str(folder / "nginx.conf")]
        running = subprocess.Popen([*words, "-e", str(folder / "error.log")])
        try:
            wait_until(lambda: listens(port), 20, "nginx listens")
            yield Front(house, port)
        finally:
            running.terminate()
            running.wait(20)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


@contextmanager
def slow_bodies(port: int, number: int) -> Iterator[list[socket.socket]]:
    """So many connections that send a body a byte a second."""
    senders = [socket.create_connection((HOST, port), 20) for _n in range(number)]
    done = Event()

    def drip() -> None:
        while not done.wait(1):
            for sender in senders:
                sender.sendall(b" ")

    for sender in senders:
        sender.sendall(f"{HEAD}Content-Length: {1000 + len(BODY)}\r\n\r\n".encode())
    dripping = Thread(target=drip)
    dripping.start()
    try:
        yield senders
    finally:
        done.set()
        dripping.join()
        for sender in senders:
            sender.close()


def seconds_to_file(front: Front, address: str, reports: int = 20) -> list[float]:
    """Of reports from one address, one after the other; each is taken."""
    took = []
    for _n in range(reports):
        began = time.monotonic()
        assert file(front, address) == 201
        took.append(time.monotonic() - began)
    return took


def file(front: Front, address: str, **headers: str) -> int:
    caller = HTTPConnection(HOST, front.port, 60, source_address=(address, 0))
    caller.request("POST", "/api/reports", BODY, JSON | headers)
    answer = caller.getresponse()
    answer.read()
    caller.close()
    return answer.status


def test_slow_bodies_do_not_hold_up_the_others(front: Front) -> None:
    seconds_to_file(front, "127.0.8.1", 10)
    alone = median(seconds_to_file(front, "127.0.8.2"))
    with slow_bodies(front.port, SLOW) as senders:
        time.sleep(2)
        among = median(seconds_to_file(front, "127.0.8.3"))
        for sender in senders:
            sender.setblocking(False)
            with pytest.raises(BlockingIOError):  # neither answered nor cut
                sender.recv(1)
            sender.setblocking(True)
    assert among < 10 * alone


def test_a_slow_body_is_taken_when_it_is_whole(front: Front) -> None:
    sender = socket.create_connection((HOST, front.port), 30)
    sender.sendall(f"{HEAD}Content-Length: {len(BODY)}\r\n\r\n".encode())
    for n in range(0, len(BODY), 40):
        sender.sendall(BODY[n : n + 40])
        time.sleep(0.5)
    assert sender.recv(12) == b"HTTP/1.1 201"
    sender.close()


def test_headers_that_do_not_end_are_cut(front: Front) -> None:
    with socket.create_connection((HOST, front.port), 1) as sender:
        sender.sendall(b"GET / HTTP/1.1\r\nHost: example.org\r\nX-Slow: ")
        assert eventually(lambda: is_cut(sender), seconds=25)


def is_cut(sender: socket.socket) -> bool:
    """Send another byte of the header; whether the other side has hung up."""
    try:
        sender.sendall(b"x")
        return sender.recv(4096) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def test_a_forged_forwarded_header_ends_at_the_door(front: Front) -> None:
    def caller(n: int) -> int:
        return file(front, "127.0.9.1", **{"X-Forwarded-For": f"203.0.113.{n}, 198.51.100.{n}"})

    with ThreadPoolExecutor(50) as pool:
        assert Counter(pool.map(caller, range(LIMIT + 20))) == {201: LIMIT, 429: 20}


def test_pages_and_stream_have_one_origin(front: Front) -> None:
    cookie = {"Cookie": front.house.cookie()}
    page = front.wire().get("/map/", cookie)
    assert page.status == 200
    assert b'data-live=""' in page.body
    stream = HTTPConnection(HOST, front.port, 10)
    stream.request("GET", "/live/events", headers=cookie)
    assert stream.getresponse().fp.readline() in {b"retry: 2000\n", b"d\r\n"}
    stream.close()


def test_static_files_come_through(front: Front) -> None:
    answer = front.wire().get("/static/hotline/hotline.css")
    assert (answer.status, answer.headers["Content-Type"].split(";")[0]) == (200, "text/css")
