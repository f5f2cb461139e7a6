"""The life of an incident: the table, the one function that walks it, the history that stays."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from incidents import lifecycle, models
from incidents.errors import NotAllowedNow
from incidents.lifecycle import Step, after
from incidents.models import Event, Incident, Outbox
from incidents.transitions import Noted, move
from tests.conftest import IncidentMaker


def test_models_and_lifecycle_know_the_same_statuses() -> None:
    assert [s.value for s in models.Status] == [s.value for s in lifecycle.Status]


def test_steps_fit_their_column() -> None:
    longest = Event._meta.get_field("step").max_length
    assert longest is not None
    assert max(map(len, Step)) <= longest


@pytest.mark.parametrize("status", [s for s in lifecycle.Status if s not in lifecycle.OPEN])
def test_nothing_happens_to_what_has_ended(status: lifecycle.Status) -> None:
    assert [step for step in Step if after(step, status)] == []


@pytest.mark.django_db
def test_events_cannot_be_changed(incident: IncidentMaker) -> None:
    incident()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Event.objects.update(step=Step.REPLY)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Event.objects.all().delete()
    assert [event.step for event in Event.objects.all()] == [Step.REGISTER]


@pytest.mark.django_db
@pytest.mark.parametrize("status", lifecycle.Status)
def test_a_refused_step_changes_nothing(incident: IncidentMaker, status: lifecycle.Status) -> None:
    found = incident()
    Incident.objects.filter(pk=found.pk).update(status=status)
    before = Incident.objects.filter(pk=found.pk).values().get()
    for step in [step for step in Step if after(step, status) is None]:
        with pytest.raises(NotAllowedNow):
            move(Incident.objects.get(pk=found.pk), step, public_reply="x")
    assert Incident.objects.filter(pk=found.pk).values().get() == before
    assert (Event.objects.count(), Outbox.objects.count()) == (1, 1)


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
