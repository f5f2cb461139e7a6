"""The house's rows and files as they lie, without the code under test."""

import json
from datetime import datetime
from hashlib import sha256
from typing import Any

from accounts.sealing import Keyring, key_from
from tests.drills.siege.checks import Standing, Stored, Story
from tests.drills.siege.house import House

REPORTS = """
    SELECT split_part(r.text, ' ', 1), r.incident_id, r.number, r.tracking_code, i.division_id,
           jsonb_strip_nulls(jsonb_build_object(
               'text', r.text, 'kind', i.kind, 'category', i.category_id, 'address', r.address,
               'longitude', r.given_longitude, 'latitude', r.given_latitude,
               'accuracy_m', r.accuracy_m)), c.sealed,
           (SELECT array_agg(o.uid::text || ' ' || o.sha256 ORDER BY o.sha256)
            FROM incidents_media m JOIN incidents_original o ON o.id = m.original_id
            WHERE m.report_id = r.id)
    FROM incidents_report r
    JOIN incidents_incident i ON i.id = r.incident_id
    LEFT JOIN incidents_complainant c ON c.id = r.complainant_id
    WHERE r.text LIKE %(prefix)s || '-%%' AND r.created_at >= %(since)s
"""
MINE = """
    SELECT DISTINCT incident_id AS id FROM incidents_report
    WHERE text LIKE %(prefix)s || '-%%' AND created_at <= %(until)s
"""
STANDINGS = f"""
    SELECT i.id, i.waiting, i.dispatch_after IS NOT NULL, count(w.id)
    FROM ({MINE}) mine JOIN incidents_incident i USING (id)
    LEFT JOIN dispatch_workorder w ON w.incident_id = i.id
        AND w.status IN ('offered', 'accepted', 'en_route', 'arrived')
    WHERE i.waiting = '' AND (i.dispatch_after IS NOT NULL OR w.id IS NULL)
    GROUP BY i.id
"""
STORIES = f"""
    WITH mine AS ({MINE}),
    written AS (
        SELECT o.incident_id, o.xmin::text AS transaction, count(*) AS n
        FROM incidents_outbox o JOIN mine ON mine.id = o.incident_id GROUP BY 1, 2
    ),
    told AS (SELECT incident_id AS id, sum(n - 1)::int AS twice FROM written GROUP BY 1),
    story AS (
        SELECT mine.id,
               count(*) FILTER (WHERE e.step = 'register') AS registered,
               count(*) FILTER (WHERE e.step = 'dispatch') AS dispatched,
               count(*) FILTER (WHERE e.step = 'offer') AS offered,
               count(*) FILTER (WHERE e.step IN ('decline', 'miss', 'withdraw_order')) AS ended,
               count(*) FILTER (WHERE written.n IS NULL) AS silent
        FROM mine JOIN incidents_event e ON e.incident_id = mine.id
        LEFT JOIN written ON written.incident_id = e.incident_id
            AND written.transaction = e.xmin::text
        GROUP BY 1
    ),
    orders AS (
        SELECT w.incident_id AS id, count(*) AS orders,
               count(*) FILTER
                   (WHERE w.status IN ('offered', 'accepted', 'en_route', 'arrived')) AS live
        FROM dispatch_workorder w JOIN mine ON mine.id = w.incident_id GROUP BY 1
    )
    SELECT mine.id, coalesce(registered, 0), coalesce(dispatched, 0), coalesce(offered, 0),
           coalesce(ended, 0), coalesce(orders, 0), coalesce(live, 0), coalesce(silent, 0),
           coalesce(twice, 0)
    FROM mine LEFT JOIN story USING (id) LEFT JOIN orders USING (id) LEFT JOIN told USING (id)
"""
NEWEST = f"""
    SELECT i.id, max(o.id) FILTER (WHERE o.created_at <= %(until)s),
           CASE WHEN max(o.created_at) <= %(until)s THEN i.status END
    FROM ({MINE}) mine JOIN incidents_incident i USING (id)
    LEFT JOIN incidents_outbox o ON o.incident_id = i.id GROUP BY i.id
"""
UNPREPARED = """
    SELECT count(*) FROM incidents_media m
    JOIN incidents_original o ON o.id = m.original_id
    JOIN incidents_report r ON r.id = m.report_id
    WHERE o.state <> 'ready' AND r.text LIKE %(prefix)s || '-%%'
"""


class Records:
    """What belongs to the reports whose text begins with `prefix`."""

    def __init__(self, house: House, prefix: str) -> None:
        self.house, self.prefix = house, prefix

    def now(self) -> datetime:
        """The database's clock, which dates its rows."""
        moment: datetime = self.house.ask("SELECT clock_timestamp()")[0][0]
        return moment

    def _ask(self, statement: str, **given: Any) -> list[tuple[Any, ...]]:
        return self.house.ask(statement, {"prefix": self.prefix, **given})

    def reports(self, since: datetime) -> list[Stored]:
        return [
            Stored(
                key=key,
                incident=incident,
                number=number,
                tracking_code=code,
                fields=fields | self.contact(sealed),
                division=division,
                photos=tuple((each.split()[0], each.split()[1]) for each in photos or ()),
            )
            for key, incident, number, code, division, fields, sealed, photos in self._ask(
                REPORTS, since=since
            )
        ]

    def contact(self, sealed: bytes | None) -> dict[str, str]:
        """What a caller left, opened with the house's own key."""
        if sealed is None:
            return {}
        key = (self.house.var / "vault-key").read_text(encoding="ascii")
        kept = json.loads(Keyring.of(key_from(key)).open(bytes(sealed)))
        return {"contact_phone": kept["phone"]} if kept["phone"] else {}

    def checksum_of(self, uid: str) -> str | None:
        """Of the sealed file itself."""
        hexadecimal = uid.replace("-", "")
        path = self.house.media / "original" / hexadecimal[:2] / uid
        return sha256(path.read_bytes()).hexdigest() if path.is_file() else None

    def out_of_hand(self, until: datetime) -> list[Standing]:
        """Only those that are neither dispatched nor queued: few, or none."""
        return [Standing(*row) for row in self._ask(STANDINGS, until=until)]

    def stories(self, until: datetime) -> list[Story]:
        return [Story(*row) for row in self._ask(STORIES, until=until)]

    def newest(self, until: datetime) -> dict[int, tuple[int, str | None]]:
        """Incident -> newest outbox id by then, and its status unless that changed since."""
        rows = self._ask(NEWEST, until=until)
        return {incident: (last or 0, status) for incident, last, status in rows}

    def unprepared(self) -> int:
        return int(self._ask(UNPREPARED)[0][0])
