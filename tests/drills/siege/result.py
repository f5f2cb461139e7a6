"""What a drill found, and how it is shown."""

from collections import defaultdict
from dataclasses import dataclass, field

from tests.drills.siege.checks import Violation


@dataclass(frozen=True)
class Injected:
    """One fault, in seconds and counts.

    `silent_s`: the longest time without a 201, from its beginning to the first after its end;
    `answered`: 201s until the web answered again, `up_s` after the fault's end; `settled_s` from
    then until every incident was dispatched or queued and heard of.
    """

    kind: str
    target: str
    silent_s: float = 0.0
    answered: int = 0
    up_s: float = 0.0
    settled_s: float = 0.0
    violations: list[Violation] = field(default_factory=list)
    not_run: str = ""

    @property
    def verdict(self) -> str:
        return f"not run: {self.not_run}" if self.not_run else "FAILED" if self.violations else "ok"


@dataclass(frozen=True)
class Control:
    """A planted mistake, the kinds of violation it should cause, and those it did."""

    name: str
    expected: frozenset[str]
    reports: int = 0
    found: dict[str, int] = field(default_factory=dict)
    not_run: str = ""

    @property
    def noticed(self) -> bool:
        return bool(self.expected & self.found.keys())


@dataclass
class Result:
    seed: int
    faults: list[Injected] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    # Of the whole run, at its end.
    violations: list[Violation] = field(default_factory=list)
    answered: int = 0
    photos: int = 0
    retried: int = 0
    unanswered: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def ran(self) -> list[Injected]:
        return [each for each in self.faults if not each.not_run]

    @property
    def passed(self) -> bool:
        everything = [*self.violations, *(v for each in self.faults for v in each.violations)]
        return not everything and all(each.noticed for each in self.controls)


HEAD = f"{'fault':<32}{'silent s':>9}{'answered':>9}{'up s':>7}{'settled s':>10}  result"


def line(each: Injected) -> str:
    name = f"{each.kind} {each.target}"
    if each.not_run:
        return f"{name:<32}{'':>35}  {each.verdict}"
    figures = f"{each.silent_s:>9.1f}{each.answered:>9}{each.up_s:>7.1f}{each.settled_s:>10.1f}"
    return f"{name:<32}{figures}  {each.verdict}"


def summary(result: Result) -> str:
    """By kind of fault, the controls, and the verdict."""
    groups: dict[str, list[Injected]] = defaultdict(list)
    for each in result.ran:
        groups[f"{each.kind} {each.target}"].append(each)
    lines = [
        "",
        f"{'kind':<32}{'times':>6}{'worst silent s':>15}{'worst settled s':>16}{'failed':>7}",
    ]
    for name, group in sorted(groups.items()):
        silent, settled = max(e.silent_s for e in group), max(e.settled_s for e in group)
        failed = sum(bool(each.violations) for each in group)
        lines.append(f"{name:<32}{len(group):>6}{silent:>15.1f}{settled:>16.1f}{failed:>7}")
    lines += ["", "control".ljust(32) + "reports  found"]
    for control in result.controls:
        found = ", ".join(f"{n} {kind}" for kind, n in sorted(control.found.items())) or "NOTHING"
        lines.append(f"{control.name:<32}{control.reports:>7}  {control.not_run or found}")
    statuses = ", ".join(f"{name} {n}" for name, n in sorted(result.statuses.items()))
    missed = [each for each in result.faults if each.not_run]
    lines += [
        "",
        f"{len(result.ran)} faults ({len(missed)} not run), {result.answered} reports answered 201"
        f" with {result.photos} photos, {result.retried} of them after retries,"
        f" {result.unanswered} never answered, {result.seconds:.0f} s, seed {result.seed}",
        f"attempts: {statuses}",
        *[f"VIOLATION {v.kind}: {v.text}" for v in result.violations[:20]],
    ]
    return "\n".join(lines)
