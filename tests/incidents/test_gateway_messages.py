"""What SMS and chat gateways bring, signed: filed, added, counted as an answer, or left to us."""

import json
import os
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha1
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from incidents import mail_intake, message_intake, sms_stopping
from incidents.gateways import signature
from incidents.lifecycle import Status, Step
from incidents.models import (
    CallBack,
    Channel,
    Contact,
    Event,
    Incident,
    Letter,
    Media,
    Message,
    Report,
)
from incidents.vault import for_sending
from tests.conftest import LUXUN_PARK, PersonMaker, Town, photo

SECRET = "the secret of one gateway, thirty-two or more"
OTHER = "the secret of another gateway, long enough too"
PHONE, CHAT = "13812345678", "oAbC-1234"
POTHOLE = "鲁迅公园门口道路坑洼,路面坑洼很深,请尽快修补。"
LAMP = "路灯不亮,门口的路灯坏了,路灯一直不亮。"
ADDRESS = "/api/messages"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def gateways(settings: Settings) -> None:
    settings.GATEWAYS = {"sms-a": SECRET, "chat-b": OTHER}


def message(text: str, id: str = "1", **more: Any) -> dict[str, Any]:
    return {"id": id, "channel": "sms", "gateway": "sms-a", "from": PHONE, "text": text} | more


def chat(text: str, id: str = "1", **more: Any) -> dict[str, Any]:
    return message(text, id, channel="chat", gateway="chat-b", **{"from": CHAT}) | more


def brought(client: Client, given: Any, secret: str = "", age_s: int = 0) -> Any:
    body = json.dumps(given).encode() if isinstance(given, dict) else given
    own = OTHER if isinstance(given, dict) and given.get("gateway") == "chat-b" else SECRET
    stamp = str(int(time.time()) - age_s)
    return client.post(
        ADDRESS,
        body,
        content_type="application/json",
        headers={
            "Hotline-Timestamp": stamp,
            "Hotline-Signature": signature(secret or own, stamp, body),
        },
    )


def told(client: Client, given: dict[str, Any]) -> dict[str, Any]:
    answer = brought(client, given)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def test_sure_words_become_a_report_and_the_sender_reads_its_number(
    town: Town, client: Client
) -> None:
    answer = told(client, message(POTHOLE))
    report = Report.objects.get()
    assert (answer["result"], answer["number"]) == ("filed", report.number)
    assert f"/t/{report.tracking_code}" in answer["reply"]
    assert report.channel == Channel.MESSAGE
    assert report.incident.category_id == "pothole"
    assert for_sending(report.complainant).phone == PHONE  # type: ignore[arg-type]
    assert Contact.objects.get().channel == Channel.MESSAGE


def test_told_twice_it_is_answered_twice_the_same(town: Town, client: Client) -> None:
    first = told(client, message(POTHOLE))
    assert told(client, message(POTHOLE)) == first
    assert Report.objects.count() == 1
    other = brought(client, message(LAMP))
    assert (other.status_code, other.json()["errors"].keys()) == (409, {"id"})
    assert Letter.objects.count() == 1


def test_more_of_the_same_sender_is_added(town: Town, client: Client) -> None:
    first = told(client, message(POTHOLE))
    answer = told(client, message("就在公园东门旁边。", "2", **{"from": "+86 138-1234-5678"}))
    assert (answer["result"], answer["number"]) == ("added", first["number"])
    assert "东门" in Event.objects.get(step=Step.ADD).data["said"]


def test_another_matter_is_a_report_of_its_own(town: Town, client: Client) -> None:
    told(client, message(POTHOLE))
    assert told(client, message(LAMP, "2"))["result"] == "filed"
    assert Report.objects.count() == 2
    # Of two the one last written about goes on.
    assert told(client, message("还是一样。", "3"))["result"] == "added"
    assert Event.objects.get(step=Step.ADD).incident.category_id == "street-light"


def test_a_stranger_adds_nothing_to_a_report_and_reads_nothing(town: Town, client: Client) -> None:
    number = told(client, message(POTHOLE))["number"]
    answer = told(client, message(f"{number} 请撤销", "2", **{"from": "13900000000"}))
    assert answer["result"] == "waiting"
    assert "/t/" not in answer["reply"]
    # A name chosen in a chat is no number.
    assert told(client, chat("还有吗?", **{"from": PHONE}))["result"] == "waiting"
    assert not Event.objects.filter(step=Step.ADD).exists()


def test_a_chat_goes_on_within_its_gateway(town: Town, client: Client) -> None:
    at = {"longitude": LUXUN_PARK[0], "latitude": LUXUN_PARK[1]}
    assert told(client, chat(POTHOLE, place=at))["result"] == "filed"
    assert Incident.objects.get().division_id == "210102001001"
    file = {"name": "a.jpg", "content": b64encode(photo()).decode()}
    assert told(client, chat("", "2", media=[file]))["result"] == "added"
    assert Media.objects.count() == 1


def test_english_is_answered_in_english(town: Town, client: Client) -> None:
    assert "A person will read it" in told(client, message("Hello, is anybody there?"))["reply"]


def test_the_survey_comes_first(town: Town, client: Client) -> None:
    told(client, message(POTHOLE))
    report = Report.objects.get()
    Incident.objects.update(status=Status.CALL_BACK)
    asked = CallBack.objects.create(
        report=report, incident=report.incident, round=1, due_at=report.incident.created_at
    )
    Message.objects.create(
        report=report, complainant=report.complainant, template="replied", channel="sms",
        state="sent", sent_at=report.incident.created_at,
    )  # fmt: skip
    answer = told(client, message("15", "2"))
    assert (answer["result"], answer["number"]) == ("survey", report.number)
    asked.refresh_from_db()
    assert (asked.is_solved, asked.satisfaction, asked.way) == (True, 5, CallBack.Way.TEXT)
    assert told(client, message("15", "2")) == answer


def test_a_stop_word_is_a_wish_and_no_report(town: Town, client: Client) -> None:
    stopped = told(client, message(" 退订。"))
    assert stopped["result"] == "wish"
    assert "恢复" in stopped["reply"]
    assert sms_stopping.is_stopped("+86 138-1234-5678")
    assert told(client, message(" 退订。")) == stopped
    assert not Report.objects.exists()
    assert told(client, message("start", "2"))["result"] == "wish"
    assert not sms_stopping.is_stopped(PHONE)
    # A longer sentence is a report like any other.
    assert told(client, message("我要退订有线电视,营业厅不给办", "3"))["result"] != "wish"


def test_wrongdoing_is_shown_to_the_duty_manager_alone(
    town: Town, client: Client, person: PersonMaker
) -> None:
    told(client, message(POTHOLE))
    assert told(client, message("我要举报修路受贿。", "2"))["result"] == "waiting"
    it = Letter.objects.get(why=Letter.Why.DELICATE)
    client.force_login(person(Role.OPERATOR, "210100"))
    assert client.get(f"/letters/{it.uid}").status_code == 404
    client.force_login(person(Role.DUTY_MANAGER, "210100"))
    shown = client.get(f"/letters/{it.uid}").content.decode()
    assert "138****5678 (sms-a)" in shown
    assert PHONE not in shown


def test_a_person_files_a_message(town: Town, client: Client, person: PersonMaker) -> None:
    told(client, message("请帮忙看看。"))
    it = Letter.objects.get()
    client.force_login(person(Role.OPERATOR, "210100"))
    given = {"text": "门口有坑", "category": "pothole", "kind": "help"}
    assert client.post(f"/letters/{it.uid}/file", given).status_code == 302
    report = Report.objects.get()
    assert report.channel == Channel.MESSAGE
    assert for_sending(report.complainant).phone == PHONE  # type: ignore[arg-type]
    assert told(client, message("请帮忙看看。"))["result"] == "filed"


def test_whoever_has_not_signed_is_nobody(town: Town, client: Client) -> None:
    good = json.dumps(message(POTHOLE)).encode()
    assert client.post(ADDRESS, good, content_type="application/json").status_code == 401
    assert brought(client, good, secret="x" * 40).status_code == 401
    assert brought(client, good, age_s=301).status_code == 401
    assert brought(client, good, age_s=-301).status_code == 401
    # One gateway does not speak for another.
    assert brought(client, good, secret=OTHER).json()["errors"].keys() == {"gateway"}
    assert not Letter.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"channel": "fax"}, "channel"),
        ({"from": "wang"}, "from"),
        ({"from": None}, "from"),
        ({"id": ""}, "id"),
        ({"text": " "}, "text"),
        ({"text": "\ufffd"}, "text"),
        ({"at": "9999-01-01T00:00:00Z"}, "at"),
        ({"media": ["https://example.org/a.jpg"]}, "media"),
        ({"media": [{"content": "?"}]}, "media"),
        ({"media": [{"content": ""}] * 9}, "media"),
        ({"place": {"longitude": 500, "latitude": 1}}, "place"),
        ({"url": "https://example.org"}, "url"),
    ],
)
def test_each_wrong_field_is_named(
    town: Town, client: Client, change: dict[str, Any], field: str
) -> None:
    answer = brought(client, message(POTHOLE) | change)
    assert answer.status_code == 400
    assert answer.json()["errors"].keys() == {field}
    assert not Letter.objects.exists()


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 5000, b'{"id": NaN}'])
def test_what_is_no_message_is_refused(client: Client, body: bytes) -> None:
    assert brought(client, body).status_code == 400


def test_a_reader_that_died_leaves_it_to_the_next(town: Town, client: Client) -> None:
    given = message(POTHOLE)
    it = message_intake.kept(json.dumps(given).encode(), given, timezone.now())
    assert mail_intake.read_due() == 0  # it may still be at it
    Letter.objects.filter(pk=it.pk).update(process_after=it.received_at)
    assert mail_intake.read_due() == 1
    assert told(client, given)["result"] == "filed"
    assert Report.objects.count() == 1


def test_one_sender_cannot_flood(town: Town, client: Client, settings: Settings) -> None:
    settings.MAIL_RATE = "1/hour"
    flooding = {"from": f"139{time.time_ns() % 10**8:08}"}
    assert brought(client, message("你好", **flooding)).status_code == 200
    answer = brought(client, message("你好", "2", **flooding))
    assert (answer.status_code, answer.json()["errors"].keys()) == (429, {"from"})


# --- The two examples, as processes of their own, against a server of ours ------------------------


@contextmanager
def running(script: str, server: LiveServer, **given: str) -> Iterator[str]:
    """Its address."""
    folder = Path(django_settings.BASE_DIR) / "deploy" / "gateways"
    env = os.environ | {"HOTLINE_MESSAGES_URL": f"{server.url}{ADDRESS}", "PORT": "0"} | given
    with subprocess.Popen(
        [sys.executable, script], cwd=folder, env=env, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            yield f"http://127.0.0.1:{process.stdout.readline().split()[-1]}"
        finally:
            process.terminate()


def asked(address: str, body: bytes | None = None) -> tuple[int, str]:
    try:
        with urlopen(Request(address, body), timeout=20) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, ""


def test_a_form_of_an_sms_provider(town: Town, live_server: LiveServer) -> None:
    form = {"msgid": "9", "mobile": PHONE, "content": POTHOLE, "time": int(time.time())}
    keys = {"GATEWAY_NAME": "sms-a", "GATEWAY_SECRET": SECRET, "CALLBACK_KEY": "k"}
    with running("sms_form.py", live_server, **keys) as address:
        assert asked(f"{address}/k", urlencode(form).encode()) == (200, "ok")
        assert asked(f"{address}/k", urlencode(form).encode()) == (200, "ok")
        assert asked(f"{address}/k", b"x")[0] == 400
        advertised = urlencode(form | {"msgid": "10", "mobile": "SHOP"}).encode()
        assert asked(f"{address}/k", advertised) == (200, "ok")
        assert asked(f"{address}/other", b"x")[0] == 404
    assert Report.objects.get().channel == Channel.MESSAGE
    with running("sms_form.py", live_server, **keys | {"GATEWAY_SECRET": OTHER}) as address:
        assert asked(f"{address}/k", urlencode(form).encode())[0] == 503


def test_xml_of_a_chat_platform(town: Town, live_server: LiveServer) -> None:
    stamp = str(int(time.time()))
    signed = sha1("".join(sorted(["token", stamp, "n"])).encode()).hexdigest()
    query = f"?signature={signed}&timestamp={stamp}&nonce=n"
    xml = (
        "<xml><ToUserName>us</ToUserName><FromUserName><![CDATA[o<1>]]></FromUserName>"
        f"<MsgType>text</MsgType><Content>{POTHOLE}</Content><MsgId>77</MsgId></xml>"
    )
    keys = {"GATEWAY_NAME": "chat-b", "GATEWAY_SECRET": OTHER, "CALLBACK_TOKEN": "token"}
    with running("chat_xml.py", live_server, **keys) as address:
        assert asked(f"{address}/{query}&echostr=hello") == (200, "hello")
        status, said = asked(f"{address}/{query}", xml.encode())
        assert (status, asked(f"{address}/?nonce=n", xml.encode())[0]) == (200, 403)
        assert asked(f"{address}/{query}", b"<!DOCTYPE x><xml/>")[0] == 400
    assert "<ToUserName>o&lt;1&gt;</ToUserName>" in said
    assert f"/t/{Report.objects.get().tracking_code}" in said
