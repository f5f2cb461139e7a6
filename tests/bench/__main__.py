"""`./hotline bench [--write] [NAME ...]`: the measurements, on a real house of their own.

Each row is a ratio to a floor of the same run wherever there is one: the machine is shared, and a
time alone tells as much about the neighbours. `--write` puts the table into docs/performance.md.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from config.place import CHECKOUT, place_from
from tests.bench import (
    desks,
    dispatching,
    firms,
    history,
    layers,
    lines,
    listeners,
    locate,
    maps,
    memory,
    months,
    offers,
    photos,
    reports,
    rerouting,
    statements,
    uploads,
    views,
)
from tests.bench.figures import Row, table
from tests.started import House, started

Measure = Callable[[House], Iterable[Row]]
BENCHES: dict[str, Measure] = {
    "locate": locate.measure,
    "rerouting": rerouting.measure,
    "statements": statements.measure,
    "history": history.measure,
    "offers": offers.measure,
    "desks": desks.measure,
    "firms": firms.measure,
    "lines": lines.measure,
    "months": months.measure,
    "maps": maps.measure,
    "layers": layers.measure,
    "listeners": listeners.measure,
    "photos": photos.measure,
    "uploads": uploads.measure,
    # The floods last: they leave dispatch busy and workers full.
    "reports": reports.measure,
    "memory": memory.measure,
    # And after them what fills the tables and hires a crowd.
    "dispatch": dispatching.measure,
    # They pile up open incidents as well.
    "views": views.measure,
}
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
PAGE = CHECKOUT / "docs" / "performance.md"


def main(words: Sequence[str]) -> int:
    given = arguments(words)
    rows: list[Row] = []
    var = place_from(os.environ).var / "bench"
    shutil.rmtree(var, ignore_errors=True)  # of a run that was killed
    print("Starting a house to measure", flush=True)
    with started(var) as house:
        for name in given.names or BENCHES:
            print(f"--- {name}", flush=True)
            measure = BENCHES[name]
            if name == "memory":
                measure = partial(memory.measure, reports=given.reports)
            if name == "firms":
                measure = partial(firms.measure, firms=given.firms)
            if name == "maps":
                measure = partial(maps.measure, incidents=given.incidents)
            for row in measure(house):
                print(f"  {' | '.join(row.cells())}", flush=True)
                rows.append(row)
    print(table(rows))
    if given.write:
        write(PAGE, rows)
    return 0


def arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./hotline bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help=" ".join(BENCHES))
    parser.add_argument("--write", action="store_true", help=f"the table goes into {PAGE.name}")
    parser.add_argument("--reports", type=int, default=memory.REPORTS, help="of `memory`")
    parser.add_argument("--firms", type=int, default=firms.FIRMS, help="of `firms`")
    parser.add_argument("--incidents", type=int, default=maps.INCIDENTS, help="of `maps`")
    given = parser.parse_args(words)
    if unknown := set(given.names) - set(BENCHES):
        parser.error(f"no such measurement: {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    return given


def write(page: Path, rows: Sequence[Row]) -> None:
    """Replace what stands between the markers; rows not measured this time stay."""
    text = page.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    old, after = rest.split(END)
    new = table(rows).splitlines()
    measured = {row.what for row in rows}
    kept = [
        line for line in old.strip().splitlines()[2:] if line.split(" | ")[0][2:] not in measured
    ]
    page.write_text("\n".join([before + BEGIN, *new, *kept, END]) + after, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
