"""A small platform for the supervisor's tests: `python -m tests.house.tiny KIND VAR MARKER`.

`sleepers`: one child that goes down with SIGTERM, and one that ignores it and leaves a grandchild
in a session of its own. `parent`: one child with a child of its own. `crasher`: one child that ends
at once, every time. `servers`: the private PostgreSQL and Redis. MARKER appears in every child's
command line, so that the tests can look for them without asking the code under test. It prints `up`
when everything runs.
"""

import sys
from pathlib import Path

from config import owner
from config.house import start_servers
from config.place import place_from
from config.processes import Process
from config.supervisor import Stopped, Supervisor, show, stop_on_signals

STUBBORN = (
    "trap '' TERM; setsid sh -c 'sleep 600; : MARKER' & while :; do sleep 600; : MARKER; done"
)
PARENT = "sh -c 'sleep 600; : child MARKER' & while :; do sleep 600; : MARKER; done"


def table(kind: str, marker: str) -> list[Process]:
    if kind == "crasher":
        return [Process("crasher", ("sh", "-c", f"echo oh dear; : {marker}; exit 3"))]
    if kind == "parent":
        return [Process("parent", ("sh", "-c", PARENT.replace("MARKER", marker)))]
    if kind == "sleepers":
        return [
            Process("plain", ("sh", "-c", f"sleep 600; : {marker}")),
            Process("stubborn", ("sh", "-c", STUBBORN.replace("MARKER", marker))),
        ]
    return []


def main(kind: str, var: Path, marker: str) -> None:
    stop_on_signals()
    place = place_from({"HOTLINE_VAR": str(var), "HOTLINE_ENV": "test"})
    claim = owner.claim(var, owner.RUN, waiting=lambda: show("waiting"))
    try:
        with Supervisor(place.log, place.environ(), keep=claim.lock) as supervisor:
            claim.publish(supervisor.token, {})
            if kind == "servers":
                place = start_servers(supervisor, place)
                claim.publish(supervisor.token, place.environ())
            for process in table(kind, marker):
                supervisor.start(process)
            show("up")
            supervisor.watch()
    except Stopped:
        show("down")
    finally:
        claim.release()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
