"""SQL statements a report, read from PostgreSQL's own log of what the web processes asked."""

import re
import time
from collections import Counter, defaultdict

from tests.bench.figures import Limit, Row
from tests.bench.places import bodies
from tests.started import House

REPORTS = 30
LIMIT = Limit(10, 6)
LINE = re.compile(r"\[(\d+)\] LOG: +(?:statement|execute [^:]*): (.*)")
TRANSACTION = ("BEGIN", "COMMIT", "ROLLBACK", "SET ", "SAVEPOINT", "RELEASE", "DEALLOCATE")
FILED = "WITH incident AS ("
# Who asks, and whether the kept connection still lives: not part of filing.
SESSION = ("accounts_apikey", "django_session")
ALIVE = "SELECT 1"


def measure(house: House) -> list[Row]:
    key = house.key()
    wire = house.wire()
    headers = {"Content-Type": "application/json", "Authorization": f"Api-Key {key}"}
    given = bodies(house, 2 * REPORTS, seed=9)
    for body in given[:REPORTS]:  # every thread has its connection and prepared statements
        assert wire.post("/api/reports", body, headers).status == 201
    log = house.var / "log" / "postgres.log"
    with house.database() as database:
        database.execute("ALTER SYSTEM SET log_statement = 'all'")
        database.execute("SELECT pg_reload_conf()")
        time.sleep(1)
        begins = log.stat().st_size
        for body in given[REPORTS:]:
            assert wire.post("/api/reports", body, headers).status == 201
        time.sleep(0.5)
        database.execute("ALTER SYSTEM RESET log_statement")
        database.execute("SELECT pg_reload_conf()")
    with log.open("rb") as file:
        file.seek(begins)
        asked = by_web(file.read().decode(errors="replace"))
    filed = sum(n for sql, n in asked.items() if sql.startswith(FILED))
    for sql, n in asked.most_common():
        print(f"  {n / filed:5.2f}  {sql[:130]}")
    apart = sum(n for sql, n in asked.items() if sql == ALIVE or any(s in sql for s in SESSION))
    each = (sum(asked.values()) - apart) / filed
    seen = f"{each:.1f}, and {apart / filed:.1f} for the API key and the connection's health"
    return [Row("SQL statements a report", each, LIMIT, seen)]


def by_web(text: str) -> Counter[str]:
    """What the connections asked that filed reports, apart from transaction control."""
    asked: dict[str, list[str]] = defaultdict(list)
    # The lines of one statement go on with a tab.
    for line in re.sub(r"\n\t[ \t]*", " ", text).splitlines():
        if found := LINE.search(line):
            asked[found[1]].append(found[2].strip())
    return Counter(
        re.sub(r"'[^']*'|\$?\d+", "?", sql) if sql != ALIVE else sql
        for lines in asked.values()
        if any(sql.startswith(FILED) for sql in lines)
        for sql in lines
        if not sql.startswith(TRANSACTION)
    )
