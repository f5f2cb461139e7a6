"""Many voices at the same moment: a device is one, three are three, and one doubt is raised."""

import pytest
from django.test import Client
from django.utils import timezone

from incidents.models import Doubt, Endorsement, Follow, Incident, Outcome, Status, Verdict
from incidents.voices import verdicts
from tests.conftest import LUXUN_PARK, IncidentMaker
from tests.incidents.test_at_once import another, at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("town")]


def test_one_device_that_presses_in_six_windows_is_one(
    web: Client, incident: IncidentMaker
) -> None:
    found = incident(LUXUN_PARK, "pothole")
    path = f"/reports/{found.number}"
    web.post(f"{path}/endorse")
    web.post(f"{path}/endorse", {"back": "1"})

    def press() -> int:
        window = another(web)
        window.cookies = web.cookies
        return (
            window.post(f"{path}/endorse").status_code + window.post(f"{path}/follow").status_code
        )

    assert set(at_once(press)) == {302 + 302}
    assert (Endorsement.objects.count(), Follow.objects.count()) == (1, 1)


def test_six_who_say_no_at_once_are_six_and_raise_one_doubt(incident: IncidentMaker) -> None:
    found = incident(LUXUN_PARK, "pothole")
    voices = [f"voice-{n}" for n in range(6)]
    Endorsement.objects.bulk_create(Endorsement(incident=found, voice=voice) for voice in voices)
    Incident.objects.filter(pk=found.pk).update(
        status=Status.CLOSED,
        outcome=Outcome.SOLVED,
        public_reply="好了",
        accepted_at=timezone.now(),
        ended_at=timezone.now(),
    )
    left = list(voices)
    at_once(lambda: verdicts.record(found.pk, left.pop(), is_fixed=False))
    assert Verdict.objects.filter(is_fixed=False).count() == 6
    assert Doubt.objects.count() == 1
