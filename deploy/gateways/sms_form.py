"""An SMS provider's callback, a form, becomes a message of the hotline.

    GATEWAY_NAME=sms GATEWAY_SECRET=... CALLBACK_KEY=... PORT=8040 \\
    HOTLINE_MESSAGES_URL=https://12345.city.cn/api/messages python3 sms_form.py

The provider posts `msgid`, `mobile`, `content` and `time` (seconds) to /CALLBACK_KEY, and comes
again until it reads `ok`. Other providers name these otherwise: NAMES is what to change. What is
to be sent back is left to the hotline's own SMS.
"""

import hmac
import os
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from forwarding import Callback, Refused, forward, serve

NAMES = {"id": "msgid", "from": "mobile", "text": "content", "at": "time"}


def message_of(form: dict[str, list[str]]) -> dict[str, Any]:
    """Raises KeyError or ValueError where something is missing."""
    given = {ours: form[theirs][0] for ours, theirs in NAMES.items() if ours != "at"}
    message = given | {"channel": "sms", "gateway": os.environ["GATEWAY_NAME"]}
    if sent := form.get(NAMES["at"]):
        message["at"] = datetime.fromtimestamp(int(sent[0]), UTC).isoformat()
    return message


class SmsCallback(Callback):
    def do_POST(self) -> None:  # noqa: N802 - http.server's name
        key = f"/{os.environ['CALLBACK_KEY']}"
        if not hmac.compare_digest(self.path.encode(), key.encode()):
            self.say(404, "no such address")
            return
        try:
            message = message_of(parse_qs(self.body().decode(), strict_parsing=True))
        except (KeyError, ValueError, OverflowError, OSError):
            self.say(400, "msgid, mobile and content are needed")
            return
        try:
            forward(message)
        except OSError:
            self.say(503, "later")
        except Refused:
            self.say(200, "ok")  # written down, and not to be brought again
        else:
            self.say(200, "ok")


if __name__ == "__main__":
    serve(SmsCallback)
