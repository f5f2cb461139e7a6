"""Hot spots: what esda says, what is planted is found, and of noise next to nothing."""

from collections.abc import Callable
from random import Random

import numpy as np
import pytest
from django.test import Client
from esda.getisord import G_Local
from libpysal.weights import WSP
from scipy.stats import false_discovery_control

from accounts.models import User
from accounts.roles import Role
from maps import cells, rollups
from maps.hot_spots import (
    LIKELY,
    SURE,
    discovered,
    gi_star,
    hot_spots,
    neighbours,
)
from tests.conftest import IncidentMaker, PersonMaker

LogIn = Callable[[User], Client]
WIDE = 40
SEED = 20261130


def field(random: Random, mean: float) -> dict[tuple[int, int], int]:
    """Poisson counts of WIDE x WIDE cells."""
    drawn = np.random.default_rng(random.randrange(2**31)).poisson(mean, (WIDE, WIDE))
    return {(x, y): int(drawn[x, y]) for x in range(WIDE) for y in range(WIDE)}


def numbered(counts: dict[tuple[int, int], int]) -> dict[int, int]:
    return {cells.number_of(9_000 + x, 6_000 + y): n for (x, y), n in counts.items()}


def test_neighbours_touch() -> None:
    grid = [cells.number_of(100 + x, 200 + y) for x in range(5) for y in range(5)]
    found = neighbours(np.array(sorted(grid), dtype=np.int64)).toarray()
    where = [cells.place_of(cell) for cell in sorted(grid)]
    for i, (x, y) in enumerate(where):
        for j, (a, b) in enumerate(where):
            assert found[i, j] == (max(abs(x - a), abs(y - b)) <= 1)


def test_the_numbers_are_those_of_esda() -> None:
    random = Random(SEED)
    counts = numbered(field(random, 2.0))
    some = np.array(sorted(random.sample(sorted(counts), 900)), dtype=np.int64)
    values = np.array([counts[int(cell)] for cell in some], dtype=float)
    ours = gi_star(neighbours(some), values)
    weights = neighbours(some).tolil()
    weights.setdiag(0)
    theirs = G_Local(
        values, WSP(weights.tocsr()).to_W(silence_warnings=True), transform="B",
        star=True, permutations=0,
    )  # fmt: skip
    assert np.allclose(ours, theirs.Zs, atol=1e-9)


def test_false_discoveries_are_held_down_as_scipy_does() -> None:
    p = np.random.default_rng(SEED).uniform(size=500) ** 2
    assert np.array_equal(discovered(p, 0.05), false_discovery_control(p) <= 0.05)


@pytest.mark.parametrize("mean", [0.02, 0.5, 20.0])
def test_of_noise_next_to_nothing_is_hot(mean: float) -> None:
    """Twenty fields of 1,600 cells each; a seed for each."""
    hot = 0
    for n in range(20):
        counts = numbered(field(Random(SEED + n), mean))
        found = hot_spots({cell: k for cell, k in counts.items() if k}, list(counts))
        hot += sum(len(spot.cells) for spot in found)
    assert hot <= 20 * WIDE * WIDE * 0.001


def test_a_planted_spot_is_found_where_it_is() -> None:
    counts = field(Random(SEED), 1.0)
    for x in (20, 21, 22):
        for y in (10, 11, 12):
            counts[x, y] += 6
    told = numbered(counts)
    (spot, *others) = hot_spots({cell: n for cell, n in told.items() if n}, list(told))
    assert cells.place_of(spot.peak.cell) == (9_021, 6_011)
    assert spot.peak.percent == SURE
    assert len(spot.cells) >= 9
    assert sum(len(each.cells) for each in others) <= 2
    assert {each.percent for each in spot.cells} <= {SURE, LIKELY}


def test_few_cells_tell_nothing() -> None:
    assert hot_spots({1: 500, 2: 3}, [1, 2, 3, 4]) == []
    assert hot_spots({}, list(range(100))) == []
    assert hot_spots(dict.fromkeys(range(100), 7), list(range(100))) == []


@pytest.mark.django_db
def test_a_hot_square_is_told_and_named(
    person: PersonMaker, logged_in: LogIn, incident: IncidentMaker
) -> None:
    west, south = 123.401, 41.8005
    for n in range(36):
        for _each in range(5 if n % 12 < 3 else 1):
            incident((west + (n % 12) * 0.0062, south + (n // 12) * 0.005))
    while rollups.catch_up():
        pass
    for role, division in ((Role.DISPATCHER, "210100"), (Role.DISTRICT_HEAD, "210102001")):
        page = logged_in(person(role, division)).get("/heatmap/hot-spots/", {"days": 7})
        assert page.status_code == 200
        if role == Role.DISPATCHER:
            first = page.context["spots"][0]
            assert first.division.code == "210102001001"
            assert first.spot.peak.n == 5
            cell = f"16-{first.spot.peak.cell}"
            assert f"cell={cell}" in page.content.decode()
