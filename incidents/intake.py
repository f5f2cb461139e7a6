"""The one door in: every channel files its reports here.

Report, incident, place, event, idempotency key and outbox row commit together. Media are sealed
on disk before this is called; the answer is given after the commit.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.contrib.gis.geos import Point
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from districts import prepared
from districts.datums import Datum
from districts.errors import OutsideProvince
from districts.locate import locate, position
from districts.models import Division, Level
from incidents import messages, repeats, vault, wake
from incidents.alarming import heed
from incidents.errors import KeyReused, Refused, Unprocessable
from incidents.lifecycle import Step
from incidents.media import Sealed, attach, discard
from incidents.models import (
    Category,
    Channel,
    Complainant,
    IdempotencyKey,
    Incident,
    Kind,
    Origin,
    Report,
    Status,
    Waiting,
)
from incidents.registration import register
from incidents.transitions import Noted, move

# By name: dispatch lies above this package.
DISPATCH = "dispatch.tasks.dispatch_due"
PREPARE = "incidents.tasks.sweep_media"
# Channels whose sender cannot be asked for another pin: the place is queued, not refused.
QUEUES_OUTSIDE = frozenset({Channel.TELEPHONE, Channel.MAIL, Channel.WALK_IN, Channel.MESSAGE})
# Channels in which an operator writes down what somebody else says.
BY_OPERATOR = QUEUES_OUTSIDE


@dataclass(frozen=True, slots=True)
class GivenPosition:
    """A position as the sender gave it. `accuracy_m`: radius in metres, None if not known."""

    longitude: float
    latitude: float
    datum: Datum = Datum.WGS84
    accuracy_m: float | None = None
    origin: Origin = Origin.PIN


@dataclass(frozen=True, slots=True)
class NewReport:
    kind: str
    category: str
    channel: Channel
    text: str = ""
    position: GivenPosition | None = None
    address: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    confidential: bool = False
    # Said by a person who heard it; a category of danger is urgent anyway.
    urgent: bool = False
    # The number of an open incident that the citizen says is the same thing.
    same_as: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends. `name` binds idempotency keys: `user:7`, or `anonymous`.

    `caller`: who is on the operator's line, where the vault knows already.
    """

    user: User | None = None
    caller: Complainant | None = None

    @property
    def name(self) -> str:
        return f"user:{self.user.pk}" if self.user else "anonymous"


@dataclass(frozen=True, slots=True)
class Filed:
    """The answer to give, and whether an earlier request with the same key gave it already."""

    answer: dict[str, Any]
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    point: Point | None = None
    given: GivenPosition | None = None
    path: Sequence[Division] = field(default_factory=list)
    waiting: str = ""

    @property
    def division(self) -> Division | None:
        return self.path[-1] if self.path else None


def file_report(
    new: NewReport,
    *,
    sender: Sender,
    media: Sequence[Sealed] = (),
    key: str = "",
) -> Filed:
    """File one report; raises Refused (field named) or KeyReused, and then nothing is stored."""
    category = category_of(new)
    place = place_of(new, media)
    with transaction.atomic():
        if key and (earlier := claim_key(sender, key, body_digest(new, media))) is not None:
            # The first request brought them.
            transaction.on_commit(lambda: discard(media), robust=True)
            return Filed(earlier, replayed=True)
        report = write(new, category, place, sender, media)
        told = messages.of_receipt(report)
        answer = answer_of(report, place)
        if key:
            IdempotencyKey.objects.filter(sender=sender.name, key=key).update(answer=answer)
        wake.after_commit(*wanted_tasks(report, media), *([messages.SEND] if told else []))
    return Filed(answer)


def wanted_tasks(report: Report, media: Sequence[Sealed]) -> list[str]:
    dispatch = [DISPATCH] if report.incident.dispatch_after else []
    return dispatch + ([PREPARE] if media else [])


def category_of(new: NewReport) -> Category:
    if not (new.text.strip() or new.same_as):
        raise Refused("text", _("Say in a few words what is wrong."))
    # Written out: Django would compile it anew for each report, a tenth of the cost of filing one.
    asked = "SELECT code, is_urgent FROM incidents_category WHERE code = %s AND is_active"
    for category in prepared.objects(Category, asked, [new.category]):
        return category
    raise Refused("category", _("There is no such category."))


def place_of(new: NewReport, media: Sequence[Sealed]) -> Place:
    """Where it is: the given position, else one inside a file, else none (and then triage)."""
    given = new.position
    if given is None or (given.longitude, given.latitude) == (0, 0):
        return place_of_media(media)
    point = position(given.longitude, given.latitude, given.datum)
    try:
        return Place(point, given, locate(point).path)
    except OutsideProvince:
        if new.channel not in QUEUES_OUTSIDE:
            raise Unprocessable("position", _("This place lies outside the province.")) from None
        return Place(point, given, waiting=Waiting.OUTSIDE)


def place_of_media(media: Sequence[Sealed]) -> Place:
    for each in media:
        if (point := each.position) is None:
            continue
        try:
            path = locate(point).path
        except OutsideProvince:
            continue
        return Place(point, GivenPosition(point.x, point.y, origin=Origin.EXIF), path)
    return Place(waiting=Waiting.NO_PLACE)


def body_digest(new: NewReport, media: Sequence[Sealed]) -> str:
    """What makes two requests the same request: every field, and the bytes of every file."""
    body = {**asdict(new), "photos": [each.sha256 for each in media]}
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


TAKE_KEY = """
INSERT INTO incidents_idempotencykey (sender, key, body_sha256) VALUES (%s, %s, %s)
ON CONFLICT DO NOTHING RETURNING id
"""


def claim_key(sender: Sender, key: str, body: str) -> dict[str, Any] | None:
    """Take the key for this transaction, or give the answer it already has.

    The unique index makes a second request wait for the first to commit or fail.
    """
    if prepared.rows(TAKE_KEY, [sender.name, key, body]):
        return None
    held = IdempotencyKey.objects.get(sender=sender.name, key=key)
    if held.body_sha256 != body:
        raise KeyReused(key)
    answer: dict[str, Any] | None = held.answer
    return answer


def write(
    new: NewReport,
    category: Category,
    place: Place,
    sender: Sender,
    media: Sequence[Sealed],
) -> Report:
    report = report_of(new, place, complainant_of(new, sender))
    if new.same_as:
        report.incident = joinable(new, place)
        report.save(force_insert=True)
        # Who is not known repeats nothing.
        join = repeats.joined if report.complainant else move
        join(report.incident, Noted(Step.JOIN), actor=sender.user)
    else:
        register(incident_of(new, category, place), report)
    if new.same_as or place.waiting:
        # Dispatch listens for danger in everything else, where it costs filing nothing.
        heed(report.incident, new.text, urgent=new.urgent)
    attach(media, report.incident, report=report)
    return report


def incident_of(new: NewReport, category: Category, place: Place) -> Incident:
    return Incident(
        kind=new.kind,
        category=category,
        is_urgent=category.is_urgent or new.urgent,
        is_confidential=new.confidential or new.kind == Kind.WRONGDOING,
        position=place.point,
        division=place.division,
        address=new.address,
        waiting=place.waiting,
        status=Status.TRIAGE if place.waiting else Status.REGISTERED,
        dispatch_after=None if place.waiting else timezone.now(),
    )


def complainant_of(new: NewReport, sender: Sender) -> Complainant | None:
    person = sender.user
    if person and (person.role == Role.API_CLIENT or new.channel in BY_OPERATOR):
        person = None  # who passes on what people say is not one of them
    if sender.caller and not new.contact_phone:
        return vault.named(sender.caller, new.contact_name, new.contact_email)
    if not (new.contact_name or new.contact_phone or new.contact_email or person):
        return None
    return vault.keep(
        name=new.contact_name, phone=new.contact_phone, email=new.contact_email, user=person
    )


def joinable(new: NewReport, place: Place) -> Incident:
    """The incident the citizen wants to follow, locked; only what was offered nearby will do."""
    if new.confidential or new.kind == Kind.WRONGDOING:
        raise Unprocessable("same_as", _("A confidential report stays on its own."))
    incident = (
        Incident.objects.joinable()
        .near(place.point)
        .select_for_update(of=("self",))
        .filter(number=new.same_as)
        .first()
    )
    if incident is None:
        raise Unprocessable("same_as", _("This incident is not open near your place any more."))
    return incident


def report_of(new: NewReport, place: Place, complainant: Complainant | None) -> Report:
    given = place.given
    return Report(
        channel=new.channel,
        text=new.text,
        address=new.address,
        complainant=complainant,
        given_longitude=given.longitude if given else None,
        given_latitude=given.latitude if given else None,
        datum=given.datum if given else Datum.WGS84,
        accuracy_m=given.accuracy_m if given else None,
        origin=given.origin if given else (Origin.ADDRESS if new.address else Origin.NONE),
        position=place.point,
    )


def answer_of(report: Report, place: Place) -> dict[str, Any]:
    return {
        "number": report.number,
        "tracking_code": report.tracking_code,
        "status": report.incident.status,
        "division": division_of(place.path),
        "position": position_of(report),
        "url": reverse("track", args=[report.tracking_code]),
    }


def division_of(path: Sequence[Division]) -> dict[str, Any] | None:
    if not path:
        return None
    steps = [
        {"code": d.code, "name": d.name, "name_en": d.name_en, "level": Level(d.level).word}
        for d in path
    ]
    return {**steps[-1], "path": steps}


def position_of(report: Report) -> dict[str, Any] | None:
    if report.position is None:
        return None
    return {
        "longitude": report.position.x,
        "latitude": report.position.y,
        "accuracy_m": report.accuracy_m,
        "origin": report.origin,
    }
