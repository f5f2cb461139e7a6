"""The drill's client: the same bytes and key until a 201, and complaints about what is no 503."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from random import Random
from typing import Any

import pytest

from tests.drills.siege.drafts import Writer
from tests.drills.siege.stream import Client, Pace, Stream

Prepared = tuple[int, dict[str, str], dict[str, Any]]
CREATED: Prepared = (201, {}, {"number": "1"})
BUSY: Prepared = (503, {"Retry-After": "0"}, {"errors": {"detail": ["later"]}})
DROPPED: Prepared = (0, {}, {})


@dataclass
class Desk:
    """A server that gives the prepared answers in turn and keeps what it was sent."""

    answers: list[Prepared]
    got: list[tuple[str, bytes]] = field(default_factory=list)
    port: int = 0


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk([])

    class Clerk(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            desk.got.append((str(self.headers["Idempotency-Key"]), body))
            status, headers, answer = desk.answers.pop(0)
            if not status:
                self.close_connection = True
                return
            text = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_words: object) -> None:
            """Quietly."""

    with HTTPServer(("127.0.0.1", 0), Clerk) as server:
        desk.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield desk
        server.shutdown()
        thread.join(5)


def send_one(desk: Desk, *answers: Prepared) -> Stream:
    desk.answers.extend(answers)
    stream = Stream(desk.port, "key", Writer("test", [(123.41, 41.79)], Random(3)), rate=100)
    client = Client(stream, Pace(100))
    client.send(stream.next_draft())
    if client.connection is not None:
        client.connection.close()
    return stream


def test_it_sends_the_same_until_it_is_answered(desk: Desk) -> None:
    stream = send_one(desk, BUSY, DROPPED, CREATED)
    assert len(desk.got) == 3
    assert len(set(desk.got)) == 1
    assert [(each.tries, each.answer) for each in stream.answered] == [(3, {"number": "1"})]
    assert stream.wrong == []


@pytest.mark.parametrize(
    "wrong",
    [(500, {}, {}), (503, {}, {"errors": {}}), (503, {"Retry-After": "1"}, {}), (409, {}, {})],
    ids=["500", "503 without Retry-After", "503 without errors", "409"],
)
def test_an_answer_no_client_should_see_is_noted(desk: Desk, wrong: Prepared) -> None:
    stream = send_one(desk, wrong, CREATED)
    assert len(stream.wrong) == 1
    assert stream.count() == 1


def test_no_two_photos_are_equal() -> None:
    writer = Writer("test", [(123.41, 41.79)], Random(3))
    checksums = [each for _n in range(50) for each in writer.draft().checksums]
    assert len(checksums) == len(set(checksums)) > 20
