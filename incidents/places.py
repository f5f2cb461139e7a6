"""Giving a place to an incident that came without one."""

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from districts.locate import locate
from incidents import wake
from incidents.errors import NotAllowedNow
from incidents.intake import DISPATCH
from incidents.lifecycle import Step
from incidents.models import Incident, Waiting
from incidents.transitions import Noted, lock, move


@transaction.atomic
def set_place(incident_id: int, point: Point, actor: User) -> Incident:
    """Out of triage with a WGS-84 place, into the dispatch queue. Raises OutsideProvince."""
    incident = lock(incident_id)
    if incident.waiting not in (Waiting.NO_PLACE, Waiting.OUTSIDE):
        raise NotAllowedNow(_("It does not wait for a place."))
    division = locate(point)
    move(
        incident,
        Noted(Step.ACCEPT, {"division": division.name}),
        actor=actor,
        position=point,
        division=division,
        waiting="",
        dispatch_after=timezone.now(),
    )
    wake.after_commit(DISPATCH)
    return incident
