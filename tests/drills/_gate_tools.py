"""What the gate's drill counts, and the run of schemathesis."""

import re
import subprocess
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from config.processes import python_tool
from tests.started import House


@dataclass
class Tally:
    """By group: how many, and how they were answered."""

    answers: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    faults: list[str] = field(default_factory=list)

    def add(self, group: str, answer: str, count: int = 1) -> None:
        self.answers[group][answer] += count

    @property
    def requests(self) -> int:
        return sum(counts.total() for counts in self.answers.values())

    def table(self) -> str:
        lines = [f"{'group':<34} {'sent':>8}  answers"]
        for group, counts in self.answers.items():
            told = ", ".join(f"{answer} {count:,}" for answer, count in sorted(counts.items()))
            lines.append(f"{group:<34} {counts.total():>8,}  {told}")
        return "\n".join(lines)


def schemathesis(house: House, tally: Tally, *, seed: int, examples: int) -> None:
    """Everything our OpenAPI document promises, and what it does not: no 500, and valid answers."""
    command = [
        *(python_tool("schemathesis"), "run", f"{house.base}/api/schema"),
        *("--checks", "not_a_server_error", "--max-examples", str(examples)),
        *("--phases", "examples,coverage,fuzzing", "--seed", str(seed), "--continue-on-failure"),
        *("--header", f"Authorization: Api-Key {house.key(10_000)}"),
        *("--header", f"Cookie: {house.cookie('manager')}", "--no-color", "--warnings", "off"),
    ]
    done = subprocess.run(
        command, cwd=house.var, capture_output=True, text=True, timeout=1_200, check=False
    )
    found = re.search(r"([\d,]+) generated", done.stdout)
    count = int(found[1].replace(",", "")) if found else 0
    tally.add("schemathesis", "generated", count)
    if done.returncode or not count:
        tally.faults.append(f"schemathesis ended with {done.returncode}:\n{done.stdout[-3_000:]}")
