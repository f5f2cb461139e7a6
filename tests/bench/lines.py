"""Importing a merged line's cases, against a bare COPY of as much into tables like ours."""

from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from tests.bench.figures import Limit, Row
from tests.started import House

CASES = 20_000
# Read, checked, sealed, located twice: once to show, once to store.
LIMIT = Limit(0.05, 0.1, "x", more_is_better=True)
COLUMNS = {
    "number": "编号", "text": "内容", "category": "类别", "address": "地址", "longitude": "经度",
    "latitude": "纬度", "reported_at": "受理", "closed_at": "办结", "status": "状态",
    "contact_name": "姓名", "contact_phone": "电话",
}  # fmt: skip
MAPPING = """
WITH line AS (INSERT INTO incidents_mergedline (name) VALUES ('bench') RETURNING id)
INSERT INTO incidents_casemapping
    (name, line_id, columns, values, datum, date_format, time_zone, version, changed_at)
SELECT 'bench', id, %s, '{}', 'gcj02', '', 'Asia/Shanghai', 1, now() FROM line
"""
# The tables that an import fills.
FILLED = ("complainant", "incident", "report", "event", "takencase")


def measure(house: House) -> list[Row]:
    full, empty = house.var / "cases.csv", house.var / "no-cases.csv"
    with house.database() as database:
        database.execute(MAPPING, [Jsonb(COLUMNS)])
        write(full, database, CASES)
        write(empty, database, 0)
        took = imported(house, full) - imported(house, empty)
        bare = sum(copied(database, table) for table in FILLED)
    return [
        Row(
            f"importing {CASES:,} cases of a merged line",
            bare / took,
            LIMIT,
            f"{CASES / took:,.0f} rows/s",
            f"{CASES / bare:,.0f} rows/s",
        )
    ]


def imported(house: House, file: Path) -> float:
    began = perf_counter()
    house.manage("import_cases", str(file), "--mapping", "bench")
    return perf_counter() - began


def copied(database: "psycopg.Connection[tuple[Any, ...]]", table: str) -> float:
    """Seconds for a COPY of as many rows into a table with the same columns, checks and indexes."""
    name, like = f"incidents_{table}", f"bench_{table}"
    database.execute(f"CREATE TABLE {like} (LIKE {name} INCLUDING ALL)")
    newest = f"SELECT * FROM {name} ORDER BY id DESC LIMIT {CASES}"
    with database.cursor() as cursor:
        with cursor.copy(f"COPY ({newest}) TO STDOUT (FORMAT binary)") as out:
            rows = b"".join(bytes(part) for part in out)
        began = perf_counter()
        with cursor.copy(f"COPY {like} FROM STDIN (FORMAT binary)") as into:
            into.write(rows)
    return perf_counter() - began


def write(path: Path, database: "psycopg.Connection[tuple[Any, ...]]", number: int) -> None:
    """One in fifty open, one in ten without a point."""
    random = Random(12345)
    places = database.execute(
        "SELECT ST_X(point), ST_Y(point) FROM districts_boundary"
        " WHERE is_leaf AND valid_to IS NULL ORDER BY division_id"
    ).fetchall()
    with path.open("w", encoding="gb18030") as file:
        file.write(",".join(COLUMNS.values()) + "\n")
        for n in range(number):
            x, y = ("", "") if n % 10 == 3 else random.choice(places)
            ended = ",处理中" if n % 50 == 0 else "2024-03-04 17:30:00,已办结"
            file.write(
                f"B-{n},垃圾成堆无人清理第{n}件,暴露垃圾,文化路{n % 300}号,{x},{y},"
                f"2024-03-01 08:00:00,{ended},王小明,138{n:08d}\n"
            )
