"""A notice about delivery finds the message of ours that did not arrive."""

import uuid

import pytest
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from incidents import mail_intake
from incidents.letters import read
from incidents.models import Incident, Letter, Message, Report
from tests.conftest import LUXUN_PARK, IncidentMaker, PersonMaker, Town

pytestmark = pytest.mark.django_db(transaction=True)
WHO = "wang.xiaoming@example.cn"


@pytest.fixture
def sent(town: Town, incident: IncidentMaker) -> Message:
    report = Report.objects.get(incident=incident(LUXUN_PARK, "pothole"))
    return Message.objects.create(
        report=report, template="closed", channel="email", state="sent", sent_at=timezone.now()
    )


def notice(uid: object, status: str = "5.1.1", action: str = "failed") -> bytes:
    """As Postfix writes it."""
    return f"""From: MAILER-DAEMON@example.cn
To: 12345@city.cn
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: <{uuid.uuid4()}@mx.example.cn>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

<{WHO}>: host mx said: no such user

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.cn

Final-Recipient: rfc822; {WHO}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} <{WHO}>: Recipient address
    rejected

--b
Content-Type: text/rfc822-headers

From: 12345@city.cn
Message-ID: <{uid}@city.cn>

--b--
""".replace("\n", "\r\n").encode()


def came(raw: bytes, envelope: str = "") -> Letter:
    mail_intake.keep(raw, envelope)
    mail_intake.read_due()
    return Letter.objects.latest("id")


def test_a_failure_gives_the_message_up_and_the_manager_sees_why(
    sent: Message, client: Client, person: PersonMaker
) -> None:
    letter = came(notice(sent.uid))
    assert (letter.state, letter.why) == (Letter.State.IGNORED, Letter.Why.BOUNCE)
    assert letter.report == sent.report
    sent.refresh_from_db()
    assert sent.state == Message.State.GIVEN_UP
    assert sent.error == "bounced: 5.1.1 550 5.1.1 …: Recipient address rejected"
    client.force_login(person(Role.DUTY_MANAGER, "210100"))
    assert "bounced: 5.1.1" in client.get("/messages/?state=given_up").content.decode()


def test_a_delay_is_noted_and_changes_nothing(sent: Message) -> None:
    came(notice(sent.uid, "4.2.2", "delayed"))
    sent.refresh_from_db()
    assert sent.state == Message.State.SENT
    assert sent.error.startswith("delayed: 4.2.2")
    assert WHO not in sent.error


def test_nobody_is_answered(sent: Message) -> None:
    incidents, messages = Incident.objects.count(), Message.objects.count()
    for _again in range(2):
        came(notice(sent.uid))
    assert (Incident.objects.count(), Message.objects.count()) == (incidents, messages)


def test_what_names_no_message_of_ours_is_only_ignored(sent: Message) -> None:
    letter = came(notice(uuid.uuid4()))
    assert (letter.state, letter.report) == (Letter.State.IGNORED, None)
    sent.refresh_from_db()
    assert sent.state == Message.State.SENT


def test_a_notice_in_words_is_read_as_well(sent: Message) -> None:
    """As qmail and some large houses write it: the letter itself below."""
    words = f"<{WHO}>:\r\n550 5.7.1 refused\r\n\r\n--- Below this line is a copy.\r\n\r\n"
    came(f"Subject: failure notice\r\n\r\n{words}Message-ID: <{sent.uid}@city.cn>\r\n".encode())
    sent.refresh_from_db()
    assert sent.error == "bounced: 5.7.1 550 5.7.1 refused"


def test_who_is_away_for_a_week_has_got_it(sent: Message) -> None:
    head = f"From: {WHO}\r\nAuto-Submitted: auto-replied\r\nIn-Reply-To: <{sent.uid}@city.cn>"
    came(f"{head}\r\n\r\n5.1.1 away\r\n".encode(), WHO)
    sent.refresh_from_db()
    assert sent.state == Message.State.SENT


@pytest.mark.parametrize(
    "change",
    [
        (b"Status: 5.1.1", b"Status: 2.0.0"),
        (b"Action: failed", b"Action: relayed"),
        (b"message/delivery-status", b"message/delivery-status; x=\xff"),
        (b"--b--", b""),
        (b"Content-Type: message/delivery-status", b"Content-Type: message/rfc822"),
    ],
)
def test_a_crooked_notice_is_read_as_far_as_it_goes(change: tuple[bytes, bytes]) -> None:
    crooked = notice(uuid.uuid4()).replace(*change)
    found = read(crooked, "").notice
    assert found is None or found.status.startswith("5")
