"""Open results: published for everybody, and nobody is found by them."""

import csv
from collections.abc import Mapping
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from maps import bulletin, results
from maps.figures import Month
from maps.models import Bulletin
from maps.withheld import FEWEST, withheld

OCTOBER = Month.named("2026-10")
PLANTED = "planted-person"


def row(code: str, n: int, **more: Any) -> dict[str, Any]:
    told = dict.fromkeys(bulletin.COUNTS, 0) | {"dispatched": n} | more
    return {"code": code, "name": f"区{code}", "name_en": f"County {code}", **told}


def publish(*counties: dict[str, Any], edition: int = 1) -> Bulletin:
    total = {name: sum(each[name] for each in counties) for name in bulletin.COUNTS}
    data = {
        "total": total, "counties": list(counties), "returns": 0, "excluded": {},
        "departments": [row(PLANTED, 1)],
    }  # fmt: skip
    return Bulletin.objects.create(
        month=OCTOBER.first, edition=edition, formula="1", data=data,
        reason="更正" if edition > 1 else "",
    )  # fmt: skip


# --- What is withheld ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "gaps"),
    [
        ({"a": 9, "b": 3}, ""),
        ({"a": 9, "b": 0, "c": 0}, "bc"),
        ({"a": 9, "b": 1, "c": 0}, "bc"),
        ({"a": 9, "b": 5, "c": 1}, "bc"),  # alone it would be told by the total
        ({"a": 9, "b": 5, "c": 2, "d": 2}, "bcd"),  # four of two gaps can only be two and two
        ({"a": 1}, "a"),
    ],
)
def test_by_hand(counts: dict[str, int], gaps: str) -> None:
    assert withheld(counts) == set(gaps)


COUNTED = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=1), st.integers(0, 12))


@given(COUNTED)
def test_no_small_count_can_be_worked_out(counts: Mapping[str, int]) -> None:
    """Whoever takes what is printed from the total finds no count of one or two."""
    gaps = withheld(counts)
    assert not [n for key, n in counts.items() if key not in gaps and n < FEWEST]
    inside = sum(counts[key] for key in gaps)
    small = [counts[key] for key in gaps if 0 < counts[key] < FEWEST]
    if small and len(gaps) < len(counts):
        assert len(gaps) > 1
        assert inside != (FEWEST - 1) * len(gaps) or any(counts[key] >= FEWEST for key in gaps)


# --- Pages, file and feed -------------------------------------------------------------------------


@pytest.mark.django_db
def test_nobody_planted_is_found_in_page_file_or_feed(web: Client) -> None:
    publish(
        row("210102", 40, rated=31, satisfied=30),
        row("210104", 12, rated=12, satisfied=11),
        row("210105", 1, rated=1, satisfied=0),
    )
    page = web.get("/results").content.decode()
    file = web.get("/results/2026-10.csv").content.decode("utf-8-sig")
    feed = web.get("/results/feed.atom").content.decode()
    for told in (page, file, feed):
        assert PLANTED not in told
    lines = {each["county_code"]: each for each in csv.DictReader(StringIO(file))}
    assert (lines[""]["dispatched"], lines["210102"]["dispatched"]) == ("53", "40")
    assert (lines["210104"]["dispatched"], lines["210105"]["dispatched"]) == ("", "")
    assert (lines["210102"]["satisfied"], lines["210104"]["satisfied"]) == ("97", "")
    assert lines["210105"]["satisfied"] == ""


@pytest.mark.django_db
def test_the_newest_edition_is_published_and_the_feed_tells_of_both(web: Client) -> None:
    publish(row("210102", 40))
    publish(row("210102", 50), edition=2)
    file = web.get("/results/2026-10.csv").content.decode("utf-8-sig")
    assert next(csv.DictReader(StringIO(file)))["dispatched"] == "50"
    assert web.get("/results/feed.atom").content.decode().count("<entry>") == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/results/2026-09.csv", "/results/x.csv", "/results?month=2026-13"]
)
def test_what_was_not_published_is_404(web: Client, path: str) -> None:
    publish(row("210102", 40))
    assert web.get(path).status_code == 404


@pytest.mark.django_db
def test_without_a_bulletin_the_page_says_so(web: Client) -> None:
    assert web.get("/results").status_code == 200
    assert results.newest_editions() == []
