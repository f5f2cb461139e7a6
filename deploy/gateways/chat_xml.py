"""A chat platform's callback, XML in the manner of WeChat and WeCom, becomes a message.

    GATEWAY_NAME=chat GATEWAY_SECRET=... CALLBACK_TOKEN=... PORT=8041 \\
    HOTLINE_MESSAGES_URL=https://12345.city.cn/api/messages python3 chat_xml.py

Plain mode: the address carries `signature`, `timestamp` and `nonce`, and the signature is SHA-1
over the token and both, sorted. (Where the platform encrypts the XML, decrypt it before this.)
Text and places are taken; what the hotline says in return is the answer to the callback.
"""

import hashlib
import hmac
import os
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from forwarding import Callback, Refused, forward, serve

FRESH_S = 300


def is_theirs(query: dict[str, str]) -> bool:
    stamp = query.get("timestamp", "")
    if not (stamp.isascii() and stamp.isdigit()) or abs(time.time() - int(stamp[:12])) > FRESH_S:
        return False
    parts = sorted([os.environ["CALLBACK_TOKEN"], stamp, query.get("nonce", "")])
    signed = hashlib.sha1("".join(parts).encode()).hexdigest()
    return hmac.compare_digest(signed.encode(), query.get("signature", "").encode())


def fields_of(body: bytes) -> dict[str, str]:
    """The elements of the XML. Raises ValueError; a document type, which may swell, is refused."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise ValueError("no document types")
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise ValueError("no XML") from error
    return {each.tag: each.text or "" for each in root}


def message_of(fields: dict[str, str]) -> dict[str, Any] | None:
    """None for what is no message, such as an event. Raises KeyError or ValueError."""
    message: dict[str, Any] = {
        "id": fields.get("MsgId", ""),
        "channel": "chat",
        "gateway": os.environ["GATEWAY_NAME"],
        "from": fields["FromUserName"],
    }
    match fields.get("MsgType"):
        case "text":
            return message | {"text": fields["Content"]}
        case "location":
            # The platform's maps are in GCJ-02.
            at = {"latitude": float(fields["Location_X"]), "longitude": float(fields["Location_Y"])}
            return message | {"text": fields.get("Label", ""), "place": at | {"datum": "gcj02"}}
    return None


def answer_to(fields: dict[str, str], text: str) -> str:
    return (
        f"<xml><ToUserName>{escape(fields['FromUserName'])}</ToUserName>"
        f"<FromUserName>{escape(fields.get('ToUserName', ''))}</FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime>"
        f"<MsgType>text</MsgType><Content>{escape(text)}</Content></xml>"
    )


class ChatCallback(Callback):
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}

    def do_GET(self) -> None:  # noqa: N802 - http.server's name
        """The platform asks once whether this address knows the token."""
        query = self.query()
        if is_theirs(query):
            self.say(200, query.get("echostr", ""))
        else:
            self.say(403, "who is there?")

    def do_POST(self) -> None:  # noqa: N802 - http.server's name
        if not is_theirs(self.query()):
            self.say(403, "who is there?")
            return
        try:
            fields = fields_of(self.body())
            message = message_of(fields)
        except (KeyError, ValueError):
            self.say(400, "this is no message")
            return
        self.pass_on(fields, message)

    def pass_on(self, fields: dict[str, str], message: dict[str, Any] | None) -> None:
        try:
            reply = forward(message).get("reply", "") if message else ""
        except OSError:
            self.say(503, "later")
            return
        except Refused:
            reply = ""
        if reply:
            self.say(200, answer_to(fields, reply), "application/xml")
        else:
            self.say(200, "success")


if __name__ == "__main__":
    serve(ChatCallback)
