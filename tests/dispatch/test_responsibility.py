"""Responsibility by jurisdiction, by time and by owner; and the reason told with it."""

from datetime import date, timedelta

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.utils import timezone

from dispatch import catalogue
from dispatch.catalogue import rule_for
from dispatch.engine import dispatch
from dispatch.models import Rule
from districts.models import Jurisdiction, JurisdictionBoundary
from incidents.models import CalendarDay, Category, Incident
from tests.conftest import DADONG_GATE, LUXUN_PARK, IncidentMaker, Town

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def draw(code: str, place: tuple[float, float], *, priority: int = 100, **more: date) -> None:
    """A square of about 400 m around the place."""
    area, _new = Jurisdiction.objects.get_or_create(
        code=code,
        defaults={"kind": "heat_area", "name": code, "priority": priority, "owner_id": "210100"},
    )
    x, y = place
    square = Polygon.from_bbox((x - 0.002, y - 0.002, x + 0.002, y + 0.002))
    JurisdictionBoundary.objects.create(
        jurisdiction=area,
        geom=MultiPolygon(square, srid=4326),
        source="drawn",
        datum="wgs84",
        approximate=True,
        **{"valid_from": date(2020, 1, 1)} | more,
    )


def unit_for(incident: Incident) -> str:
    found = rule_for(incident)
    return found.unit.code if found else ""


def test_a_jurisdiction_beats_the_division_within_its_boundary(
    town: Town, incident: IncidentMaker
) -> None:
    draw("heat-1", LUXUN_PARK)
    Rule.objects.create(field_id="heating", division_id="210102001", unit=town.office)
    Rule.objects.create(field_id="heating", jurisdiction_id="heat-1", unit=town.dadong)
    assert unit_for(incident(LUXUN_PARK, "late-start")) == town.dadong.code
    assert unit_for(incident(DADONG_GATE, "late-start")) == town.dadong.code  # its back-stop


def test_of_two_jurisdictions_the_lower_number_speaks_first(
    town: Town, incident: IncidentMaker
) -> None:
    draw("a-wide", LUXUN_PARK, priority=50)
    draw("z-first", LUXUN_PARK, priority=10)
    Rule.objects.create(field_id="heating", jurisdiction_id="a-wide", unit=town.office)
    Rule.objects.create(field_id="heating", jurisdiction_id="z-first", unit=town.heping)
    found = rule_for(incident(LUXUN_PARK, "late-start"))
    assert found is not None
    assert found.unit == town.heping
    assert vars(found)["jurisdictions"] == ["z-first", "a-wide"]


def test_a_boundary_of_tomorrow_does_not_count_today(town: Town, incident: IncidentMaker) -> None:
    draw("heat-1", LUXUN_PARK, valid_from=TODAY + timedelta(days=1))
    Rule.objects.create(field_id="heating", jurisdiction_id="heat-1", unit=town.dadong)
    assert unit_for(incident(LUXUN_PARK, "late-start")) == town.heping.code


def test_a_dispatched_incident_keeps_its_jurisdictions(town: Town, incident: IncidentMaker) -> None:
    draw("heat-1", LUXUN_PARK)
    Rule.objects.create(field_id="heating", jurisdiction_id="heat-1", unit=town.dadong)
    old = incident(LUXUN_PARK, "late-start")
    dispatch(old.pk)
    JurisdictionBoundary.objects.update(valid_to=TODAY)
    old.refresh_from_db()
    assert old.jurisdictions == ["heat-1"]
    assert unit_for(old) == town.dadong.code
    assert unit_for(incident(LUXUN_PARK, "late-start")) == town.heping.code


def test_outside_working_time_somebody_else_answers(town: Town, incident: IncidentMaker) -> None:
    CalendarDay.objects.create(day=TODAY, is_working=False)
    Rule.objects.create(
        category_id="exposed-garbage", division_id="210102001", unit=town.heping, hours="outside"
    )
    assert unit_for(incident(LUXUN_PARK)) == town.heping.code


def test_a_component_goes_to_its_owner_first_an_event_to_the_territory(
    town: Town, incident: IncidentMaker
) -> None:
    for owner, unit in ((True, town.dadong), (False, town.office)):
        place = "210102" if owner else "210102001"
        Rule.objects.create(
            category_id="street-light", division_id=place, unit=unit, is_owner=owner
        )
    lamp = incident(LUXUN_PARK, "street-light")
    assert unit_for(lamp) == town.dadong.code
    Category.objects.filter(pk="street-light").update(is_component=False)
    assert unit_for(lamp) == town.office.code


def test_the_decision_names_the_rule_the_version_and_what_lost(
    town: Town, incident: IncidentMaker
) -> None:
    found = incident(LUXUN_PARK)
    dispatch(found.pk)
    why = found.assignments.get().why
    assert (why["by"], why["rule"]) == ("category", catalogue.rule_for(found).pk)  # type: ignore[union-attr]
    assert [(each["unit"], each["because"]) for each in why["lost"]] == [
        (town.heping.name, "less_telling")
    ]


def test_a_rule_names_units_that_help(town: Town, incident: IncidentMaker) -> None:
    Rule.objects.get(category="exposed-garbage").cooperating.add(town.heping)
    found = incident(LUXUN_PARK)
    dispatch(found.pk)
    found.refresh_from_db()
    helping = found.assignments.get(is_lead=False)
    assert (helping.unit, found.open_cooperations) == (town.heping, 1)
    assert town.heping.pk in found.visible_units
