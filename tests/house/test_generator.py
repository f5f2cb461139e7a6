"""The tools that measure, measured: the open-loop generator and the table of figures."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

from tests.bench.__main__ import BEGIN, END, write
from tests.bench.figures import Limit, Row, percentile
from tests.drills._load_generator import HOST, NEVER, Call, fire

GET = b"GET / HTTP/1.1\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Takes one connection after the other, and closes each; gives its port."""
    with socket.create_server((HOST, 0), backlog=100) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client, _address = listening.accept()
                    with client:
                        client.recv(4096)
                        answer(client)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield int(listening.getsockname()[1])
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def calls(number: int, apart: float) -> list[Call]:
    return [Call(n * apart, "read", GET) for n in range(number)]


def test_a_slow_server_does_not_slow_the_schedule() -> None:
    def slowly(client: socket.socket) -> None:
        time.sleep(0.1)
        client.sendall(OK)

    with server(slowly) as port:
        outcomes = fire(port, calls(20, 0.01))
    assert {each.status for each in outcomes} == {200}
    assert max(each.late for each in outcomes) < 1
    # The last was sent 0.19 s after the first and answered 2 s after it: all of that counts.
    assert outcomes[-1].took > 1.5


def test_a_call_nobody_answers_took_for_ever() -> None:
    with server(lambda client: None) as closing:
        (cut,) = fire(closing, calls(1, 0), patience_s=2)
    with socket.create_server((HOST, 0)) as silent:
        (unanswered,) = fire(silent.getsockname()[1], calls(1, 0), patience_s=0.2)
    assert [(each.status, each.took) for each in (cut, unanswered)] == [(0, NEVER)] * 2


def test_percentiles_are_by_nearest_rank() -> None:
    hundred = [float(n) for n in range(100, 0, -1)]
    assert (percentile(hundred, 0.5), percentile(hundred, 0.99)) == (50, 99)
    assert percentile([7.0], 0.99) == 7
    assert percentile([], 0.5) == float("inf")


def test_a_row_is_held_against_its_limit() -> None:
    assert [Limit(2, 1).verdict(n) for n in (1, 2, 3)] == [
        "reaches the aim",
        "within",
        "FALLS SHORT",
    ]
    assert Limit(0.12, 0.25, more_is_better=True).verdict(0.1) == "FALLS SHORT"


def test_writing_one_row_keeps_the_others(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{BEGIN}\n{END}\nafter\n", encoding="utf-8")
    write(page, [Row("a", 1, Limit(2, 1), "1"), Row("b", 1, Limit(2, 1), "1")])
    write(page, [Row("b", 2, Limit(2, 1), "2")])
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert [line.split(" | ")[0][2:] for line in text.splitlines()[4:-2]] == ["b", "a"]
    assert "| b | 2 |" in text
