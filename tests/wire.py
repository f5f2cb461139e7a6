"""A lean HTTP client on one kept connection, so that what we measure is the server."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    """One connection. OSError and http.client.HTTPException pass to the caller, who reconnects."""

    def __init__(self, host: str, port: int, seconds: float = 30) -> None:
        self.connection = HTTPConnection(host, port, timeout=seconds)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> Reply:
        self.connection.request(method, path, body, dict(headers))
        answer = self.connection.getresponse()
        return Reply(answer.status, answer.headers, answer.read())

    def get(self, path: str, headers: Mapping[str, str] = {}) -> Reply:
        return self.ask("GET", path, None, headers)

    def post(self, path: str, body: bytes, headers: Mapping[str, str] = JSON) -> Reply:
        return self.ask("POST", path, body, headers)

    def close(self) -> None:
        self.connection.close()


def log_in(wire: Wire, username: str, password: str) -> str:
    """The Cookie header of a new session."""
    page = wire.get("/accounts/login/")
    token = str(page.headers["Set-Cookie"]).split("csrftoken=")[1].split(";")[0]
    form = urlencode({"login": username, "password": password, "csrfmiddlewaretoken": token})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={token}"}
    answer = wire.post("/accounts/login/", form.encode(), headers)
    found = [
        value.split(";")[0]
        for name, value in answer.headers.items()
        if name.lower() == "set-cookie" and value.startswith("sessionid=")
    ]
    if not found:
        raise RuntimeError(f"{username} cannot log in: {answer.status}")
    return found[0]


def multipart(fields: Mapping[str, str], photo: bytes) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a form with one photo under `media`."""
    mark = "hotline-boundary"
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = "".join(parts) + (
        f'--{mark}\r\nContent-Disposition: form-data; name="media"; filename="photo.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    body = head.encode() + photo + f"\r\n--{mark}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={mark}"}
