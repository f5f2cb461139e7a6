"""`./hotline drill gate [--short] [--seed N]`: crooked input over the wire, at a running house.

The catalogue, slow senders, Hypothesis, schemathesis against our own OpenAPI, and atheris at the
parsers. Ends with 1 when anything was answered with a 500, half stored, or left a page broken.
"""

import argparse
import os
import random
import shutil
import sys
from collections.abc import Sequence

from config.place import place_from
from tests.drills._gate_aftermath import aftermath
from tests.drills._gate_fuzz import fuzz_all
from tests.drills._gate_tools import Tally, schemathesis
from tests.drills._gate_wire import Knocker, catalogue, properties, slow_senders
from tests.started import started

ANONYMOUS = "100000/1second"


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./hotline drill gate")
    parser.add_argument("--short", action="store_true", help="a tenth of the random part")
    parser.add_argument("--seed", type=int, default=random.randrange(2**31))
    given = parser.parse_args(words)
    var = place_from(os.environ).var / "gate"
    shutil.rmtree(var, ignore_errors=True)
    part = 10 if given.short else 1
    print(f"seed {given.seed}\nStarting a house to knock at", flush=True)
    tally = Tally()
    with started(var, HOTLINE_ANONYMOUS_REPORTS=ANONYMOUS) as house:
        knocker = Knocker.at(house)
        catalogue(knocker, tally)
        slow_senders(house, tally)
        properties(knocker, tally, seed=given.seed, examples=1_000 // part)
        schemathesis(house, tally, seed=given.seed, examples=100 // part)
        fuzz_all(tally, seed=given.seed, seconds=20 // part)
        aftermath(house, knocker, tally)
    print(tally.table())
    for fault in tally.faults[:50]:
        print(f"FAULT: {fault}")
    print(f"{tally.requests:,} requests and inputs, {len(tally.faults)} faults; seed {given.seed}")
    return int(bool(tally.faults))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
