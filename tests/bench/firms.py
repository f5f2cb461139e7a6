"""Importing firms, giving each a manager and finding those a policy fits, against the bare
statements that store as much; then searching among them, against an empty page.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any
from urllib.parse import quote

import psycopg

from enterprises.credit_code import check_letter
from tests.bench import desks
from tests.bench.figures import Limit, Row
from tests.started import House

FIRMS, CAPACITY = 200_000, 300
# Firms to a manager.
SHARE = 100
# Reading, checking and locating each line comes on top of storing it.
IMPORT_LIMIT = Limit(6, 3, "x")
ASSIGN_LIMIT = Limit(3, 1.5, "x")
PUSH_LIMIT = Limit(4, 2, "x")
# Two characters of names, the beginning of a code, a place; of a manager's own and of the register.
SEARCHES = {
    "manager": ["/manager/?q=机床", "/manager/?q=912101", "/manager/?division=210102"],
    "admin": ["/admin/enterprises/firm/?q=机床", "/admin/enterprises/firm/?q=91210102000000"],
}
# A policy for a good part of them, and the bare rows as a copy of what it stored.
POLICY = """
INSERT INTO enterprises_policy (title_zh, title_en, text_zh, text_en, unit_id, valid_from, sectors,
                                sizes)
SELECT 'bench', 'bench', 'x', 'x', min(id), current_date, '{C,F,I}', '{small}' FROM accounts_unit
RETURNING id
"""
PUSHED = """
CREATE TABLE bench_notice (LIKE enterprises_policynotice INCLUDING ALL);
INSERT INTO bench_notice (policy_id, firm_id)
SELECT policy_id, firm_id FROM enterprises_policynotice WHERE policy_id = %d
"""
HEAD = "code,name,sector,size,division,longitude,latitude"
STORED = "code, name, sector, size, division_id, point, is_active"
# A table like ours, with its indexes and checks, and nothing else.
BARE = "CREATE TABLE bench_firm (LIKE enterprises_firm INCLUDING ALL)"
FILL = f"INSERT INTO bench_firm ({STORED}) SELECT {STORED} FROM enterprises_firm ORDER BY id"
SAME = """
UPDATE bench_firm b SET manager_id = f.manager_id FROM enterprises_firm f WHERE f.code = b.code
"""
# One for each county in turn.
PEOPLE = """
WITH people AS (
    INSERT INTO accounts_user (username, name, role, password, email, is_active, is_staff,
                               is_superuser, date_joined)
    SELECT 'bench-' || n, 'bench', 'service_manager', '', '', true, false, false, now()
    FROM generate_series(1, %(managers)s) AS n RETURNING id
), counties AS (
    SELECT code, row_number() OVER (ORDER BY code) - 1 AS n, count(*) OVER () AS all_of_them
    FROM districts_division WHERE level = 3
)
INSERT INTO enterprises_servicemanager (user_id, territory_id, sectors, capacity, is_due)
SELECT people.id, counties.code, '{}', %(capacity)s, false
FROM people JOIN counties ON people.id %% counties.all_of_them = counties.n
"""


def measure(house: House, firms: int = FIRMS) -> list[Row]:
    full, empty = house.var / "firms.csv", house.var / "no-firms.csv"
    with house.database() as database:
        database.execute("SET statement_timeout = 0")
        write(full, database, firms)
        write(empty, database, 0)
        database.execute(BARE)
        database.execute(PEOPLE, {"managers": firms // SHARE, "capacity": CAPACITY})
        imported = seconds(lambda: house.manage("import_firms", str(full)))
        imported -= seconds(lambda: house.manage("import_firms", str(empty)))
        bare_insert = seconds(lambda: database.execute(FILL))
        database.execute("VACUUM ANALYZE enterprises_firm")
        database.execute("VACUUM ANALYZE bench_firm")
        assigned = seconds(lambda: house.manage("assign_managers"))
        assigned -= seconds(lambda: house.manage("assign_managers"))
        bare_update = seconds(lambda: database.execute(SAME))
        without = count(database, "manager_id IS NULL AND is_active")
        known = count(database, "true")
        assert without == 0
        rows = [
            row(f"importing {firms:,} firms", imported, bare_insert, IMPORT_LIMIT),
            row(f"a manager for each of {known:,} firms", assigned, bare_update, ASSIGN_LIMIT),
            pushed(house, database, known),
        ]
    return rows + searched(house, known)


def pushed(house: House, database: "psycopg.Connection[tuple[Any, ...]]", known: int) -> Row:
    made = database.execute(POLICY).fetchone()
    assert made is not None
    ours = seconds(lambda: house.manage("push_policy", str(made[0])))
    ours -= seconds(lambda: house.manage("push_policy", str(made[0])))
    bare = seconds(lambda: database.execute(PUSHED % made[0]))
    return row(f"the firms among {known:,} that a policy fits", ours, bare, PUSH_LIMIT)


def searched(house: House, known: int) -> list[Row]:
    found = []
    for username, pages in SEARCHES.items():
        cookie = {"Cookie": house.cookie(username)}
        for page in pages:
            each = desks.measured(house, cookie, username, quote(page, safe="/?=&"))
            found.append(replace(each, what=f"search in {known:,} firms: {username} {page}"))
    return found


def row(what: str, ours: float, bare: float, limit: Limit) -> Row:
    return Row(what, ours / bare, limit, f"{ours:.1f} s", f"{bare:.1f} s")


def seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def count(database: "psycopg.Connection[tuple[Any, ...]]", where: str) -> int:
    found = database.execute(f"SELECT count(*) FROM enterprises_firm WHERE {where}").fetchone()
    assert found is not None
    return int(found[0])


def write(path: Path, database: "psycopg.Connection[tuple[Any, ...]]", number: int) -> None:
    """Half of them with a division, half with the label point of one."""
    random = Random(12345)
    places = database.execute(
        "SELECT division_id, ST_X(point), ST_Y(point) FROM districts_boundary"
        " WHERE is_leaf AND valid_to IS NULL ORDER BY 1"
    ).fetchall()
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{HEAD}\n")
        for n in range(number):
            code, x, y = random.choice(places)
            body = f"91{code[:6]}{n:09d}"
            place = f"{code},," if n % 2 else f",{x},{y}"
            what = f"测量{n}机床有限公司,{random.choice('ACFHILM')},small"
            file.write(f"{body}{check_letter(body)},{what},{place}\n")
