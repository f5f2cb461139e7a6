"""解决了吗: fixed or not, said once of each closing by those who cared before it."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.errors import NotAllowedNow
from incidents.lifecycle import Status
from incidents.models import Endorsement, Follow, Incident, Verdict
from incidents.transitions import lock
from incidents.voices import doubting

ASKED = frozenset({Status.CALL_BACK, Status.CLOSED})


def is_asked(incident: Incident) -> bool:
    """The reply is out, and what people say of it can still change something."""
    if incident.status not in ASKED or not incident.told_reply:
        return False
    return incident.status != Status.CLOSED or doubting.may_be_reopened(incident, timezone.now())


def may_say(incident: Incident, voice: str) -> bool:
    """Whether this voice is heard: it endorsed or followed before the reply, and has not said."""
    return is_asked(incident) and cared(incident, voice) and said(incident, voice) is None


def cared(incident: Incident, voice: str) -> bool:
    """Before the reply: else one person with many browsers would be many."""
    if not voice:
        return False
    before: dict[str, Any] = {"incident": incident, "voice": voice}
    if incident.accepted_at is not None:
        before["created_at__lt"] = incident.accepted_at
    follows = Follow.objects.going_on().filter(**before)
    return Endorsement.objects.filter(**before).exists() or follows.exists()


def said(incident: Incident, voice: str) -> Verdict | None:
    """What it said of this closing."""
    if not voice:
        return None
    own = Verdict.objects.filter(incident=incident, voice=voice, round=incident.reworks)
    return own.first()


@transaction.atomic
def record(incident_id: int, voice: str, *, is_fixed: bool) -> None:
    """Count one; enough that say no raise a doubt. Locked, so that three at once are three."""
    incident = lock(incident_id)
    if not may_say(incident, voice):
        raise NotAllowedNow(_("We have your answer, or it is not asked of you now."))
    Verdict.objects.create(
        incident=incident, voice=voice, round=incident.reworks, is_fixed=is_fixed
    )
    if not is_fixed:
        doubting.look(incident)
