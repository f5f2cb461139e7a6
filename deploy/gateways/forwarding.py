"""What both examples share: a message is signed and handed to the hotline, docs/gateways.md."""

import hashlib
import hmac
import json
import os
import sys
import time
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

MOST_BYTES = 64 * 1024
TIMEOUT_S = 10
# The hotline will never take it: to come again is no use.
NEVER = (400, 409)


class Refused(Exception):
    """Such as an advertisement whose sender is a name and no number."""


def forward(message: dict[str, Any]) -> dict[str, Any]:
    """The hotline's answer. Raises Refused, or OSError where it has not taken it: come again."""
    body = json.dumps(message, ensure_ascii=False).encode()
    stamp = str(int(time.time()))
    secret = os.environ["GATEWAY_SECRET"].encode()
    signed = hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "Hotline-Timestamp": stamp,
        "Hotline-Signature": f"sha256={signed}",
    }
    asked = Request(os.environ["HOTLINE_MESSAGES_URL"], body, headers, method="POST")
    try:
        with urlopen(asked, timeout=TIMEOUT_S) as answer:
            told = json.loads(answer.read())
    except HTTPError as error:
        if error.code in NEVER:
            sys.stderr.write(f"message {message['id']!r} was refused: {error.code}\n")
            raise Refused(error.code) from error
        raise
    except (HTTPException, ValueError) as error:
        raise OSError(type(error).__name__) from error
    if not isinstance(told, dict):
        raise OSError("the answer is no object")
    return told


class Callback(BaseHTTPRequestHandler):
    """A provider's callback. A subclass reads the request and writes the answer."""

    timeout = 20

    def body(self) -> bytes:
        """Raises ValueError where its length is missing or too large."""
        length = int(self.headers.get("Content-Length", ""))
        if not 0 <= length <= MOST_BYTES:
            raise ValueError("the body is too large")
        return self.rfile.read(length)

    def say(self, status: int, text: str, content_type: str = "text/plain") -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{content_type}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Addresses of callbacks hold signatures and numbers: they are not logged."""


def serve(handler: type[Callback]) -> None:
    """On 127.0.0.1, behind a proxy with TLS; says on which port."""
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "0"))), handler)
    sys.stdout.write(f"listening on {server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
