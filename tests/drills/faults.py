"""`./hotline drill faults`: nothing that was answered 201 is ever lost, whatever is killed.

Starts a house of its own, keeps a stream of reports with photos on it, injects one fault after the
other, and checks after each, and at the end, what tests/drills/siege/checks.py says must hold. Then
it plants four mistakes, each of which the same checks must notice. Exit 1 on any violation, on any
mistake nobody noticed, and when fewer faults or reports came together than were asked for.

"Each message is sent once" counts what the house sends today: the dispatch, the offers, and the
outbox rows that feed the live stream (tests/drills/siege/checks.py has it exactly).
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from secrets import randbelow

from config.supervisor import Stopped, show, stop_on_signals
from tests.drills.siege import controls, cut, ordeal
from tests.drills.siege.house import House
from tests.drills.siege.kinds import (
    PROCESSES,
    SUPERVISOR,
    Cut,
    DiskFull,
    Emptied,
    Fault,
    Kill,
    KillUnwritten,
    Pause,
)
from tests.drills.siege.result import HEAD, Injected, Result, summary

TARGETS = (*PROCESSES, SUPERVISOR)
DISKS = ("data", "wal", "media")
# Of the faults of a full run, however few reports came together.
LONGEST_S = 2400.0


@dataclass(frozen=True)
class Wish:
    """How much of it.

    In short no fault is begun after `faults_s`, and no control but the first after `all_s`; both
    count from when the house is up.
    """

    faults: int
    reports: int
    seed: int
    rate: float
    control_s: float = 8.0
    faults_s: float | None = None
    all_s: float | None = None


def full(seed: int) -> Wish:
    return Wish(faults=60, reports=10_000, seed=seed, rate=20.0)


def short(seed: int) -> Wish:
    """Under three minutes."""
    return Wish(
        faults=23, reports=300, seed=seed, rate=20.0, control_s=4.0, faults_s=60.0, all_s=95.0
    )


def one_of_each(random: Random, *, short: bool) -> list[Fault]:
    """Every kind of fault on every target, in any order; in short only the kills of each."""
    stops = random.sample(TARGETS, 3) if short else TARGETS
    stop_s = (2.0, 3.0) if short else (3.0, 8.0)
    disk_s = 2.0 if short else 4.0
    faults: list[Fault] = [
        *(Kill(target) for target in TARGETS),
        KillUnwritten(),
        *(Pause(target, random.uniform(*stop_s)) for target in stops),
        *(Cut(point) for point in cut.POINTS),
        *(DiskFull(disk, disk_s) for disk in DISKS),
        Emptied(),
    ]
    random.shuffle(faults)
    return faults


def plan(wish: Wish, random: Random) -> list[Fault]:
    faults: list[Fault] = []
    while len(faults) < wish.faults:
        faults += one_of_each(random, short=wish.faults_s is not None)
    return faults[: wish.faults]


def drill(wish: Wish, *, like: Path | None = None) -> Result:
    """All of it, on a house that is gone afterwards; `like` as in `tests.started.started`."""
    began = time.monotonic()
    result = Result(wish.seed)
    with tempfile.TemporaryDirectory(prefix="hotline-drill-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL's own user walks through it
        more = {"HOTLINE_ANSWER_URGENT_S": "7200"}
        house = House(Path(folder) / "var", more=more, like=like)
        house.var.mkdir(mode=0o755)
        try:
            house.build()
            key = house.manage("apikey", "drill", "--rate", "1000")
            show(f"the house is up after {time.monotonic() - began:.0f} s")
            break_it(house, wish, key, result)
        finally:
            house.forget()
    result.seconds = time.monotonic() - began
    return result


def break_it(house: House, wish: Wish, key: str, result: Result) -> None:
    """First the faults, then the controls; what a control leaves behind spoils a house."""
    began = time.monotonic()
    # Apart: the clients draw from theirs in whatever order they come.
    faults, reports = Random(f"{wish.seed} faults"), Random(f"{wish.seed} reports")
    run = main_run(house, wish, faults, reports, key, result)
    for mistake in controls.MISTAKES:
        if result.controls and wish.all_s and time.monotonic() - began > wish.all_s:
            break
        result.controls.append(
            controls.notice(
                house, mistake, reports, rate=wish.rate, api_key=key, seconds=wish.control_s
            )
        )
    result.violations += run.unprepared()


def main_run(
    house: House, wish: Wish, random: Random, reports: Random, key: str, result: Result
) -> ordeal.Ordeal:
    """Faults until there are enough, and enough reports, or the time is over; then the verdict."""
    run = ordeal.begin(
        house,
        f"drill-{wish.seed}",
        reports,
        rate=wish.rate,
        api_key=key,
        impatience=ordeal.IMPATIENCE,
    )
    run.overlapping = wish.faults_s is not None
    show(HEAD)
    deadline = time.monotonic() + (wish.faults_s or LONGEST_S)
    run.go_through(plan(wish, random), deadline=deadline)
    while not (enough(run.done, run.stream.count(), wish) or run.is_down):
        if time.monotonic() > deadline:
            break
        run.go_through(one_of_each(random, short=False)[:1], deadline=deadline)
    run.stream.end()
    result.faults = run.done
    result.violations += run.last_check()
    run.listener.end()
    count(run, result)
    return run


def count(run: ordeal.Ordeal, result: Result) -> None:
    result.answered = run.stream.count()
    result.photos = sum(len(each.draft.photos) for each in run.stream.answered)
    result.retried = sum(each.tries > 1 for each in run.stream.answered)
    result.unanswered = len(run.stream.unanswered)
    result.statuses = dict(run.stream.statuses)


def wish_from(words: Sequence[str]) -> Wish:
    parser = argparse.ArgumentParser(prog="./hotline drill faults")
    parser.add_argument("--short", action="store_true", help="under three minutes")
    parser.add_argument("--faults", type=int)
    parser.add_argument("--reports", type=int)
    parser.add_argument("--rate", type=float, help="reports a second")
    parser.add_argument("--seed", type=int, default=randbelow(10**6))
    given = parser.parse_args(words)
    usual = (short if given.short else full)(given.seed)
    named = {name: getattr(given, name) for name in ("faults", "reports", "rate")}
    return replace(usual, **{name: value for name, value in named.items() if value})


def enough(done: Sequence[Injected], answered: int, wish: Wish) -> bool:
    return sum(not each.not_run for each in done) >= wish.faults and answered >= wish.reports


def verdict(result: Result, wish: Wish) -> bool:
    """A run that its time cut short is judged by what it did."""
    if wish.faults_s is not None:
        return result.passed and bool(result.ran and result.answered and result.controls)
    everything = len(result.controls) == len(controls.MISTAKES)
    return result.passed and everything and enough(result.faults, result.answered, wish)


def main(words: Sequence[str]) -> int:
    stop_on_signals()
    wish = wish_from(words)
    show(f"seed {wish.seed}")
    try:
        result = drill(wish)
    except Stopped as error:
        return 128 + error.number
    passed = verdict(result, wish)
    show(summary(result))
    show("passed" if passed else "FAILED")
    return int(not passed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
