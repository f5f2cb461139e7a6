"""The access table as data: who may do what at which address, and who sees which thing.

`table.csv`: a line for each address and verb that is served, a column for each role.
    route   the name of the URL pattern
    verb    GET or POST
    on      which kind of thing the address names: "" for none, `public` where whoever holds the
            address may read it, else a kind of `seen.csv`
    args    what else the address takes, such as `name=queue`
    roles   a: allowed, d: denied, l: asked to log in

`admin:*` stands for every address of the administration.

`seen.csv`: kind, thing, and the roles that see it. `call`, `low`, `media` and `message` are
seen like their incident.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
ANONYMOUS = "anonymous"
ADMINISTRATION = "admin:*"
LIKE_THEIR_INCIDENT = frozenset({"call", "low", "media", "message"})
LETTERS = frozenset("adl")


@dataclass(frozen=True, slots=True)
class Row:
    route: str
    verb: str
    on: str
    args: tuple[tuple[str, str], ...]
    letters: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        args = " ".join(f"{name}={value}" for name, value in self.args)
        return " ".join(part for part in (self.verb, self.route, args) if part)


@cache
def whole_table() -> tuple[Row, ...]:
    with (HERE / "table.csv").open(encoding="utf-8", newline="") as file:
        return tuple(row_of(given) for given in csv.DictReader(file))


def table() -> tuple[Row, ...]:
    """Without the administration."""
    return tuple(row for row in whole_table() if row.route != ADMINISTRATION)


def of_administration() -> Row:
    return next(row for row in whole_table() if row.route == ADMINISTRATION)


def row_of(given: dict[str, str]) -> Row:
    route, verb, on, args = (given.pop(name) for name in ("route", "verb", "on", "args"))
    pairs = tuple((name, value) for name, _, value in (arg.partition("=") for arg in args.split()))
    return Row(route, verb, on, pairs, tuple(given.items()))


@cache
def seen_by_kind() -> dict[str, dict[str, frozenset[str]]]:
    """Kind of thing -> thing -> roles."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    with (HERE / "seen.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["kind"], {})[row["thing"]] = frozenset(row["roles"].split())
    return found


def sees(role: str, kind: str, thing: str) -> bool:
    """Whether this role's person sees it; a thing without a line is seen by nobody."""
    kind = "incident" if kind in LIKE_THEIR_INCIDENT else kind
    return role in seen_by_kind()[kind].get(thing, frozenset())
