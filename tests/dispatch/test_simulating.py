"""A drawn day: the same for the same seed, played through the real doors."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from dispatch.drawn_day import PROFILES, answer, arrivals
from dispatch.models import WorkOrder
from incidents.models import Incident
from tests.conftest import LUXUN_PARK, WorkerMaker, north_of


def test_the_same_seed_draws_the_same_day() -> None:
    storm = PROFILES["storm"]
    assert list(arrivals(storm, 50, 7)) == list(arrivals(storm, 50, 7))
    assert list(arrivals(storm, 50, 7)) != list(arrivals(storm, 50, 8))
    assert answer(3, 7) == answer(3, 7)


def test_a_storm_comes_in_the_afternoon() -> None:
    hours = [int(each.at_s // 3600) for each in arrivals(PROFILES["storm"], 50, 7)]
    assert hours.count(15) > 10 * hours.count(3)


@pytest.mark.django_db
def test_an_hour_of_the_night_is_played(worker: WorkerMaker) -> None:
    for n in range(4):
        worker(f"Worker{n}", north_of(LUXUN_PARK, 100 * n), capacity=9)
    said = StringIO()
    call_command("simulate", day="quiet", begins=3, hours=1, speed=900, seed=5, stdout=said)
    told = said.getvalue()
    assert "seed 5" in told
    assert Incident.objects.exists()
    assert WorkOrder.objects.filter(accepted_at__isnull=False).exists(), told


def test_not_in_production(settings: Settings) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        call_command("simulate")
