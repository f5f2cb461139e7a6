"""`./hotline drill load [--short]`: more calls than the house can serve.

Finds the knee, then sends twice and four times as much, then goes back. Ends with 1 when a report
was refused or lost, or when the house needed more than 10 s to be itself again; with 3 when the
generator was the bottleneck.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Sequence

from config.place import place_from
from tests.drills._load_generator import take_precedence
from tests.drills._load_phases import Bottleneck, drill
from tests.started import started

ANONYMOUS = "10000/1second"


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./hotline drill load")
    parser.add_argument("--short", action="store_true", help="3 s a step instead of 8")
    short = parser.parse_args(words).short
    var = place_from(os.environ).var / "load"
    shutil.rmtree(var, ignore_errors=True)
    print("Starting a house to load", flush=True)
    with started(var, HOTLINE_ANONYMOUS_REPORTS=ANONYMOUS) as house:
        take_precedence()
        try:
            result = drill(house, step_s=3 if short else 8, over_s=6 if short else 20)
        except Bottleneck as error:
            print(error)
            return 3
    print(result.table())
    print(f"Knee at {result.knee:.0f} calls a second, one in five a report.")
    print(f"Back to normal after {result.recovered_s:.1f} s; reports lost: {result.lost}.")
    print(f"The generator against a server of nothing: p99 {result.floor_late * 1000:.0f} ms.")
    for fault in result.faults:
        print(f"FAULT: {fault}")
    return int(bool(result.faults))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
