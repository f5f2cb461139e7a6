"""A draft is tried out before it is published, and what it changes is counted."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from dispatch import catalogue_csv, coverage, editions, trying
from dispatch.catalogue import rule_for
from dispatch.engine import dispatch
from dispatch.errors import CatalogueRefused
from dispatch.models import CatalogueEdition, Rule
from tests.conftest import DADONG_GATE, LUXUN_PARK, IncidentMaker, PersonMaker, Town

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
HEAD = "category,field,division,jurisdiction,hours,owner,unit,cooperating,legal_basis\n"


def file(*lines: str) -> bytes:
    return (HEAD + "\n".join(lines)).encode()


def drafted(*lines: str) -> CatalogueEdition:
    made = editions.begin(None, "heating season")
    catalogue_csv.propose(made, file(*lines), whole=False)
    return made


def test_a_draft_changes_nothing_before_its_day(
    town: Town, incident: IncidentMaker, person: PersonMaker
) -> None:
    hole = incident(LUXUN_PARK, "pothole")
    made = drafted(f",roads,210102,,,,{town.dadong.code},{town.office.code},道路条例")
    assert rule_for(hole).unit == town.heping  # type: ignore[union-attr]
    editions.publish(made.pk, TODAY, person(Role.ADMINISTRATOR))
    dispatch(hole.pk)
    hole.refresh_from_db()
    lead = hole.assignments.get(is_lead=True)
    assert (lead.unit, lead.why["version"], lead.why["basis"]) == (town.dadong, 1, "道路条例")
    assert hole.assignments.get(is_lead=False).unit == town.office


def test_a_trial_says_what_would_go_elsewhere(town: Town, incident: IncidentMaker) -> None:
    many = [incident(LUXUN_PARK, "pothole"), incident(LUXUN_PARK), incident(DADONG_GATE)]
    made = drafted(f",roads,210102,,,,{town.dadong.code},,", "exposed-garbage,,210102001,,,,-,,")
    found = trying.tried(made)
    assert (found.tried, {each.incident for each in found.elsewhere}) == (
        3,
        {many[0].pk, many[1].pk},
    )
    assert {(now, then): n for now, then, n in found.by_units()} == {
        (town.office, town.heping): 1,
        (town.heping, town.dadong): 1,
    }
    assert Rule.objects.in_force(TODAY).count() == 3


def test_a_file_that_states_the_whole_ends_what_it_does_not_list(
    town: Town, person: PersonMaker
) -> None:
    text = "".join(catalogue_csv.written(Rule.objects.in_force(TODAY)))
    lines = text.splitlines()
    made = editions.begin(None, "without the back-stop of Dadong")
    kept = "\n".join(line for line in lines if "210104" not in line).encode()
    done = catalogue_csv.propose(made, kept, whole=True)
    assert (done.added, done.ended, done.same) == (0, 1, 2)
    tomorrow = TODAY + timedelta(days=1)
    editions.publish(made.pk, tomorrow, person(Role.ADMINISTRATOR))
    assert Rule.objects.in_force(TODAY).count() == 3
    assert Rule.objects.in_force(tomorrow).count() == 2


def test_faulty_lines_are_all_named_and_nothing_is_taken_over(town: Town) -> None:
    made = editions.begin(None, "faulty")
    with pytest.raises(CatalogueRefused) as refused:
        catalogue_csv.propose(
            made, file("hole,,,,never,x,nobody,,", "pothole,roads,210102,,,,nobody,,"), whole=False
        )
    assert len(refused.value.faults) == 7
    assert not made.rules.exists()
    for content in (b"", b"\xff\xfe", b"a,b\n1,2\n", HEAD.encode()):
        with pytest.raises(CatalogueRefused):
            catalogue_csv.propose(made, content, whole=True)


def test_there_is_one_draft_and_it_can_be_discarded(town: Town) -> None:
    made = drafted(f"pothole,,210102,,,,{town.office.code},,")
    with pytest.raises(CatalogueRefused):
        editions.begin(None, "a second")
    editions.discard(made.pk)
    assert Rule.objects.count() == 3


def test_what_nobody_answers_for_and_what_never_speaks_is_listed(town: Town) -> None:
    Rule.objects.filter(division="210104").delete()
    found = {each.category.code: each for each in coverage.uncovered()}
    assert (found["pothole"].back_stop, found["pothole"].nobody) == (1, 1)
    Rule.objects.create(
        category_id="street-light", division_id="210102", unit=town.dadong, is_owner=True
    )
    silent = Rule.objects.create(
        category_id="street-light", division_id="210102001", unit=town.office
    )
    assert [(each.rule, each.why) for each in coverage.conflicts()] == [(silent, "other_side")]


def test_what_nobody_answers_for_at_night_alone_is_listed_apart(town: Town) -> None:
    Rule.objects.filter(division="210104").delete()
    day = {"division_id": "210104", "unit": town.dadong, "valid_from": date(2020, 1, 1)}
    Rule.objects.create(category_id="pothole", hours=Rule.Hours.WORKING, **day)
    found = {each.hours: each for each in coverage.uncovered() if each.category.code == "pothole"}
    assert (found["working"].nobody, found["outside"].nobody) == (0, 1)
