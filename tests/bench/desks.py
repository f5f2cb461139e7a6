"""Every list page of the desks with 100,000 open incidents, against an empty page of the same run.

The floor is the page to follow a report, seen by somebody logged in: session, user, frame, and
nothing from the lists.
"""

import time
from datetime import date

from tests.bench.figures import Limit, Row, percentile
from tests.started import House

OPEN = 100_000
# So many that a stray pause of a shared machine is not the 95th percentile.
EACH = 150
# Each of the web processes' threads has met the page by then.
WARM = 40
LIMIT = Limit(8, 4, "x")
FLOOR = "/track"
PAGES = {
    "dispatcher": [
        "/desks/queue/?list=waiting", "/desks/queue/?list=returns", "/desks/queue/?list=unsigned",
        "/desks/queue/?list=late", "/desks/queue/?list=open", "/desks/queue/?list=open&page=20",
    ],
    "210102-roads": [
        "/desks/unit/?list=sign", "/desks/unit/?list=working", "/desks/unit/?list=helping",
        "/unit/workers/",
    ],
    "head": [
        "/desks/late/?list=late", "/desks/late/?list=soon", "/desks/late/?list=asked", "/late/",
    ],
    "supervisor": ["/desks/late/?list=late", "/desks/late/?list=supervised"],
    "quality": ["/desks/checks/"],
    "callback": ["/calls/"],
    "dutymanager": ["/messages/", "/messages/?state=waiting", "/desks/queue/?list=review"],
    "dpo": ["/openings"],
    "inspector": ["/bulletins/{month}/behind/late", "/bulletins/{month}/behind/dispatched"],
}  # fmt: skip
# Communities of the city, each with its county's department of one of five fields.
FILL = """
WITH places AS (
    SELECT d.code, b.point, d.county_id, row_number() OVER (ORDER BY d.code) - 1 AS k,
           count(*) OVER () AS n
    FROM districts_division d
    JOIN districts_boundary b ON b.division_id = d.code AND b.is_leaf AND b.valid_to IS NULL
    WHERE d.city_id = '210100' AND d.street_id IS NOT NULL
), things AS (
    SELECT code, field_id, is_urgent, row_number() OVER (ORDER BY code) - 1 AS k,
           count(*) OVER () AS n
    FROM incidents_category WHERE is_active
), wanted AS (
    SELECT g, p.code AS division, p.point, t.code AS category, t.is_urgent,
           u.id AS unit, u.lineage, (ARRAY['dispatched', 'in_progress', 'in_progress', 'replied',
           'call_back', 'triage'])[1 + g % 6] AS status,
           now() + ((g * 7919) % 20000 - 4000) * interval '1 minute' AS due
    FROM generate_series(1, %(open)s) AS g
    JOIN places p ON p.k = (g * 31) % p.n
    JOIN things t ON t.k = (g * 17) % t.n
    JOIN accounts_unit u ON u.code = p.county_id || '-' || t.field_id
), made AS (
    INSERT INTO incidents_incident
        (kind, category_id, status, is_urgent, is_confidential, position, division_id, address,
         waiting, outcome, public_reply, visible_units, lead_unit_id, dispatches, dispatched_at,
         "limit", limit_unit, due_at, sign_due_at, contact_due_at, signed_at, asked, supervised,
         replied_at, updated_at, created_at)
    SELECT 'complaint', category, status, is_urgent, false, point, division, '',
           CASE WHEN status = 'triage' THEN 'returned' ELSE '' END, '', '',
           CASE WHEN status = 'triage' THEN '{}' ELSE lineage END,
           CASE WHEN status <> 'triage' THEN unit END, 1, due - interval '3 days', 3, 'd', due,
           due - interval '2 days', due - interval '2 days',
           CASE WHEN status <> 'dispatched' AND g %% 7 > 0 THEN now() END,
           CASE WHEN status = 'in_progress' AND g %% 40 = 0 THEN 'extension'
                WHEN status = 'dispatched' AND g %% 40 = 0 THEN 'return' ELSE '' END,
           CASE WHEN g %% 50 = 0 THEN 1 ELSE 0 END,
           CASE WHEN status IN ('replied', 'call_back') THEN now() END, now(),
           now() - interval '3 days'
    FROM wanted
    RETURNING id, number, status
), reports AS (
    INSERT INTO incidents_report (number, tracking_code, incident_id, channel, text, address,
                                  datum, origin)
    SELECT number, 'T' || lpad(id::text, 19, '0'), id, 'telephone', '路面有坑,请维修', '',
           'wgs84', 'none'
    FROM made RETURNING id, incident_id
), checks AS (
    INSERT INTO incidents_check (incident_id, drawn, verdict, reason)
    SELECT id, 'sample', '', '' FROM made WHERE status = 'replied'
)
INSERT INTO incidents_callback (report_id, incident_id, round, result, words, reasons, way, due_at,
                                next_attempt_at)
SELECT r.id, r.incident_id, 1, '', '', '{}', '', now() + interval '1 day', now()
FROM reports r JOIN made m ON m.id = r.incident_id WHERE m.status = 'call_back'
"""
TELL = """
INSERT INTO incidents_message (uid, report_id, template, occasion, "values", channel, language,
                               state, not_before, tries, error, provider_id, sent_at)
SELECT gen_random_uuid(), id, 'received', 'bench', '{}', 'sms', 'zh-hans', state, now(), 1, '', '',
       CASE WHEN state = 'sent' THEN now() END
FROM (SELECT id, (ARRAY['sent', 'sent', 'waiting', 'given_up'])[1 + id % 4] AS state
      FROM incidents_report) AS told
"""


def measure(house: House) -> list[Row]:
    fill(house)
    rows = []
    for username, pages in PAGES.items():
        cookie = {"Cookie": house.cookie(username)}
        for page in pages:
            path = page.format(month=f"{date.today():%Y-%m}")
            rows.append(measured(house, cookie, username, path))
    return rows


def fill(house: House) -> None:
    with house.database() as database:
        database.execute("SET statement_timeout = 0")
        database.execute(FILL.replace("%(open)s", str(OPEN)).replace("%%", "%"))
        database.execute(TELL)
        database.execute("ANALYZE")
        row = database.execute(
            "SELECT count(*) FROM incidents_incident WHERE created_at < now() - interval '2 days'"
            " AND status <> 'closed'"
        ).fetchone()
        assert row is not None
        assert row[0] >= OPEN * 0.9, row


def measured(house: House, cookie: dict[str, str], username: str, page: str) -> Row:
    """The two pages by turns, so that whatever else runs here meets both."""
    wire = house.wire()
    floor: list[float] = []
    own: list[float] = []
    for n in range(EACH + WARM):
        for path, times in ((FLOOR, floor), (page, own)):
            began = time.perf_counter()
            answer = wire.get(path, cookie)
            took = time.perf_counter() - began
            assert answer.status == 200, (path, answer.status)
            if n >= WARM:
                times.append(took)
    wire.close()
    base, seen = percentile(floor, 0.95), percentile(own, 0.95)
    return Row(
        f"list at 100,000 open: {username} {page}",
        seen / base,
        LIMIT,
        f"p50 {percentile(own, 0.5) * 1000:.1f}, p95 {seen * 1000:.1f} ms, n {EACH}",
        f"p50 {percentile(floor, 0.5) * 1000:.1f}, p95 {base * 1000:.1f} ms: {FLOOR}",
    )
