"""The life of an incident: the table, the one function that walks it, the history that stays."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from incidents import lifecycle, models
from incidents.errors import NotAllowedNow
from incidents.lifecycle import Step
from incidents.models import Event, Incident
from incidents.transitions import Noted, move
from tests.conftest import IncidentMaker


def test_models_and_lifecycle_know_the_same_statuses() -> None:
    assert [s.value for s in models.Status] == [s.value for s in lifecycle.Status]


def test_steps_fit_their_column() -> None:
    longest = Event._meta.get_field("step").max_length
    assert longest is not None
    assert max(map(len, Step)) <= longest


@pytest.mark.django_db
def test_events_cannot_be_changed(incident: IncidentMaker) -> None:
    incident()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Event.objects.update(step=Step.REPLY)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Event.objects.all().delete()
    assert [event.step for event in Event.objects.all()] == [Step.REGISTER]


@pytest.mark.django_db
def test_a_second_step_refused_takes_the_first_with_it(incident: IncidentMaker) -> None:
    found = incident()
    with pytest.raises(NotAllowedNow):
        move(found, Step.ACCEPT, Step.SIGN)
    found.refresh_from_db()
    assert found.status == "registered"
    assert Event.objects.count() == 1


@pytest.mark.django_db
def test_a_step_is_written_with_its_event(incident: IncidentMaker) -> None:
    found = incident()
    move(found, Noted(Step.TRIAGE, {"waiting": "no_rule"}), waiting="no_rule")
    event = Event.objects.latest("id")
    assert (event.from_status, event.to_status) == ("registered", "triage")
    assert event.data == {"waiting": "no_rule"}
    found.refresh_from_db()
    assert (found.status, found.waiting) == ("triage", "no_rule")


@pytest.mark.django_db
def test_a_position_without_a_division_is_refused_by_the_database(incident: IncidentMaker) -> None:
    found = incident()
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.filter(pk=found.pk).update(division=None, updated_at=timezone.now())
