"""Letters by a real SMTP conversation: kept before 250 is said, filed or shown to a person."""

import asyncio
import re
import secrets
import smtplib
import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from threading import Event as Signal
from threading import Thread
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.roles import Role
from incidents import letter_deciding, mail_intake, media_check, vault
from incidents.lifecycle import Step
from incidents.mail_intake import read_due
from incidents.mailbox import serve
from incidents.models import Channel, Contact, Event, Incident, Letter, Media, Message, Report
from incidents.rotation import rotate
from incidents.vault import for_sending
from tests.conftest import LUXUN_PARK, IncidentMaker, PersonMaker, Town, photo, statements

pytestmark = pytest.mark.django_db(transaction=True)
US, WANG = "12345@localhost", "wang@example.cn"
POTHOLE = "鲁迅公园门口道路坑洼,路面坑洼很深,请尽快修补。"


class Post:
    """The receiver, in a thread with a loop of its own, and a sender's mail program."""

    def __init__(self) -> None:
        self.port = 0
        self.loop = asyncio.new_event_loop()
        self.ready, self.ended = Signal(), asyncio.Event()
        self.thread = Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        self.loop.run_until_complete(self._serve())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())

    async def _serve(self) -> None:
        async with await serve("127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            self.ready.set()
            await self.ended.wait()

    def end(self) -> None:
        self.loop.call_soon_threadsafe(self.ended.set)
        self.thread.join(10)

    def send(self, letter: bytes, sender: str = WANG, to: str = US) -> None:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=20) as smtp:
            smtp.sendmail(sender, [to], re.sub(rb"\r?\n", b"\r\n", letter))


@pytest.fixture
def post(settings: Settings) -> Iterator[Post]:
    settings.MAIL_TO = frozenset({US})
    made = Post()
    made.thread.start()
    assert made.ready.wait(10)
    yield made
    made.end()
    connections.close_all()


def letter(text: str = POTHOLE, subject: str = "道路坑洼", **heads: str) -> EmailMessage:
    made = EmailMessage()
    made["From"] = heads.pop("sender", f"王小明 <{WANG}>")
    made["To"], made["Subject"] = US, subject
    made["Message-ID"] = heads.pop("message_id", "<one@example.cn>")
    for name, value in heads.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def test_a_clear_letter_becomes_a_report(post: Post, town: Town) -> None:
    post.send(bytes(letter()))
    kept = Letter.objects.get()
    assert kept.state == Letter.State.NEW
    read_due()
    kept.refresh_from_db()
    report = Report.objects.get()
    assert (kept.state, kept.report) == (Letter.State.FILED, report)
    assert report.channel == Channel.MAIL
    assert report.incident.category_id == "pothole"
    assert "路面坑洼很深" in report.text
    assert report.complainant
    assert for_sending(report.complainant).email == WANG
    assert for_sending(report.complainant).name == "王小明"
    assert Contact.objects.get().report == report


def test_the_same_letter_twice_is_one_report(post: Post, town: Town) -> None:
    for _ in range(2):
        post.send(bytes(letter()))
        read_due()
    assert Letter.objects.count() == Report.objects.count() == 1


def test_what_is_unclear_waits_for_a_person(post: Post, town: Town) -> None:
    post.send(bytes(letter("你们好,想问一下。", subject="咨询")))
    read_due()
    kept = Letter.objects.get()
    assert (kept.state, kept.why) == (Letter.State.TO_FILE, Letter.Why.UNCLEAR)
    assert mail_intake.head_of(kept).subject == "咨询"
    assert not Report.objects.exists()


def test_nothing_is_readable_where_it_is_kept(post: Post, town: Town) -> None:
    post.send(bytes(letter()))
    kept = Letter.objects.get()
    with default_storage.open(mail_intake.file_of(kept)) as file:
        assert b"example.cn" not in file.read()
    assert kept.sealed
    assert WANG.encode() not in bytes(kept.sealed)


def test_a_photo_brings_its_place(post: Post, town: Town) -> None:
    made = letter()
    made.add_attachment(photo(LUXUN_PARK), maintype="image", subtype="jpeg", filename="坑.jpg")
    made.add_attachment(b"\x78\x9f\x3e\x22", maintype="application", subtype="ms-tnef",
                        filename="winmail.dat")  # fmt: skip
    post.send(bytes(made))
    read_due()
    assert Media.objects.count() == 1
    assert Incident.objects.get().division_id == "210102001001"


def test_an_answer_to_our_message_is_added(post: Post, town: Town) -> None:
    post.send(bytes(letter()))
    read_due()
    report = Report.objects.get()
    told = Message.objects.create(
        report=report, complainant=report.complainant, template="received",
        channel=Message.Channel.EMAIL, occasion="test",
    )  # fmt: skip
    answer = letter("补充:车已经掉进去了。\n\n在 2026年1月1日,12345 写道:\n> 已收到",
                    subject="Re: 已收到", message_id="<two@example.cn>",
                    In_Reply_To=f"<{told.uid}@hotline.cn>")  # fmt: skip
    post.send(bytes(answer))
    read_due()
    assert Report.objects.count() == 1
    event = Event.objects.get(step=Step.ADD)
    assert "车已经掉进去了" in event.data["said"]
    assert "已收到\n" not in event.data["said"]
    assert event.from_status == event.to_status
    assert Contact.objects.count() == 2


@pytest.mark.parametrize(("sender", "state"), [(WANG, "threaded"), ("li@example.cn", "to_file")])
def test_a_number_in_the_subject_is_believed_of_its_own_citizen(
    post: Post, town: Town, sender: str, state: str
) -> None:
    post.send(bytes(letter()))
    read_due()
    number = Report.objects.get().number
    more = letter("还没有人来。", f"催办 {number}", message_id="<3@x.cn>", sender=sender)
    post.send(bytes(more), sender)
    read_due()
    kept = Letter.objects.order_by("id").last()
    assert kept
    assert kept.state == state


@pytest.mark.parametrize(
    ("heads", "envelope", "why"),
    [
        ({"Auto_Submitted": "auto-replied"}, WANG, "auto"),
        ({"Precedence": "bulk"}, WANG, "bulk"),
        ({"List_Id": "<news.example.cn>"}, WANG, "bulk"),
        ({}, "<>", "bounce"),
    ],
)
def test_machines_are_never_answered(
    post: Post, town: Town, heads: dict[str, str], envelope: str, why: str
) -> None:
    post.send(bytes(letter(**heads)), envelope)
    read_due()
    kept = Letter.objects.get()
    assert (kept.state, kept.why) == (Letter.State.IGNORED, why)
    assert not Report.objects.exists()
    assert not Message.objects.exists()


def test_a_machine_that_does_not_say_so_does_not_loop(post: Post, town: Town) -> None:
    for n in range(8):
        post.send(bytes(letter(f"{POTHOLE} {n}", message_id=f"<{n}@x.cn>")))
        read_due()
    assert Report.objects.count() == letter_deciding.OFTEN
    assert Letter.objects.filter(why=Letter.Why.OFTEN).count() == 8 - letter_deciding.OFTEN


def test_another_mailbox_is_refused(post: Post, town: Town) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        post.send(bytes(letter()), to="somebody@else.cn")
    assert refused.value.recipients["somebody@else.cn"][0] == 550
    assert not Letter.objects.exists()


def test_thirty_megabytes_are_kept_and_fifty_refused(post: Post, town: Town) -> None:
    big = letter()
    big.add_attachment(b"\0" * 22 * 1024**2, maintype="application", subtype="zip",
                       filename="big.zip")  # fmt: skip
    post.send(bytes(big))
    assert Letter.objects.get().size > 29 * 1024**2
    read_due()
    assert Report.objects.count() == 1
    with pytest.raises(smtplib.SMTPException) as refused:
        post.send(bytes(letter(message_id="<b@x.cn>")) + b"\r\n" + (b"x" * 70 + b"\r\n") * 700_000)
    assert getattr(refused.value, "smtp_code", 552) == 552


def test_what_cannot_be_kept_is_not_promised(
    post: Post, town: Town, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("full") / "file"
    folder.write_text("no folder")
    settings.MEDIA_ROOT = folder
    with pytest.raises(smtplib.SMTPDataError) as refused:
        post.send(bytes(letter()))
    assert refused.value.smtp_code == 451
    assert not Letter.objects.exists()


def test_killed_between_keeping_and_reading_nothing_is_lost(post: Post, town: Town) -> None:
    post.send(bytes(letter()))
    dead = mail_intake.claim()  # this worker dies with its lease
    assert len(dead) == 1
    assert read_due() == 0
    Letter.objects.update(process_after=Letter.objects.get().received_at)
    assert read_due() == 1
    assert Report.objects.count() == 1
    mail_intake.take_up(dead[0])  # and was not dead after all
    assert Report.objects.count() == 1


def test_what_ends_three_workers_is_shown_to_a_person(post: Post, town: Town) -> None:
    post.send(bytes(letter()))
    for _ in range(3):
        assert mail_intake.claim()
        Letter.objects.update(process_after=Letter.objects.get().received_at)
    assert not mail_intake.claim()
    kept = Letter.objects.get()
    assert (kept.state, kept.why) == (Letter.State.BAD, Letter.Why.TRIED)


def test_one_conversation_too_many_comes_again(post: Post, settings: Settings) -> None:
    settings.MAIL_CONNECTIONS = 1
    with smtplib.SMTP("127.0.0.1", post.port, timeout=20):
        with pytest.raises(smtplib.SMTPConnectError) as refused:
            smtplib.SMTP("127.0.0.1", post.port, timeout=20)
        assert refused.value.smtp_code == 421
    for _try in range(50):
        try:
            with smtplib.SMTP("127.0.0.1", post.port, timeout=20):
                break
        except smtplib.SMTPConnectError:
            time.sleep(0.1)
    else:
        pytest.fail("the first one has ended")


# --- The desk -------------------------------------------------------------------------------------


@pytest.fixture
def desk(person: PersonMaker, client: Client) -> Client:
    client.force_login(person(Role.OPERATOR, "210100"))
    return client


def kept(text: str = "请看一下。", subject: str = "你好", **heads: str) -> Letter:
    """A letter that was read, without the way through SMTP."""
    mail_intake.keep(bytes(letter(text, subject, **heads)), WANG)
    read_due()
    return Letter.objects.latest("id")


def asked(client: Client) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get("/letters/")
    return len(statements(captured))


def page(client: Client, it: Letter, act: str = "", **given: str) -> Any:
    address = f"/letters/{it.uid}{'/' + act if act else ''}"
    return client.post(address, given) if act else client.get(address)


def test_the_list_takes_as_many_statements_for_fifty(town: Town, desk: Client) -> None:
    kept()
    few = asked(desk)
    for n in range(4):
        kept(message_id=f"<{n}@x>")
    assert asked(desk) == few <= 8
    shown = desk.get("/letters/").content.decode()
    assert "你好" in shown
    assert "王**" in shown
    assert WANG not in shown


def test_a_letter_is_shown_safely(town: Town, desk: Client) -> None:
    it = kept("<script>alert(1)</script>\n\n-- \n王小明", "<b>你好</b>")
    shown = page(desk, it).content.decode()
    assert "&lt;script&gt;alert(1)" in shown
    assert "<b>你好" not in shown
    assert "<details>" in shown


def test_a_person_files_it(town: Town, desk: Client) -> None:
    it = kept()
    given = {"text": "门口有坑", "category": "pothole", "kind": "help"}
    at = {"longitude": str(LUXUN_PARK[0]), "latitude": str(LUXUN_PARK[1])}
    assert page(desk, it, "file", **given, **at).status_code == 302
    it.refresh_from_db()
    assert it.state == Letter.State.FILED
    assert it.done_by
    assert it.report
    assert it.report.incident.division_id == "210102001001"
    assert for_sending(it.report.complainant).email == WANG  # type: ignore[arg-type]
    assert page(desk, it, "file", **given, **at).status_code == 409
    assert Report.objects.count() == 1


def test_each_wrong_field_is_named(town: Town, desk: Client) -> None:
    it = kept()
    answer = page(desk, it, "file", text="x", kind="none")
    assert answer.status_code == 400
    assert 'id="e-kind"' in answer.content.decode()
    assert 'id="e-category"' in answer.content.decode()
    assert 'id="e-number"' in page(desk, it, "add", number="1").content.decode()
    assert 'id="e-reason"' in page(desk, it, "aside", reason=" ").content.decode()
    it.refresh_from_db()
    assert it.state == Letter.State.TO_FILE


def test_a_person_adds_it_to_a_report(town: Town, desk: Client, incident: IncidentMaker) -> None:
    case = incident(LUXUN_PARK, "pothole")
    it = kept("还有一个坑。")
    assert page(desk, it, "add", number=case.number).status_code == 302
    event = Event.objects.get(step=Step.ADD)
    assert event.incident == case
    assert "还有一个坑" in event.data["said"]
    assert event.actor


def test_a_person_puts_it_aside(town: Town, desk: Client) -> None:
    it = kept()
    assert page(desk, it, "aside", reason="广告").status_code == 302
    it.refresh_from_db()
    assert (it.state, it.reason) == (Letter.State.ASIDE, "广告")
    assert "你好" not in desk.get("/letters/").content.decode()


def test_a_broken_letter_is_shown_as_it_came(town: Town, desk: Client) -> None:
    parts = b"--b\r\n\r\nx\r\n" * 1000
    mail_intake.keep(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + parts, WANG)
    read_due()
    it = Letter.objects.get()
    assert it.state == Letter.State.BAD
    assert "boundary=b" in page(desk, it).content.decode()


def test_what_may_report_wrongdoing_is_the_duty_managers(
    town: Town, desk: Client, person: PersonMaker
) -> None:
    it = kept("我要举报路面坑洼修补工程受贿。", "举报")
    assert it.why == Letter.Why.DELICATE
    assert page(desk, it).status_code == 404
    desk.force_login(person(Role.DUTY_MANAGER, "210100"))
    assert page(desk, it).status_code == 200


def test_an_erased_citizens_letter_says_nothing_any_more(
    town: Town, desk: Client, person: PersonMaker
) -> None:
    it = kept(POTHOLE)
    assert it.report
    Incident.objects.update(status="closed", ended_at=it.received_at)
    assert it.report.complainant
    vault.erase(it.report.complainant, person(Role.DATA_PROTECTION_OFFICER), "asked for")
    it.refresh_from_db()
    assert it.sealed is None
    assert page(desk, it).status_code == 200


def test_keys_are_turned_for_letters_too(town: Town, settings: Settings) -> None:
    it = kept()
    fresh = b64encode(secrets.token_bytes(32)).decode()
    settings.VAULT_KEYS = [fresh, *settings.VAULT_KEYS]
    assert sum(rotate()) == 1
    settings.VAULT_KEYS = [fresh]
    it.refresh_from_db()
    assert mail_intake.opened(it).subject == "你好"


def test_a_file_that_a_crash_left_without_its_row_goes_after_a_day(town: Town) -> None:
    it, lost = kept(), kept(message_id="<lost@x>")
    Letter.objects.filter(pk=lost.pk).delete()

    def checked(young: timedelta) -> list[str]:
        found = media_check.faults(
            default_storage, older_than=timezone.now() - young, checksums=False
        )
        said = list(found)
        for each in said:
            media_check.mend(default_storage, each)
        return [str(each) for each in said]

    assert checked(timedelta(days=1)) == []
    assert checked(timedelta(0)) == [f"orphan {mail_intake.file_of(lost)}"]
    assert checked(timedelta(0)) == []
    default_storage.delete(mail_intake.file_of(it))
    assert checked(timedelta(0)) == [f"missing {mail_intake.file_of(it)}"]
