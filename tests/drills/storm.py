"""`./hotline drill storm [--short]`: a burst of reports, then a long flow, onto a full house.

A province's storm day: 82 reports a second for a minute over HTTP with an API key, then 25 a second
for ten minutes, 124,000 open, 7,766 workers who move; PostgreSQL and a Celery worker are killed in
the middle. In short 20 s and 2 min on 20,000 open, and nothing is killed. Ends with 1 when a report
was lost or left without an offer or a reason within a minute, when an incident had two live offers,
or when the queue was not short again in time; with 3 when the generator was the bottleneck.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Sequence

from config.place import place_from
from tests.drills._load_generator import take_precedence
from tests.drills._load_phases import LATE_S
from tests.drills._storm_course import FULL, SHORT, weather
from tests.started import started


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./hotline drill storm")
    parser.add_argument("--short", action="store_true", help="20 s, 2 min, 20,000 open, no kills")
    course = SHORT if parser.parse_args(words).short else FULL
    var = place_from(os.environ).var / "storm"
    shutil.rmtree(var, ignore_errors=True)
    print("Starting a house for the storm", flush=True)
    with started(var) as house:
        take_precedence()
        found = weather(house, course)
    print(found.table())
    for fault in found.faults:
        print(f"FAULT: {fault}")
    if found.late_s > LATE_S:
        print(f"The generator was {found.late_s:.2f} s late (p99); give it a quieter machine.")
        return 3
    return int(bool(found.faults))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
