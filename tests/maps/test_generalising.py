"""Nobody stands alone in a public row. Pure."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from maps.generalising import LADDER, Coarse, Fact, Rung, generalised, seen_as

STREETS = ("210102001", "210102002", "210104001", "210211001")
FIELDS = {"pothole": "roads", "manhole": "roads", "litter": "urban"}


def fact(street: str, category: str, person: object) -> Fact:
    return Fact(street, street[:6], f"{street[:4]}00", category, FIELDS[category], str(person))


facts = st.lists(
    st.builds(
        fact, st.sampled_from(STREETS), st.sampled_from(sorted(FIELDS)), st.integers(0, 5)
    ),
    max_size=40,
)  # fmt: skip


@given(facts, st.integers(2, 5))
def test_at_least_k_people_share_what_is_told(given_facts: list[Fact], k: int) -> None:
    people: dict[Coarse, set[str]] = defaultdict(set)
    for each, coarse in zip(given_facts, generalised(given_facts, k), strict=True):
        if coarse is not None:
            assert coarse == seen_as(each, coarse.rung)
            people[coarse].add(each.person)
    assert all(len(each) >= k for each in people.values())


@given(facts, st.integers(2, 5))
def test_nothing_is_coarser_than_it_must_be(given_facts: list[Fact], k: int) -> None:
    """What was left for a rung could not have stood on the one before it."""
    told = generalised(given_facts, k)
    for n, rung in enumerate(LADDER[:-1]):
        left = [
            each
            for each, coarse in zip(given_facts, told, strict=True)
            if coarse is None or LADDER.index(coarse.rung) > n
        ]
        people: dict[Coarse, set[str]] = defaultdict(set)
        for each in left:
            people[seen_as(each, rung)].add(each.person)
        assert all(len(each) < k for each in people.values())


def test_one_person_who_reports_three_times_is_one() -> None:
    assert generalised([fact(STREETS[0], "pothole", "a")] * 3, 3) == [None] * 3


def test_three_neighbours_are_told_by_street_and_two_by_county() -> None:
    three = [fact(STREETS[0], "pothole", n) for n in range(3)]
    scattered = [fact(street, "manhole", street) for street in STREETS[:3]]
    told = generalised(three + scattered, 3)
    assert told[:3] == [Coarse(LADDER[0], STREETS[0], "pothole")] * 3
    assert {each.rung for each in told[3:] if each} == {Rung("city", "field")}
