"""The course of the drill: the knee, twice and four times of it, and back to normal."""

import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from subprocess import Popen

from config.place import CHECKOUT
from tests.bench.figures import percentile
from tests.drills._load_generator import HOST, NEVER, Call, Outcome, fire
from tests.drills._load_mix import READ, SUBMISSION, Mix
from tests.started import House, free_ports, wait_until

# Below the knee everything is answered, and 99 in 100 within a second.
GOOD_S = 1.0
FIRST_RATE, STEP = 12.0, 1.4
RECOVERY_S, CALM_S = 10.0, 2.0
LATE_S = 0.2  # of the generator itself, p99: more, and its figures mean nothing

Fire = Callable[[Sequence[Call]], list[Outcome]]


class Bottleneck(Exception):
    """The generator cannot keep its own schedule; what it would report is about itself."""


@dataclass(frozen=True)
class Phase:
    name: str
    rate: float
    outcomes: list[Outcome] = field(repr=False)

    def of(self, kind: str) -> list[Outcome]:
        return [each for each in self.outcomes if each.kind == kind]

    @property
    def submissions(self) -> list[Outcome]:
        return self.of(SUBMISSION)

    @property
    def filed(self) -> list[Outcome]:
        return [each for each in self.submissions if each.status == 201]

    @property
    def reads(self) -> list[Outcome]:
        return self.of(READ)

    @property
    def answered(self) -> list[Outcome]:
        return [each for each in self.reads if each.status == 200]

    @property
    def shed(self) -> list[Outcome]:
        return [each for each in self.reads if each.status == 503]

    @property
    def errors(self) -> int:
        done = len(self.filed) + len(self.answered) + len(self.shed)
        return len(self.outcomes) - done

    @property
    def late(self) -> float:
        return percentile([each.late for each in self.outcomes], 0.99)

    @property
    def good(self) -> bool:
        """All answered, nothing shed, 99 in 100 within a second."""
        everything = len(self.filed) + len(self.answered) == len(self.outcomes)
        return everything and percentile([each.took for each in self.outcomes], 0.99) <= GOOD_S

    def cells(self) -> list[str]:
        times = [
            f"{percentile([each.took for each in outcomes], share):.2f}"
            for outcomes in (self.submissions, self.answered)
            for share in (0.5, 0.99)
        ]
        share = len(self.filed) / max(1, len(self.submissions))
        return [
            *(self.name, f"{self.rate:.0f}", f"{share:.1%}", times[0], times[1]),
            *(str(len(self.answered)), str(len(self.shed)), times[2], times[3]),
            *(str(self.errors), f"{self.late * 1000:.0f}"),
        ]


HEAD = [
    *("Phase", "Calls/s", "Filed", "p50 s", "p99 s", "Reads answered", "Shed"),
    *("p50 s", "p99 s", "Errors", "Own lateness p99 ms"),
]


@dataclass(frozen=True)
class Result:
    """`lost`: reports answered 201 that the database does not have."""

    knee: float
    phases: list[Phase]
    recovered_s: float
    lost: int
    floor_late: float

    @property
    def faults(self) -> list[str]:
        found = [
            f"{phase.name}: {len(phase.submissions) - len(phase.filed)} reports not taken"
            for phase in self.phases
            if len(phase.filed) < len(phase.submissions)
        ]
        if self.lost:
            found.append(f"{self.lost} reports answered 201 are lost")
        if self.recovered_s > RECOVERY_S:
            found.append(f"back to normal after {self.recovered_s:.1f} s")
        return found

    def table(self) -> str:
        rows = [HEAD, ["---"] * len(HEAD), *(phase.cells() for phase in self.phases)]
        return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def drill(house: House, *, step_s: float, over_s: float) -> Result:
    """`step_s`: length of a step towards the knee; `over_s`: of each overload."""
    mix = Mix.of(house)

    def at(name: str, rate: float, seconds: float) -> Phase:
        phase = Phase(name, rate, fire(house.port, mix.calls(rate, seconds)))
        check(phase.late)
        return phase

    at("warm-up", FIRST_RATE / 2, step_s)
    knee = at("knee", FIRST_RATE, step_s)
    while (next_ := at("knee", knee.rate * STEP, step_s)).good:
        knee = next_
    floor_late = own_lateness(mix, 4 * knee.rate)
    twice, four, after = overload(house.port, mix, knee.rate, over_s)
    phases = [knee, twice, four, after]
    for phase in phases:
        check(phase.late)
    return Result(knee.rate, phases, recovery(after), lost(house, phases), floor_late)


def overload(port: int, mix: Mix, knee: float, over_s: float) -> list[Phase]:
    """Twice, four times, and at once back to less than the knee: one schedule, no pause in it."""
    parts = [("2 x", 2.0, over_s), ("4 x", 4.0, over_s), ("after", 0.7, RECOVERY_S + 4)]
    calls, begins, edges = [], 0.0, []
    for _name, times, seconds in parts:
        calls += mix.calls(times * knee, seconds, begins)
        begins += seconds
        edges.append(begins)
    outcomes = fire(port, calls)
    found, start = [], 0.0
    for (name, times, _seconds), end in zip(parts, edges, strict=True):
        part = [each for each in outcomes if start <= each.moment < end]
        found.append(Phase(name, times * knee, part))
        start = end
    return found


def recovery(after: Phase) -> float:
    """Seconds from the end of the overload until for `CALM_S` every call was answered well."""
    first = after.outcomes[0].moment
    bad = [
        each.moment - first
        for each in after.outcomes
        if each.status not in {200, 201} or each.took > GOOD_S
    ]
    ends = after.outcomes[-1].moment - first
    for begin, end in pairwise([0.0, *bad, ends]):
        if end - begin >= CALM_S:
            return begin
    return NEVER


def lost(house: House, phases: Sequence[Phase]) -> int:
    """Which of the reports answered 201 are not there."""
    numbers = {each.body for phase in phases for each in phase.filed}
    with house.database() as database:
        row = database.execute(
            "SELECT count(*) FROM incidents_report WHERE number = ANY(%s)",
            [[body.split(b'"number":"', 1)[1].split(b'"', 1)[0].decode() for body in numbers]],
        ).fetchone()
    assert row is not None
    return len(numbers) - int(row[0])


def own_lateness(mix: Mix, rate: float) -> float:
    """How late the generator answers for itself, at the highest rate, on a server of nothing."""
    port = free_ports(1)
    words = [sys.executable, "-m", "tests.drills._load_floor", str(port)]
    with Popen(words, cwd=CHECKOUT) as floor:
        try:
            wait_until(lambda: listens(port), 20, "the floor server")
            outcomes = fire(port, mix.calls(rate, 3))
        finally:
            floor.terminate()
    took = percentile([each.took for each in outcomes], 0.99)
    check(took)
    return took


def check(late: float) -> None:
    if late > LATE_S:
        raise Bottleneck(f"the generator is {late:.2f} s late (p99); give it a quieter machine")


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
