"""What a firm asks, through the one door of all reports, and what its manager does about it.

The incident is dispatched by the catalogue like any other. The service manager handles nothing:
beside the unit they follow it, talk to the firm, and write down what was said.
"""

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Unit, User
from accounts.roles import Role
from districts.models import Boundary
from enterprises.errors import NotNow
from enterprises.models import (
    Firm,
    FirmRequest,
    Representative,
    ServiceManager,
    Topic,
    Usefulness,
    Visit,
)
from incidents.errors import NotForRole, Refused
from incidents.intake import GivenPosition, NewReport, Sender, file_report
from incidents.models import Channel, Incident, Kind, Origin, Report
from incidents.models.incidents import ENDED, Status

KIND_OF = {
    Topic.POLICY: Kind.CONSULTATION,
    Topic.FINANCING: Kind.HELP,
    Topic.LEGAL: Kind.CONSULTATION,
    Topic.PERMITS: Kind.CONSULTATION,
    Topic.ARREARS: Kind.COMPLAINT,
    Topic.CONDUCT: Kind.COMPLAINT,
}
# Nobody owes the firm anything any more: it can say whether it was of use.
OVER = frozenset({*ENDED} - {Status.MERGED, Status.WITHDRAWN, Status.INVALID})


def spoken_for(user: User) -> Firm | None:
    """The firm this representative speaks for, its manager fetched with it."""
    seen = Firm.objects.visible_to(user).filter(is_active=True)
    return seen.select_related("manager__user", "division").first()


@transaction.atomic
def ask(
    firm: Firm,
    topic: str,
    text: str,
    phone: str,
    user: User,
    key: str = "",
    about: Unit | None = None,
) -> FirmRequest:
    """File a request; the same key again gives the same request. Raises Refused.

    `about`: the department complained of; dispatch never gives the request to it or below it.
    """
    if (topic == Topic.CONDUCT) != (about is not None):
        raise Refused("about", _("Name the department for a complaint about one, and only then."))
    if topic not in Topic.values:
        raise Refused("topic", _("Choose what it is about."))
    new = NewReport(
        kind=KIND_OF[Topic(topic)],
        category=topic,
        channel=Channel.WEB,
        text=text.strip(),
        position=position_of(firm),
        address=firm.name,
        contact_name=user.name[:60],
        contact_phone=phone,
    )
    filed = file_report(new, sender=Sender(user), key=key)
    report = Report.objects.get(number=filed.answer["number"])
    if about is not None:
        # In the same transaction: dispatch never sees it without.
        Incident.objects.filter(pk=report.incident_id, dispatches=0).update(about_unit=about)
    found, _made = FirmRequest.objects.get_or_create(
        report=report,
        defaults={"firm": firm, "topic": topic, "manager": firm.manager, "filed_by": user},
    )
    return found


def position_of(firm: Firm) -> GivenPosition | None:
    """Where the firm is; where only its division is known, the point the map labels it at."""
    point: Point | None = firm.point
    if point is None:
        outline = Boundary.objects.open().filter(division=firm.division_id).first()
        point = outline.point if outline else None
    return GivenPosition(point.x, point.y, origin=Origin.ADDRESS) if point else None


@transaction.atomic
def visited(
    firm: Firm, user: User, way: str, note: str, request: FirmRequest | None = None
) -> Visit:
    """The manager talked to the firm; the first time about a request is its first contact."""
    manager = ServiceManager.objects.filter(user=user, pk=firm.manager_id or 0).first()
    if manager is None:
        raise NotForRole(_("This firm has another service manager."))
    if way not in Visit.Way.values:
        raise Refused("way", _("Choose how you talked to the firm."))
    if not 0 < len(note.strip()) <= 500:
        raise Refused("note", _("Write down what was said, in at most 500 characters."))
    if request is not None:
        FirmRequest.objects.filter(pk=request.pk, contacted_at=None).update(
            contacted_at=timezone.now()
        )
    return Visit.objects.create(
        firm=firm, request=request, manager=manager, way=way, note=note.strip()
    )


def rate(request: FirmRequest, useful: str, level: str) -> Usefulness:
    """What the firm says once it is over; said again, the last word counts."""
    if request.report.incident.status not in OVER:
        raise NotNow(_("You can say so when the request is closed."))
    if useful not in ("yes", "no"):
        raise Refused("useful", _("Say whether it was of use."))
    if level not in ("", "1", "2", "3", "4", "5"):
        raise Refused("level", _("Choose one of the five levels."))
    said, _made = Usefulness.objects.update_or_create(
        request=request,
        defaults={"useful": useful == "yes", "level": int(level) if level else None},
    )
    return said


@transaction.atomic
def claim(user: User, code: str, note: str) -> Representative:
    """An account asks to speak for a firm; its manager or an administrator decides."""
    User.objects.select_for_update().get(pk=user.pk)
    if Representative.objects.filter(user=user).exclude(state__in=Representative.OVER).exists():
        raise NotNow(_("You speak for a firm already, or have asked to."))
    firm = Firm.objects.active().filter(code=code).first()
    if firm is None:
        raise Refused("code", _("No firm of the register has this credit code."))
    if not 0 < len(note.strip()) <= 300:
        raise Refused(
            "note", _("Write in at most 300 characters what shows that you speak for it.")
        )
    return Representative.objects.create(user=user, firm=firm, note=note.strip())


@transaction.atomic
def judge(claim_id: int, user: User, *, approve: bool) -> Representative:
    """Once; by the firm's manager or an administrator, never by whoever claimed."""
    claim = Representative.objects.judged_by(user).select_for_update().get(pk=claim_id)
    if claim.state != Representative.State.CLAIMED:
        raise NotNow(_("This was decided already."))
    if claim.user.role != Role.FIRM:
        raise NotNow(_("This account is no firm's representative any more."))
    claim.state = Representative.State.APPROVED if approve else Representative.State.REFUSED
    claim.judged_by, claim.judged_at = user, timezone.now()
    claim.save(update_fields=["state", "judged_by", "judged_at"])
    return claim
