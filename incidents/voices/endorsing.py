"""附议: me too, once a device, until the reply; it can be taken back by the same device."""

from django.utils.translation import gettext as _

from incidents.errors import NotAllowedNow
from incidents.lifecycle import JOINABLE
from incidents.models import Endorsement, Incident


def may_endorse(incident: Incident) -> bool:
    return incident.status in JOINABLE


def endorse(incident: Incident, voice: str) -> None:
    """Pressing twice does it once, also at the same moment."""
    if not may_endorse(incident):
        raise NotAllowedNow(_("A reply has been given; nobody can join it any more."))
    Endorsement.objects.bulk_create(
        [Endorsement(incident=incident, voice=voice)], ignore_conflicts=True
    )


def take_back(incident: Incident, voice: str) -> None:
    Endorsement.objects.filter(incident=incident, voice=voice).delete()
