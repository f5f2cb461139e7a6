"""What the unit does with a case: signs for it, talks to the citizen, replies with proof."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.gis.db.models.functions import Distance
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Unit, User
from accounts.roles import Role
from dispatch import orders
from dispatch.applications import lead_of
from dispatch.assigning import drop_applications
from dispatch.errors import NotYours
from dispatch.models import Assignment, ContactLog, Reply
from incidents import checks, wake
from incidents.errors import NotForRole, Refused
from incidents.guards import DISSENT
from incidents.intake import PREPARE
from incidents.lifecycle import Step
from incidents.media import Sealed, attach
from incidents.models import Incident, Media, Outcome
from incidents.said import one_of, words
from incidents.transitions import Noted, lock, move

# Beyond this a photo was hardly taken at the place: somebody looks at it.
FAR_M = 300.0
NEEDS_PHOTO = frozenset({Outcome.SOLVED})
# What a unit may reply; duplicates are merged, withdrawals are the citizen's.
OUTCOMES = (
    Outcome.SOLVED,
    Outcome.EXPLAINED,
    Outcome.NOTHING_FOUND,
    Outcome.NOT_ENTITLED,
    Outcome.REFERRED,
    Outcome.NOT_NOW,
)


@dataclass(frozen=True, slots=True)
class NewReply:
    outcome: str
    public_text: str
    internal_note: str = ""
    dissent: str = ""
    planned_for: date | None = None


@transaction.atomic
def sign(incident_id: int, user: User) -> Incident:
    """签收: the unit takes it on; from now on it cannot be returned."""
    incident = lock(incident_id)
    if user.role != Role.UNIT_LIAISON:
        raise NotForRole(_("This step is not for your role."))
    own = lead_of(incident, user)
    if own.signed_at is not None:
        raise Refused("sign", _("Your unit has signed for it already."))
    return signed(incident, own, user)


def signed(incident: Incident, own: Assignment, user: User) -> Incident:
    now = timezone.now()
    own.signed_at = now
    own.save(update_fields=["signed_at"])
    changes: dict[str, Any] = {"signed_at": now} if own.is_lead else {}
    return move(incident, Noted(Step.SIGN, {"unit": own.unit.name}), actor=user, **changes)


@transaction.atomic
def log_contact(incident_id: int, user: User, *, way: str, reached: bool, note: str) -> ContactLog:
    """联系记录. The first time the citizen was reached is what the response rate counts."""
    way = one_of("way", way, ContactLog.Way.values)
    note = words("note", note)
    incident = lock(incident_id)
    unit = handling_unit(incident, user)
    first = reached and incident.contacted_at is None
    changes: dict[str, Any] = {"contacted_at": timezone.now()} if first else {}
    told = {"way": way, "reached": reached}
    move(incident, Noted(Step.CONTACT, told), actor=user, **changes)
    return ContactLog.objects.create(
        incident=incident, unit=unit, user=user, way=way, reached=reached, note=note
    )


def handling_unit(incident: Incident, user: User) -> Unit:
    """The person's unit, if it or the person has a part in the case."""
    has_part = incident.assignments.filter(is_current=True, unit=user.unit).exists()
    if user.unit is None or not (has_part or incident.field_worker_id == user.pk):
        raise NotYours(_("Your unit does not have this incident."))
    return user.unit


@transaction.atomic
def reply(incident_id: int, user: User, new: NewReply, *, media: Sequence[Sealed] = ()) -> Reply:
    """办结回复: outcome, public text, proof of contact, a photo after the work. Then the check."""
    check_words(new)
    incident = lock(incident_id)
    lead = lead_of(incident, user)
    attach(media, incident, uploaded_by=user, stage=Media.Stage.AFTER_WORK)
    check_proof(incident, new)
    if lead.signed_at is None:
        signed(incident, lead, user)
    made = write(incident, lead, user, new)
    noted = [*orders.take_back(incident, _("The unit has replied.")), told_of(made)]
    move(
        incident,
        *noted,
        actor=user,
        said={DISSENT} if new.dissent else (),
        outcome=new.outcome,
        public_reply=made.public_text,
        replied_at=made.at,
        asked="",
        dispatch_after=None,
        waiting="",
        next_rung_at=None,
    )
    drop_applications(incident)
    if media:
        wake.after_commit(PREPARE)
    checks.draw(incident, far=is_far(made))
    return made


def told_of(made: Reply) -> Noted:
    away = {} if made.photo_away_m is None else {"photo_away_m": round(made.photo_away_m)}
    return Noted(Step.REPLY, {"outcome": made.outcome, **away})


def check_words(new: NewReply) -> None:
    one_of("outcome", new.outcome, [outcome.value for outcome in OUTCOMES])
    words("public_text", new.public_text, most=2000)
    if new.outcome == Outcome.NOT_NOW and new.planned_for is None:
        raise Refused("planned_for", _("Give the day when it will be solved."))
    if new.planned_for is not None and new.planned_for < timezone.localdate():
        raise Refused("planned_for", _("The day must not lie in the past."))


def check_proof(incident: Incident, new: NewReply) -> None:
    """The citizen was contacted (or cannot be), and what is solved is shown."""
    reachable = incident.reports.filter(
        complainant__isnull=False, complainant__erased_at=None, withdrawn_at=None
    ).exists()
    last = incident.replies.order_by("-pk").values_list("at", flat=True).first()
    since = {} if last is None else {"at__gt": last}
    if reachable and not incident.contact_log.filter(**since).exists():
        raise Refused("contact", _("Log first when and how you contacted the citizen."))
    newer = {} if last is None else {"created_at__gt": last}
    shown = incident.media.filter(stage=Media.Stage.AFTER_WORK, **newer).exists()
    if new.outcome in NEEDS_PHOTO and incident.position is not None and not shown:
        raise Refused("media", _("Add a photo taken after the work."))


def write(incident: Incident, lead: Assignment, user: User, new: NewReply) -> Reply:
    now = timezone.now()
    began = incident.dispatched_at or now
    point, away_m = photo_place(incident)
    return Reply.objects.create(
        incident=incident,
        assignment=lead,
        author=user,
        at=now,
        outcome=new.outcome,
        public_text=new.public_text.strip(),
        internal_note=new.internal_note.strip()[:2000],
        dissent=new.dissent.strip()[:2000],
        planned_for=new.planned_for if new.outcome == Outcome.NOT_NOW else None,
        photo_point=point,
        photo_away_m=away_m,
        seconds_used=max(0, int((now - began).total_seconds()) - incident.paused_s),
    )


def photo_place(incident: Incident) -> tuple[Any, float | None]:
    """Where the newest photo after the work says it was taken, and how far that is away."""
    after = incident.media.filter(
        stage=Media.Stage.AFTER_WORK, original__position__isnull=False
    ).select_related("original")
    if incident.position is None:
        return None, None
    newest = (
        after.annotate(away=Distance("original__position", incident.position, spheroid=True))
        .order_by("-pk")
        .first()
    )
    return (newest.original.position, newest.away.m) if newest else (None, None)  # type: ignore[attr-defined]


def is_far(made: Reply) -> bool:
    return made.photo_away_m is not None and made.photo_away_m > FAR_M
