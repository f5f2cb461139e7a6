"""A month in which nothing happens, and what `maps.clusters` takes for news in it. Pure.

A city's reports: some communities have many, some things are common, nights are quiet, and days
differ by weather. Nothing is planted, so that every line is a false alarm. Then clusters are
planted, to see how soon they are found. The same seed draws the same month.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import median

from maps.clusters import (
    AREA,
    COUNTY,
    HOUR,
    SQUARE,
    WINDOWS,
    Cluster,
    Limits,
    Place,
    Seen,
    Usual,
    candidates,
    cell_at_level,
    judged,
)

START = datetime(2026, 9, 7, tzinfo=UTC)
WEEKS, DAYS = 8, 30
HOURS = (1, 1, 1, 1, 1, 2, 4, 7, 9, 9, 8, 6, 5, 6, 7, 7, 6, 5, 4, 4, 3, 2, 1, 1)
WEEKEND = 0.7
COMMUNITIES, CATEGORIES, FIELDS, COUNTIES, AREAS = 900, 100, 15, 13, 40
# Squared, how far a day's rate of one field lies from the usual.
WEATHER = 0.09
STEP = timedelta(minutes=10)
LOOKS_EVERY = timedelta(seconds=20)
WITHIN = max(WINDOWS) * HOUR
OVER_AFTER = timedelta(hours=12)
PLANTED, EVERY_S, OF = 60, 90, 12


@dataclass(frozen=True, slots=True)
class Month:
    """`planted`: for each cluster that was found, how many reports it took; `missed`: the rest."""

    reports: int
    lines: int
    planted: tuple[int, ...]
    missed: int

    @property
    def found_after(self) -> float:
        """Reports until half of the planted clusters had their line."""
        return median(self.planted)


@dataclass(frozen=True, slots=True)
class City:
    """Homes by weight, things by weight."""

    cells: Sequence[int]
    weights: Sequence[float]
    things: Sequence[float]

    @classmethod
    def drawn(cls, random: Random) -> "City":
        cells = [
            cell_at_level(123.43 + random.gauss(0, 0.12), 41.80 + random.gauss(0, 0.09))
            for _n in range(COMMUNITIES)
        ]
        return cls(
            cells,
            [1 / (n + 5) for n in range(COMMUNITIES)],
            [1 / (n + 3) for n in range(CATEGORIES)],
        )


def reports(city: City, days: int, a_day: int, first: datetime, random: Random) -> Iterator[Seen]:
    """All of them in their order."""
    pk = 0
    for day in range(days):
        morning = first + timedelta(days=day)
        weather = [random.gammavariate(1 / WEATHER, WEATHER) for _n in range(FIELDS)]
        weights = [weight * weather[n % FIELDS] for n, weight in enumerate(city.things)]
        whole = a_day * (WEEKEND if morning.weekday() > 4 else 1)
        whole *= sum(weights) / sum(city.things)
        n = max(0, round(random.gauss(whole, whole**0.5)))
        hours = random.choices(range(24), HOURS, k=n)
        homes = random.choices(range(COMMUNITIES), city.weights, k=n)
        things = random.choices(range(CATEGORIES), weights, k=n)
        drawn = [morning + (hour + random.random()) * HOUR for hour in hours]
        for at, home, thing in sorted(zip(drawn, homes, things, strict=True)):
            pk += 1
            yield one(pk, at, city, home, thing)


def one(pk: int, at: datetime, city: City, home: int, thing: int) -> Seen:
    areas = (f"area-{home % AREAS}",)
    county = f"county-{home % COUNTIES}"
    return Seen(pk, at, city.cells[home], county, areas, f"thing-{thing}", f"f{thing % FIELDS}")


def usual_of(past: Sequence[Seen]) -> Usual:
    """What `maps.cluster_watch` counts by SQL."""
    counts: Counter[tuple[Place, str]] = Counter()
    hours: dict[str, list[int]] = {}
    for each in past:
        places = [(SQUARE, str(each.cell)), (COUNTY, each.county), (AREA, each.areas[0])]
        for thing in (f"c:{each.category}", f"f:{each.field}"):
            hours.setdefault(thing, [0] * 168)[each.at.weekday() * 24 + each.at.hour] += 1
            counts.update((place, thing) for place in places)
    return Usual(counts, hours, WEEKS * 168, len(counts))


def played(seed: int, a_day: int, limits: Limits) -> Month:
    """Eight weeks to learn what is usual, then the quiet month, then the planted clusters."""
    random = Random(f"{seed} quiet month")
    city = City.drawn(random)
    usual = usual_of(list(reports(city, WEEKS * 7, a_day, START, random)))
    first = START + timedelta(weeks=WEEKS)
    month = list(reports(city, DAYS, a_day, first, random))
    lines = sum(1 for _line in alarms(month, first, usual, limits))
    needed = [
        plant(month, city, usual, first, limits, Random(f"{seed} planted {n}"))
        for n in range(PLANTED)
    ]
    found = tuple(each for each in needed if each)
    return Month(len(month), lines, found, len(needed) - len(found))


def alarms(
    month: Sequence[Seen], first: datetime, usual: Usual, limits: Limits
) -> Iterator[Cluster]:
    """Every line, once; what is like it or shares an incident goes on for half a day."""
    known: dict[tuple[Place, str], datetime] = {}
    told: dict[int, datetime] = {}
    for now, recent in passes(month, first):
        for each in judged(candidates(recent, now, limits.fewest), usual, now, limits):
            last = [known.get((each.place, each.thing)), *(told.get(pk) for pk in each.incidents)]
            if not any(when and now - when < OVER_AFTER for when in last):
                yield each
            known[each.place, each.thing] = now
            told.update(dict.fromkeys(each.incidents, now))


def passes(month: Sequence[Seen], first: datetime) -> Iterator[tuple[datetime, list[Seen]]]:
    start = end = 0
    now = first + WITHIN
    while now < first + timedelta(days=DAYS):
        while end < len(month) and month[end].at <= now:
            end += 1
        while start < end and month[start].at <= now - WITHIN:
            start += 1
        yield now, list(month[start:end])
        now += STEP


def plant(
    month: Sequence[Seen], city: City, usual: Usual, first: datetime, limits: Limits, random: Random
) -> int:
    """One report of a thing at a place every EVERY_S: how many until there is a line; 0: none."""
    begins = first + timedelta(days=random.uniform(1, DAYS - 1))
    home = random.choices(range(COMMUNITIES), city.weights)[0]
    thing = random.choices(range(CATEGORIES), city.things)[0]
    around = [each for each in month if begins - WITHIN < each.at < begins + HOUR]
    for n in range(1, OF + 1):
        now = begins + timedelta(seconds=EVERY_S * n) + LOOKS_EVERY
        mine = [
            one(-k, begins + timedelta(seconds=EVERY_S * k), city, home, thing)
            for k in range(1, n + 1)
        ]
        seen = [each for each in around if each.at <= now] + mine
        for each in judged(candidates(seen, now, limits.fewest), usual, now, limits):
            if any(pk < 0 for pk in each.incidents):
                return n
    return 0
