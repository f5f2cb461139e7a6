"""Sudden clusters: far more reports of one thing at one place than the same hours of earlier weeks
let expect. Pure.

Places are squares of 1.8 and 3.6 km (the latter at every offset, so that no cluster falls on an
edge of all of them), counties, and jurisdictions such as a heat company's area. A thing is a
category, or a whole service field. Each place and thing is looked at in windows of some hours that
end now.

How many were to be expected has a gamma distribution: what the place had in earlier weeks, shared
out to the hours of the week as the thing is in the whole house, and spread wider because days
differ (weather, holidays). The count is then negative-binomial, and the chance of so many or more
is an incomplete beta function. Because thousands of places and things are looked at, that chance
must stay below `Limits.chance` divided by how many.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from scipy.special import betainc

from maps.cells import cell_at, number_of, place_of

# Squares of 1.8 km at Shenyang (`maps.cells`).
LEVEL = 14
WINDOWS = (1, 6)
WEEK_H = 168
HOUR = timedelta(hours=1)
# A place that never had any is expected to have had half a one in all those weeks.
UNSEEN = 0.5
# So many reports of a thing say nothing yet of its hours: until then all hours are alike.
FLAT = 50
# Younger houses know no hours of the week.
HOURS_KNOWN_FROM_H = 14 * 24
# Fewer things cannot be far too many: below a day nothing is usual.
YOUNGEST_H = 24
# Though few pairs had anything yet.
FEWEST_PAIRS = 1_000
SQUARE, BLOCK, COUNTY, AREA = "square", "block", "county", "area"

# Kind and code; squares by the number of their cell, blocks by that of their upper left one.
Place = tuple[str, str]
# "c:" and a category's code, or "f:" and a field's.
Thing = str
# Hours of the window, place, thing.
Key = tuple[int, Place, Thing]


@dataclass(frozen=True, slots=True)
class Seen:
    """One open incident: `at` in local time, its cell of LEVEL."""

    pk: int
    at: datetime
    cell: int
    county: str
    areas: tuple[str, ...]
    category: str
    field: str


@dataclass(frozen=True, slots=True)
class Usual:
    """What earlier weeks had. `counts`: of the places asked for; `hours`: thing -> 168 counts,
    Monday midnight first; `covered_h`: how many hours all of it covers; `pairs`: how many places
    and things had anything."""

    counts: Mapping[tuple[Place, Thing], int]
    hours: Mapping[Thing, Sequence[int]]
    covered_h: float
    pairs: int


@dataclass(frozen=True, slots=True)
class Limits:
    """`chance`: of a false alarm in a pass over everything; `spread`: squared, how far a day's
    rate may lie from the usual one without being news."""

    fewest: int = 5
    chance: float = 0.001
    spread: float = 0.15


@dataclass(frozen=True, slots=True)
class Cluster:
    hours: int
    place: Place
    thing: Thing
    incidents: tuple[int, ...]
    expected: float
    chance: float

    @property
    def count(self) -> int:
        return len(self.incidents)


def candidates(seen: Iterable[Seen], now: datetime, fewest: int) -> dict[Key, list[int]]:
    """Places and things with at least `fewest` in a window, with their incidents, oldest first."""
    together: dict[tuple[Place, Thing], list[int]] = defaultdict(list)
    young: dict[int, set[int]] = {hours: set() for hours in WINDOWS}
    for each in sorted(seen, key=lambda one: (one.at, one.pk)):
        age = now - each.at
        for hours in WINDOWS:
            if timedelta(0) <= age < hours * HOUR:
                young[hours].add(each.pk)
        for place in places_of(each.cell, each.county, each.areas):
            together[place, f"c:{each.category}"].append(each.pk)
            together[place, f"f:{each.field}"].append(each.pk)
    found: dict[Key, list[int]] = {}
    for (place, thing), which in together.items():
        for hours in WINDOWS if len(which) >= fewest else ():
            inside = [pk for pk in which if pk in young[hours]]
            if len(inside) >= fewest:
                found[hours, place, thing] = inside
    return found


def cell_at_level(longitude: float, latitude: float) -> int:
    """The square of a WGS-84 point."""
    return cell_at(longitude, latitude, LEVEL)


@lru_cache(maxsize=65_536)
def places_of(cell: int, county: str, areas: tuple[str, ...]) -> tuple[Place, ...]:
    """Every place that something in this cell, county and these jurisdictions counts for."""
    squares = ((SQUARE, str(cell)), *blocks_of(cell))
    counties = ((COUNTY, county),) if county else ()
    return (*squares, *counties, *((AREA, area) for area in areas))


def blocks_of(cell: int) -> tuple[Place, ...]:
    """The four blocks of two by two cells that this one lies in."""
    x, y = place_of(cell)
    corners = ((max(0, x - dx), max(0, y - dy)) for dx in (0, 1) for dy in (0, 1))
    return tuple((BLOCK, str(number_of(*corner))) for corner in corners)


def parts_of(place: Place) -> list[Place]:
    """The places whose usual counts make up that of this one."""
    kind, code = place
    if kind != BLOCK:
        return [place]
    x, y = place_of(int(code))
    return [(SQUARE, str(number_of(x + dx, y + dy))) for dx in (0, 1) for dy in (0, 1)]


def share(hours: Sequence[int], covered_h: float, now: datetime, window_h: int) -> float:
    """Which part of all the earlier reports of a thing falls into one such window."""
    if covered_h < HOURS_KNOWN_FROM_H:
        return window_h / covered_h
    whole = sum(hours) + FLAT
    rate = [(n + FLAT / WEEK_H) / whole for n in hours or [0] * WEEK_H]
    start = now - window_h * HOUR
    first = start.weekday() * 24 + start.hour
    # The hour that has begun counts for the part of it that is over.
    begun = (start.minute + start.second / 60) / 60
    inside = sum(rate[(first + n) % WEEK_H] for n in range(window_h))
    edges = begun * (rate[(first + window_h) % WEEK_H] - rate[first % WEEK_H])
    return (inside + edges) * WEEK_H / covered_h


def tail(count: int, history: int, part: float, spread: float) -> tuple[float, float]:
    """How many were expected, and the chance of `count` or more."""
    shape = 1 / (1 / (history + UNSEEN) + spread)
    expected = (history + UNSEEN) * part
    return expected, float(betainc(count, shape, expected / (shape + expected)))


def judged(
    found: Mapping[Key, Sequence[int]], usual: Usual, now: datetime, limits: Limits
) -> list[Cluster]:
    """The clusters beyond chance, each incident mostly in one of them; the least likely first,
    those of a category before those of a whole field."""
    if usual.covered_h < YOUNGEST_H:
        return []
    beyond = limits.chance / (max(usual.pairs, FEWEST_PAIRS) * len(WINDOWS))
    told = []
    for (hours, place, thing), which in found.items():
        history = sum(usual.counts.get((part, thing), 0) for part in parts_of(place))
        part = share(usual.hours.get(thing, ()), usual.covered_h, now, hours)
        expected, chance = tail(len(which), history, part, limits.spread)
        if chance < beyond:
            told.append(Cluster(hours, place, thing, tuple(which), expected, chance))
    return distinct(sorted(told, key=sharpest_first))


def sharpest_first(each: Cluster) -> tuple[bool, float, float, Place]:
    """Categories before fields: of what is all of one sort, one incident can be made."""
    is_field = each.thing.startswith("f:")
    return (is_field, each.chance, -each.count / each.expected, each.place)


def distinct(ordered: Iterable[Cluster]) -> list[Cluster]:
    """Without those that say what one before them said: half of it or more in common."""
    kept: list[Cluster] = []
    told: Counter[int] = Counter()
    for each in ordered:
        if 2 * sum(pk in told for pk in each.incidents) < each.count:
            kept.append(each)
            told.update(each.incidents)
    return kept
