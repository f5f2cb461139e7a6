"""Who is responsible: the most telling rule, and where there is none, a person."""

import pytest
from pytest_django import DjangoAssertNumQueries

from dispatch.catalogue import rule_for, rules_for
from dispatch.engine import dispatch
from dispatch.models import Rule
from incidents import clocks
from tests.conftest import DADONG_GATE, LUXUN_PARK, IncidentMaker, Town

pytestmark = pytest.mark.django_db


def code_of(rule: Rule | None) -> str:
    return rule.unit.code if rule else ""


def test_a_category_beats_its_field_even_from_further_up(
    town: Town, incident: IncidentMaker
) -> None:
    Rule.objects.create(field_id="roads", division_id="210102001001", unit=town.office)
    Rule.objects.create(category_id="pothole", division_id="210000", unit=town.dadong)
    assert code_of(rule_for(incident(LUXUN_PARK, "pothole"))) == town.dadong.code


def test_a_field_beats_the_back_stop(town: Town, incident: IncidentMaker) -> None:
    Rule.objects.create(field_id="roads", division_id="210100", unit=town.dadong)
    assert code_of(rule_for(incident(LUXUN_PARK, "pothole"))) == town.dadong.code
    assert code_of(rule_for(incident(LUXUN_PARK, "lawn"))) == town.heping.code


def test_the_deeper_division_beats_the_wider(town: Town, incident: IncidentMaker) -> None:
    Rule.objects.create(field_id="roads", division_id="210102", unit=town.heping)
    Rule.objects.create(field_id="roads", division_id="210102001", unit=town.office)
    assert code_of(rule_for(incident(LUXUN_PARK, "pothole"))) == town.office.code


def test_a_rule_of_the_neighbours_does_not_count(town: Town, incident: IncidentMaker) -> None:
    Rule.objects.create(category_id="pothole", division_id="210102001", unit=town.office)
    assert code_of(rule_for(incident(DADONG_GATE, "pothole"))) == town.dadong.code


def test_without_a_rule_a_person_decides(town: Town, incident: IncidentMaker) -> None:
    Rule.objects.all().delete()
    found = incident(LUXUN_PARK)
    dispatch(found.pk)
    found.refresh_from_db()
    assert (found.status, found.waiting, found.dispatch_after) == ("triage", "no_rule", None)
    assert found.lead_unit is None


def test_the_lead_and_all_above_it_see_the_incident(town: Town, incident: IncidentMaker) -> None:
    found = incident(LUXUN_PARK)
    dispatch(found.pk)
    found.refresh_from_db()
    assert found.lead_unit == town.office
    assert found.visible_units == town.office.lineage
    assert len(found.visible_units) == 2


def test_many_incidents_get_their_rules_in_one_statement(
    town: Town, incident: IncidentMaker, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    many = [incident(LUXUN_PARK), incident(DADONG_GATE, "pothole"), incident(None)]
    clocks.calendar()  # read once in a while
    with django_assert_num_queries(1):
        found = rules_for(many)
    assert [code_of(found.get(each.pk)) for each in many] == [
        town.office.code,
        town.dadong.code,
        "",
    ]
    assert found[many[0].pk].unit.division.code == "210102001"
