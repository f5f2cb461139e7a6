"""The other side of both channels: an SMS gateway and a mail server, real ones, on 127.0.0.1."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from aiosmtpd.controller import Controller
from django.conf import settings

SECRET = "a secret of the tests, long enough for it"
PUBLIC = "https://12345.example.cn"


def example_verifier() -> Callable[[str, dict[str, str], bytes], bool]:
    """`is_ours` as docs/messages.md gives it to the makers of gateways."""
    text = (settings.BASE_DIR / "docs" / "messages.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    made: dict[str, Any] = {}
    exec(code, made)
    return made["is_ours"]  # type: ignore[no-any-return]


@dataclass
class Gateway:
    """Answers with `statuses` in turn, then with 200; delivers each key once."""

    secret: str = SECRET
    statuses: list[int] = field(default_factory=list)
    slow_s: float = 0.0
    asked: list[dict[str, Any]] = field(default_factory=list)
    delivered: dict[str, str] = field(default_factory=dict)
    strangers: int = 0
    url: str = ""
    lock: Lock = field(default_factory=Lock)

    @property
    def texts(self) -> list[str]:
        return list(self.delivered.values())

    def answer(self, headers: dict[str, str], body: bytes) -> int:
        time.sleep(self.slow_s)
        with self.lock:
            if not example_verifier()(self.secret, headers, body):
                self.strangers += 1
                return 401
            given = json.loads(body)
            self.asked.append(given | {"key": headers["Idempotency-Key"]})
            status = self.statuses.pop(0) if self.statuses else 200
            if status == 200:
                if headers["Idempotency-Key"] in self.delivered:
                    return 409
                self.delivered[headers["Idempotency-Key"]] = given["text"]
            return status


@contextmanager
def sms_gateway() -> Iterator[Gateway]:
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = gateway.answer(dict(self.headers.items()), body)
            answer = json.dumps({"id": f"g-{len(gateway.asked)}"}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """The tests look at what came."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    gateway.url = f"http://127.0.0.1:{server.server_port}/sms"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Post:
    """What a mail server took; `refuses`: recipients it does not know."""

    refuses: set[str] = field(default_factory=set)
    letters: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.refuses:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 OK"


class FreePort(Controller):
    """It knocks at its own door once it is up, and must know by then which one it got."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def mail_server() -> Iterator[tuple[Post, int]]:
    post = Post()
    controller = FreePort(post, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        yield post, controller.port
    finally:
        controller.stop()
