"""One person for each role, all of Heping, and what lies about them: theirs and others'.

near       a pothole in Heping, led by its department, in the hands of its worker
far        a pothole in Dadong, led by Dadong's department, in the hands of its worker
grave      danger to life in Heping, with no unit yet
whistle    a report of wrongdoing in Heping, urgent, not alarmed
secret     a confidential report in Heping
placeless  no place given
"""

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, Unit, User
from accounts.roles import Role
from dispatch import engine, orders
from dispatch.models import DutyChange, Worker
from districts.datums import Datum
from enterprises import documents
from enterprises.credit_code import check_letter
from enterprises.models import (
    Advice,
    Adviser,
    Document,
    Firm,
    FirmRequest,
    Need,
    Offer,
    Representative,
    ServiceManager,
)
from incidents import knowledge, mail_intake, rating
from incidents.intake import GivenPosition, NewReport, Sender, file_report
from incidents.media import sealed_from
from incidents.merged_lines import beginning, keeping, passing
from incidents.models import (
    CallBack,
    CaseMapping,
    Category,
    Channel,
    Comment,
    Contact,
    Follow,
    Incident,
    Kind,
    Letter,
    LowScore,
    Media,
    MergedLine,
    Message,
    Origin,
    Report,
    Topic,
    VaultOpening,
)
from incidents.tasks import sweep_media
from incidents.voices import links
from tests.access.table import ANONYMOUS
from tests.conftest import DADONG_GATE, LUXUN_PARK, Town, WorkerMaker, incoming, north_of, photo

PLACES: dict[str, tuple[float, float] | None] = {
    "near": LUXUN_PARK,
    "far": DADONG_GATE,
    "grave": north_of(LUXUN_PARK, 300),
    "whistle": (123.413579, 41.812468),
    "secret": north_of(LUXUN_PARK, 500),
    "placeless": None,
}
PROVINCE_WIDE = frozenset({Role.PROVINCE_SUPERVISOR})
OF_NO_PLACE = frozenset(
    {Role.CITIZEN, Role.FIRM, Role.DATA_PROTECTION_OFFICER, Role.ADMINISTRATOR, Role.API_CLIENT}
)


@dataclass
class Thing:
    """An incident with all that hangs on it; `words` are in what its citizen wrote."""

    name: str
    incident: Incident
    words: str
    phone: str
    tracking_code: str
    parts: dict[str, Any] = field(default_factory=dict)

    @property
    def number(self) -> str:
        return self.incident.number

    @property
    def secrets(self) -> tuple[str, ...]:
        """What tells somebody that it exists, or what it says."""
        return (self.words, self.number, self.tracking_code)


@dataclass
class World:
    town: Town
    people: dict[str, User]
    things: dict[str, Thing]
    workers: dict[str, Worker]
    key: str
    sessions: dict[str, str] = field(default_factory=dict)
    handler: Any = field(default_factory=lambda: Client().handler)

    def client(self, role: str) -> Client:
        """A browser logged in as this person; the API client's sends its key."""
        key = {"Authorization": f"Api-Key {self.key}"} if role == Role.API_CLIENT else {}
        client = Client(raise_request_exception=False, headers=key)
        # Shared: to set up the middleware anew costs more than a request.
        client.handler = self.handler
        if role not in (ANONYMOUS, Role.API_CLIENT):
            client.cookies["sessionid"] = self.sessions[role]
        return client


def build(town: Town, worker: WorkerMaker) -> World:
    workers = {
        "near": worker("nearworker", LUXUN_PARK, unit=town.heping),
        "far": worker(
            "farworker",
            DADONG_GATE,
            unit=town.dadong,
            division_id="210104001001",
            county_id="210104",
        ),
    }
    people = {role.value: person_of(role, town, workers["near"]) for role in Role}
    _key, key = ApiKey.issue(people[Role.API_CLIENT].username, 1000, announces_calls=True)
    things = {name: file(name) for name in PLACES}
    while sweep_media():
        pass
    for name in ("near", "far"):
        give(things[name], workers[name])
        things[name].parts |= on_leave(workers[name], people[Role.DUTY_MANAGER])
    Incident.objects.filter(pk=things["whistle"].incident.pk).update(is_urgent=True)
    for thing in things.values():
        hang(thing, people)
    do_business(things, people)
    for name, unit in (("near", town.heping), ("far", town.dadong)):
        things[name].parts["item"] = item_of(unit, f"zzitem{name}zz")
        things[name].parts["follow"] = follow_of(things[name])
    things["grave"].parts["item"] = published(town.heping, people[Role.DUTY_MANAGER])
    things["near"].parts["slug"] = topic_of(people[Role.DUTY_MANAGER])
    world = World(town, people, things, workers, key)
    world.sessions = {role: session_of(user) for role, user in people.items()}
    return world


def person_of(role: Role, town: Town, near: Worker) -> User:
    if role == Role.COMMUNITY_WORKER:
        return near.user
    unit = {
        Role.UNIT_LIAISON: town.heping,
        Role.KNOWLEDGE_EDITOR: town.heping,
        Role.DUTY_MANAGER: town.heping.parent,
    }.get(role)
    placed = role not in OF_NO_PLACE | PROVINCE_WIDE
    return User.objects.create(
        username=f"the-{role}",
        name=f"the-{role}",
        role=role,
        unit=unit,
        division_id="210102" if placed else None,
        is_staff=role == Role.ADMINISTRATOR,
    )


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def file(name: str) -> Thing:
    """Filed through the one door, with a photo and a phone number."""
    place, words = PLACES[name], f"zzwords{name}zz"
    phone = f"1381234{1000 + list(PLACES).index(name)}"
    new = NewReport(
        kind=Kind.WRONGDOING if name == "whistle" else Kind.HELP,
        category="gas-smell" if name == "grave" else "pothole",
        channel=Channel.WEB,
        text=words,
        position=GivenPosition(*place, Datum.WGS84, 10.0, Origin.PIN) if place else None,
        contact_name=f"zzname{name}zz",
        contact_phone=phone,
        confidential=name == "secret",
    )
    with sealed_from([incoming("a.jpg", photo(place))]) as media:
        filed = file_report(new, sender=Sender(), media=media)
    incident = Incident.objects.get(reports__number=filed.answer["number"])
    return Thing(name, incident, words, phone, filed.answer["tracking_code"])


def give(thing: Thing, worker: Worker) -> None:
    """Dispatched, offered to this worker, who accepts."""
    engine.dispatch(thing.incident.pk)
    order = thing.incident.work_orders.get(worker=worker)
    orders.accept(order.pk, worker.user)
    thing.parts["order"] = order.pk
    thing.incident.refresh_from_db()


def on_leave(worker: Worker, by: User) -> dict[str, Any]:
    """Next week."""
    begins = timezone.now() + timedelta(days=7)
    change = DutyChange.objects.create(
        worker=worker,
        kind="leave",
        begins_at=begins,
        ends_at=begins + timedelta(days=1),
        made_by=by,
    )
    return {
        "worker_id": worker.pk,
        "username": worker.user.username,
        "change_id": change.pk,
    }


def hang(thing: Thing, people: dict[str, User]) -> None:
    """A call-back, a message, a contact; the operator of Heping held the near ones."""
    report = thing.incident.reports.get()
    own = thing.name != "far"
    contact = Contact.objects.create(
        channel=Channel.TELEPHONE,
        call_id=f"call-{thing.name}",
        recording=f"https://calls.example.cn/{thing.tracking_code}",
        offered_at=timezone.now(),
        operator=people[Role.OPERATOR] if own else None,
        division_id="210102" if own else "210104",
        report=report,
        incident=thing.incident,
    )
    call_back = CallBack.objects.create(
        report=report, incident=thing.incident, due_at=timezone.now()
    )
    asked = CallBack.objects.create(
        report=report, incident=thing.incident, round=2, due_at=timezone.now(),
        result=CallBack.Result.OVERTAKEN, done_at=timezone.now(), words=thing.words,
    )  # fmt: skip
    low = LowScore.objects.create(call_back=asked, due_at=timezone.now())
    message = Message.objects.create(
        report=report,
        complainant=report.complainant,
        template=Message.Template.RECEIVED,
        occasion="walk",
        channel=Message.Channel.SMS,
        state=Message.State.GIVEN_UP,
    )
    assert report.complainant is not None
    VaultOpening.objects.create(
        complainant=report.complainant, user=people[Role.DUTY_MANAGER], act="opened", reason="zz"
    )
    thing.parts |= {
        "letter": letter_of(thing, report),
        "comment": Comment.objects.create(
            incident=thing.incident, voice="zz", kind="comment", text="zzcomment"
        ).uid,
        "case_file": case_file_of(thing),
        "media": Media.objects.get(report=report).uid,
        "contact": contact.uid,
        "call": call_back.pk,
        "low": low.pk,
        "message": message.uid,
        "token": rating.link(call_back).removeprefix("/r/"),
    }


def letter_of(thing: Thing, report: Report) -> uuid.UUID:
    """One that waits for a person, and names this report."""
    raw = f"From: zz@example.cn\r\nMessage-ID: <{thing.name}@zz>\r\n\r\n{thing.words}"
    mail_intake.keep(raw.encode(), "zz@example.cn")
    letter = Letter.objects.latest("id")
    letter.report, letter.state, letter.why = report, Letter.State.TO_FILE, Letter.Why.ENDED
    letter.save()
    return letter.uid


def case_file_of(thing: Thing) -> uuid.UUID:
    """A file of a merged line with the words and the phone of this thing, in a faulty row."""
    raw = f"number,text,category,phone\n1,{thing.words},zz,{thing.phone}\n"
    line, _made = MergedLine.objects.get_or_create(name="zz")
    columns = {"number": "number", "text": "text", "category": "category"}
    mapping, _made = CaseMapping.objects.get_or_create(
        name="zz", line=line, defaults={"columns": columns | {"contact_phone": "phone"}}
    )
    found = keeping.keep(BytesIO(raw.encode()), "cases.csv")
    passing.work_on(beginning.check(found.pk, mapping))
    return found.uid


def do_business(things: dict[str, Thing], people: dict[str, User]) -> None:
    """A firm near, looked after and spoken for by the two of those roles; another far.

    Their requests are the reports of those names, and somebody claims to speak for each.
    """
    for name, division in (("near", "210102"), ("far", "210104")):
        body = f"91{division}MA0{name.upper():A<5}X"[:17].replace("N", "B").replace("O", "0")
        firm = Firm.objects.create(
            code=body + check_letter(body),
            name=f"zzfirm{name}zz",
            sector="C",
            size="small",
            division_id=division,
            manager=manager_of(people, name, division),
        )
        report = things[name].incident.reports.get()
        asked_for = FirmRequest.objects.create(
            firm=firm, report=report, topic="permits", filed_by=people[Role.FIRM]
        )
        things[name].parts |= business_of(asked_for)
        stranger = User.objects.create(username=f"claims-{name}", role=Role.FIRM)
        asked = Representative.objects.create(user=stranger, firm=firm, note=f"zzclaim{name}zz")
        things[name].parts |= {"code": firm.code, "claim_id": asked.pk}
    Representative.objects.create(
        user=people[Role.FIRM],
        firm=Firm.objects.get(name="zzfirmnearzz"),
        note="zz",
        state=Representative.State.APPROVED,
        judged_by=people[Role.SERVICE_MANAGER],
    )


def business_of(asked: FirmRequest) -> dict[str, Any]:
    """A need of credit beside an offer, and a paper in the hands of the firm's own manager."""
    amounts = {"amount_from": 1, "amount_to": 9, "months_from": 1, "months_to": 9}
    words = {"title_zh": "zz", "title_en": "zz", "text_zh": "zz", "text_en": "zz"}
    offer = Offer.objects.create(lender="zz", rate=1, **amounts, **words)
    today = timezone.localdate()
    Need.objects.create(
        request=asked, amount=5, months=5, purpose="working", collateral="none", needed_on=today
    )
    assert asked.firm.manager is not None
    adviser = Adviser.objects.create(
        user=asked.firm.manager.user,
        bar_number=f"zz{asked.pk:05d}",
        specialities=["labour"],
        territory=asked.firm.manager.territory,
    )
    advice = Advice.objects.create(
        request=asked, speciality="labour", adviser=adviser, contact_due_at=timezone.now()
    )
    paper = documents.sealed(f"%PDF-{asked.report.text}".encode(), "zz.pdf", Document.Kind.PDF)
    paper.advice = advice
    paper.save(force_insert=True)
    return {"offer_id": offer.pk, "document": paper.uid}


def manager_of(people: dict[str, User], name: str, division: str) -> ServiceManager:
    user = people[Role.SERVICE_MANAGER]
    if name != "near":
        user = User.objects.create(username=f"manager-{name}", role=Role.SERVICE_MANAGER)
    return ServiceManager.objects.create(user=user, territory_id=division)


def item_of(unit: Unit, question: str) -> int:
    """An answer in the making."""
    author = User.objects.create(
        username=f"of-{unit.code}-{secrets.token_hex(4)}", role=Role.KNOWLEDGE_EDITOR, unit=unit
    )
    words = {"question_zh": question, "answer_zh": "zz", "category_id": "pothole"}
    return int(knowledge.begin(unit, words, author).item_id)


def follow_of(thing: Thing) -> str:
    """The token of a link in a follower's messages."""
    made = Follow.objects.create(incident=thing.incident, device="zz", voice="zz")
    return links.link(made).removeprefix("/f/")


def topic_of(user: User) -> str:
    """A topic that runs today, and says who made it nowhere."""
    today = timezone.localdate()
    words = {"title_zh": "zz", "title_en": "zz", "purpose_zh": "zz", "purpose_en": "zz"}
    made = Topic.objects.create(slug="zztopic", starts=today, ends=today, made_by=user, **words)
    made.categories.set(Category.objects.filter(code="pothole"))
    return str(made.slug)


def published(unit: Unit, reviewer: User) -> int:
    item = item_of(unit, "zzpublic")
    knowledge.submit(item)
    knowledge.publish(item, reviewer)
    return item


MISSING: dict[str, Any] = {
    "number": "20990101-000001",
    "tracking_code": "ZZZZZZZZZZZZZZZZZZZZ",
    "uid": uuid.UUID(int=7),
    "call_back_id": 999_999_999,
    "low_score_id": 999_999_999,
    "order_id": 999_999_999,
    "item_id": 999_999_999,
    "token": "none",
    "code": "91210102MA0ZZZZZ0Z",
    "offer_id": 999_999_999,
    "claim_id": 999_999_999,
    "slug": "zz-none",
    "hand_over_id": 999_999_999,
    "worker_id": 999_999_999,
    "username": "nobody-of-this-name",
    "change_id": 999_999_999,
}
