"""A firm asks a lawyer with its papers; a named adviser answers, and nobody else reads them."""

import secrets
import uuid
import zipfile
from collections.abc import Callable
from io import BytesIO
from random import Random
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from districts.models import Division
from enterprises import advisers, advising
from enterprises.documents import file_of
from enterprises.models import Advice, Adviser, Document, FirmRequest, Speciality
from incidents import media_check, rotation
from tests.conftest import PersonMaker
from tests.enterprises.conftest import FirmMaker, LogIn, Story, Tell

pytestmark = pytest.mark.django_db
AdviserMaker = Callable[..., Adviser]
PDF = b"%PDF-1.7\n%zz secret of the firm"


@pytest.fixture
def adviser(person: PersonMaker) -> AdviserMaker:
    def make(territory: str = "210102", *specialities: str, capacity: int = 20) -> Adviser:
        user: User = person(Role.SERVICE_MANAGER)
        return Adviser.objects.create(
            user=user,
            bar_number=f"12101{user.pk:06d}",
            specialities=specialities or ["labour"],
            territory_id=territory,
            capacity=capacity,
        )

    return make


def paper(name: str = "合同.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def docx(*parts: str) -> bytes:
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for part in parts:
            archive.writestr(part, "x")
    return kept.getvalue()


def ask(client: Client, *papers: SimpleUploadedFile, **more: Any) -> Any:
    given: dict[str, Any] = {"speciality": "labour", "text": "劳动合同", "phone": "13812345678"}
    given |= {"key": str(uuid.uuid4()), "documents": list(papers)}
    return client.post("/firm/legal", given | more)


def test_an_adviser_answers_and_nobody_else_reads_the_papers(
    tell: Tell, adviser: AdviserMaker, logged_in: LogIn
) -> None:
    story, mine, other = tell(), adviser(), adviser()
    other_firm = tell()
    docx_paper = paper("附件.docx", docx("[Content_Types].xml", "word/document.xml"))
    assert ask(story.at_firm, paper(), docx_paper).status_code == 302
    number, document = FirmRequest.objects.get(), Document.objects.earliest("pk")
    page = f"/advice/{number}/"
    file = f"{page}documents/{document.uid}"
    at_desk = logged_in(mine.user)
    assert "劳动合同" in at_desk.get(page).content.decode()
    assert str(number) in at_desk.get("/advice/").content.decode()
    answer = at_desk.get(file)
    assert answer.content == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert story.at_firm.get(file).content == PDF
    for stranger in (logged_in(other.user), story.at_manager, other_firm.at_firm):
        assert stranger.get(file).status_code == 404
        assert stranger.post(f"{page}answer", {"answer": "x"}).status_code in (403, 404)
    at_desk.post(f"{page}answer", {"answer": "可以依法解除"})
    assert at_desk.post(f"{page}answer", {"answer": "再答"}).status_code == 400
    shown = story.at_firm.get(f"/firm/requests/{number}/").content.decode()
    assert "可以依法解除" in shown
    assert mine.bar_number in shown
    advice = Advice.objects.get()
    assert advice.contacted_at == advice.answered_at


def test_on_disk_nothing_is_readable_and_keys_can_be_changed(tell: Tell) -> None:
    ask(tell().at_firm, paper())
    document = Document.objects.get()
    with default_storage.open(file_of(document)) as kept:
        assert b"secret" not in kept.read()
    sealed = bytes(document.sealed)
    list(rotation.rotate(again=True))
    document.refresh_from_db()
    assert bytes(document.sealed) != sealed


def test_a_paper_without_bytes_and_bytes_without_a_row_are_found(tell: Tell) -> None:
    ask(tell().at_firm, paper())
    document = Document.objects.get()
    default_storage.save("document/00/half-written", ContentFile(b"x"))
    assert checked() == ["orphan document/00/half-written"]
    assert checked() == []
    default_storage.delete(file_of(document))
    assert checked() == [f"missing {file_of(document)}"]


def checked() -> list[str]:
    """What is said of the storage, and mended as far as it can be."""
    said = list(media_check.faults(default_storage, older_than=timezone.now(), checksums=False))
    for each in said:
        media_check.mend(default_storage, each)
    return [str(each) for each in said]


@pytest.mark.parametrize(
    "papers",
    [
        [paper("x.pdf", b"<html>not a pdf")],
        [paper("x.docx", docx("readme.txt"))],
        [paper("x.docx", b"PK\x03\x04 broken")],
        [paper("empty.pdf", b"")],
        [paper("big.pdf", PDF + b"x" * (10 * 1024 * 1024))],
        [paper()] * 6,
        [paper(), paper("x.exe", b"MZ")],
    ],
    ids=["html", "zip", "broken zip", "empty", "big", "six", "one of two"],
)
def test_a_bad_paper_is_refused_and_nothing_kept(
    tell: Tell, papers: list[SimpleUploadedFile]
) -> None:
    for each in papers:
        each.seek(0)
    answer = ask(tell().at_firm, *papers)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == ["documents"]
    assert not FirmRequest.objects.exists()
    assert not Document.objects.exists()


def test_pressed_twice_there_is_one_request_and_one_paper(tell: Tell) -> None:
    story, key = tell(), str(uuid.uuid4())
    for _n in range(2):
        assert ask(story.at_firm, paper(), key=key).status_code == 302
    assert (FirmRequest.objects.count(), Document.objects.count()) == (1, 1)


def test_who_is_full_or_gone_hands_on(
    tell: Tell, adviser: AdviserMaker, person: PersonMaker
) -> None:
    story, first = tell(), adviser("210102", capacity=1)
    for _n in range(2):
        ask(story.at_firm)
    assert list(Advice.objects.values_list("adviser", flat=True)) == [first.pk, None]
    city = adviser("210100")
    User.objects.filter(pk=first.user_id).update(is_active=False)
    assert advising.assign_waiting() == 2
    assert set(Advice.objects.values_list("adviser", flat=True)) == {city.pk}
    assert advising.assign_waiting() == 0


def test_the_statement_chooses_as_the_rule_does(
    tell: Tell, adviser: AdviserMaker, firm: FirmMaker
) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")  # noqa: T201
    random, story = Random(seed), tell()
    places = list(Division.objects.values_list("code", flat=True))
    for _n in range(12):
        chosen = random.sample(Speciality.values, random.choice([1, 2]))
        adviser(random.choice(places), *chosen, capacity=random.choice([1, 2, 3]))
    for _n in range(20):
        ask(story.at_firm, speciality=random.choice(Speciality.values))
        advice = Advice.objects.latest("pk")
        ruled = advice.adviser_id
        assert ruled == expected(advice, story)
        Advice.objects.filter(pk=advice.pk).update(adviser=None, assigned_at=None)
        advising.assign_waiting()
        advice.refresh_from_db()
        assert advice.adviser_id == ruled


def expected(advice: Advice, story: Story) -> int | None:
    """As if this one had not been given out."""
    pool = advising.able()
    without = [
        advisers.Adviser(
            each.pk,
            each.specialities,
            each.territory,
            each.level,
            each.load - (each.pk == advice.adviser_id),
            each.capacity,
        )
        for each in pool
    ]
    return advisers.choose(without, advice.speciality, story.firm.division_id)
