"""Danger to life, found by the machine: the emergency service is alarmed at once."""

from incidents.alarms import service_for
from incidents.lifecycle import Step
from incidents.models import Incident
from incidents.transitions import Noted, lock, move


def raise_at_once(incident: Incident, said: str) -> Incident:
    """Alarm for the locked incident, if its category or these words of a report ask for it."""
    if incident.alarm or not (service := service_for(incident.category, said)):
        return incident
    told = Noted(Step.ALARM, {"number": service})
    return move(incident, told, alarm=service, is_urgent=True)


def heed(incident: Incident, said: str, *, urgent: bool) -> None:
    """What a report says that joins, or waits for a place: its danger is the incident's."""
    if not (urgent or service_for(incident.category, said)):
        return
    locked = raise_at_once(lock(incident.pk), said)
    if urgent and not locked.is_urgent:
        move(locked, Noted(Step.RECLASSIFY, {"urgent": True}), is_urgent=True)
