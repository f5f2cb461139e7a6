"""What heads read of a month, with two years of ended incidents behind it.

The floor is what PostgreSQL takes, by itself, to count one month's dispatches by county; beside it
the same page is told with a tenth of the incidents, since a month must not get dearer with the
years before it.
"""

import time
from datetime import date

from tests.bench.figures import Limit, Row, percentile
from tests.started import House

# A month has so many, in two years as in two months.
A_MONTH = 15_000
MONTHS = 24
EACH = 12
PAGES = {
    "bulletin of the running month": ("/bulletins/{month}/", Limit(25, 12, "x")),
    "equity, 30 days, by county": ("/equity/?days=30", Limit(25, 12, "x")),
}
GROWTH = Limit(1.5, 1.2, "x")
FILL = """
WITH places AS (
    SELECT code, street_id, county_id, row_number() OVER (ORDER BY code) - 1 AS k,
           count(*) OVER () AS n
    FROM districts_division WHERE level = 5 AND is_active
), things AS (
    SELECT code, field_id, row_number() OVER (ORDER BY code) - 1 AS k, count(*) OVER () AS n
    FROM incidents_category WHERE is_active
), wanted AS (
    SELECT p.code AS division, t.code AS category, u.id AS unit,
           now() - interval '1 hour' - g * interval '{every_s} seconds' AS at, g
    FROM generate_series({from_n}, {to_n}) AS g
    JOIN places p ON p.k = (g::bigint * 7919) % p.n
    JOIN things t ON t.k = (g::bigint * 17) % t.n
    JOIN accounts_unit u ON u.code = p.county_id || '-' || t.field_id
    ORDER BY at
), made AS (
    INSERT INTO incidents_incident
        (kind, category_id, status, is_urgent, is_confidential, division_id, address, waiting,
         outcome, public_reply, visible_units, lead_unit_id, dispatches, dispatched_at, due_at,
         contact_due_at, contacted_at, replied_at, accepted_at, ended_at, updated_at, created_at)
    SELECT 'complaint', category, 'archived', false, false, division, '', '', 'solved', '', '{{}}',
           unit, 1, at, at + interval '3 days', at + interval '1 day', at + interval '2 hours',
           at + (g % 90) * interval '1 hour', at + (g % 90) * interval '1 hour',
           at + interval '5 days', at, at
    FROM wanted RETURNING id, number, created_at
), reports AS (
    INSERT INTO incidents_report (number, tracking_code, incident_id, channel, text, address, datum,
                                  origin, created_at)
    SELECT number, 'M' || lpad(id::text, 19, '0'), id, 'telephone', '', '', 'wgs84', 'none',
           created_at
    FROM made RETURNING id, incident_id, created_at
)
INSERT INTO incidents_callback (report_id, incident_id, round, result, words, reasons, way, due_at,
                                created_at, done_at, is_solved, satisfaction)
SELECT id, incident_id, 1, 'agreed', '', '{{}}', 'call', created_at + interval '6 days',
       created_at + interval '4 days', created_at + interval '5 days', true, 4
FROM reports
"""
BARE = """
SELECT d.county_id, count(*) FROM incidents_incident i
JOIN districts_division d ON d.code = i.division_id
WHERE i.dispatched_at >= date_trunc('month', now()) AND i.kind <> 'wrongdoing' GROUP BY 1
"""


def measure(house: House) -> list[Row]:
    fill(house, 0, MONTHS // 10)
    few = {what: timed(house, path) for what, (path, _limit) in PAGES.items()}
    fill(house, MONTHS // 10, MONTHS)
    floor = bare(house)
    rows = []
    for what, (path, limit) in PAGES.items():
        seen = timed(house, path)
        told = f"p50 {seen * 1000:.0f} ms, {A_MONTH * MONTHS:,} incidents"
        rows.append(Row(what, seen / floor, limit, told, f"{floor * 1000:.1f} ms: one bare count"))
        rows.append(
            Row(
                f"{what}: a tenth of the years, then all",
                seen / few[what],
                GROWTH,
                told,
                f"p50 {few[what] * 1000:.0f} ms",
            )
        )
    return rows


def fill(house: House, from_month: int, to_month: int) -> None:
    every_s = 30 * 86400 // A_MONTH
    asked = FILL.format(
        every_s=every_s, from_n=from_month * A_MONTH + 1, to_n=to_month * A_MONTH
    )  # fmt: skip
    with house.database() as database:
        database.execute("SET statement_timeout = 0")
        database.execute(asked)
        database.execute("VACUUM ANALYZE incidents_incident, incidents_report, incidents_callback")


def bare(house: House) -> float:
    times = []
    with house.database() as database:
        for _n in range(EACH):
            began = time.perf_counter()
            database.execute(BARE).fetchall()
            times.append(time.perf_counter() - began)
    return percentile(times, 0.5)


def timed(house: House, path: str) -> float:
    cookie = {"Cookie": house.cookie("inspector")}
    path = path.format(month=f"{date.today():%Y-%m}")
    wire, times = house.wire(seconds=120), []
    for _n in range(EACH):
        began = time.perf_counter()
        answer = wire.get(path, cookie)
        times.append(time.perf_counter() - began)
        assert answer.status == 200, (path, answer.status)
    wire.close()
    return percentile(times[2:], 0.5)
