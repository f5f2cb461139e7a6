"""A closed incident that enough people call not fixed: a line for whoever decides to reopen it."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from incidents import wake
from incidents.errors import Refused
from incidents.lifecycle import Status
from incidents.models import Doubt, Incident, Outbox, Verdict
from incidents.said import words


def look(incident: Incident) -> None:
    """Raise a doubt about this closing, once, where enough voices say so. It reopens nothing."""
    if incident.status != Status.CLOSED:
        return
    voices = Verdict.objects.filter(incident=incident, round=incident.reworks, is_fixed=False)
    if voices.count() < settings.DOUBTED_FROM:
        return
    _doubt, is_new = Doubt.objects.get_or_create(incident=incident, round=incident.reworks)
    if is_new:
        # Whoever looks at the desk sees the line come.
        Outbox.objects.create(topic=Outbox.Topic.INCIDENT, incident=incident)
        wake.after_commit()


def may_be_reopened(incident: Incident, now: datetime) -> bool:
    """Still within the time in which a citizen's word alone can open it again."""
    ended = incident.ended_at
    return ended is not None and now - ended <= settings.CASE_LIMITS["reopen"]


@transaction.atomic
def settle(incident: Incident, user: User, reason: str) -> None:
    """It stays closed, for a reason that is kept."""
    reason = words("reason", reason)
    own = Doubt.objects.select_for_update().filter(incident=incident, settled_at=None)
    if not own.update(settled_at=timezone.now(), settled_by=user, reason=reason):
        raise Refused("reason", _("Nobody doubts this closing, or it is settled already."))
