"""The statements of a batch: what arrived beside our tables, what of it is new, and into them.

Parameters are `storing.WORDS` and what `look` and `store` add.
"""

from incidents.merged_lines.headings import DATED

COLUMNS = {
    "row": "integer", "number": "varchar", "text": "text", "kind": "varchar",
    "category": "varchar", "address": "varchar", "given_x": "float8", "given_y": "float8",
    "datum": "varchar", "x": "float8", "y": "float8",
    **dict.fromkeys(DATED, "timestamptz"),
    "status": "varchar", "own_status": "varchar", "was_open": "boolean", "outcome": "varchar",
    "satisfaction": "smallint", "unit": "varchar", "reply": "text", "confidential": "boolean",
    "urgent": "boolean", "digest": "bytea", "tracking_code": "varchar", "sealed": "bytea",
    "key_id": "varchar", "phone_index": "varchar", "masked_name": "varchar",
    "masked_phone": "varchar",
}  # fmt: skip
# Found out here: `known` is the row of a case that was taken before.
FOUND = {
    "point": "geometry(Point, 4326)", "division": "varchar", "waiting": "varchar DEFAULT ''",
    "known": "bigint", "same": "boolean", "still_open": "boolean", "incident": "bigint",
    "complainant": "bigint", "our_number": "varchar", "nth_open": "bigint",
}  # fmt: skip
ARRIVED = (
    "DROP TABLE IF EXISTS pg_temp.arrived_case",
    "CREATE TEMPORARY TABLE arrived_case ("
    + ", ".join(f"{name} {kind}" for name, kind in (COLUMNS | FOUND).items())
    + ") ON COMMIT DROP",
)
COPY = f"COPY arrived_case ({', '.join(COLUMNS)}) FROM STDIN"
# Files of one line wait for each other: the same case in both is new once.
LOCK_LINE = "SELECT id FROM incidents_mergedline WHERE id = %(line)s FOR UPDATE"
# Ours is locked before it is told anything.
KNOW = """
UPDATE arrived_case a SET known = t.id, same = t.digest = a.digest, incident = t.incident_id,
                          still_open = t.status = ANY(%(open)s)
FROM (SELECT t.id, t.number, t.digest, t.incident_id, i.status
      FROM incidents_takencase t JOIN incidents_incident i ON i.id = t.incident_id
      WHERE t.line_id = %(line)s AND t.number IN (SELECT number FROM arrived_case)
      ORDER BY i.id FOR UPDATE OF i) t
WHERE t.number = a.number
"""
PLACE = """
UPDATE arrived_case a SET point = p.point, division = hotline_locate(p.point)
FROM (SELECT row, ST_SetSRID(ST_MakePoint(x, y), 4326) AS point FROM arrived_case
      WHERE known IS NULL AND x IS NOT NULL) p
WHERE p.row = a.row
"""
WAIT = """
UPDATE arrived_case SET waiting = CASE WHEN point IS NULL THEN %(no_place)s ELSE %(outside)s END
WHERE known IS NULL AND was_open AND division IS NULL
"""
COUNT = """
SELECT count(*) FILTER (WHERE known IS NULL),
       count(*) FILTER (WHERE known IS NULL AND was_open),
       count(*) FILTER (WHERE same),
       count(*) FILTER (WHERE NOT same AND still_open),
       count(*) FILTER (WHERE NOT same AND NOT still_open),
       count(*) FILTER (WHERE known IS NULL AND division IS NOT NULL),
       count(*) FILTER (WHERE known IS NULL AND point IS NOT NULL AND division IS NULL),
       count(*) FILTER (WHERE known IS NULL AND point IS NULL AND address <> ''),
       count(*) FILTER (WHERE known IS NULL AND point IS NULL AND address = '')
FROM arrived_case
"""
COUNTED = (
    "new",
    "open",
    "same",
    "news",
    "conflicts",
    "by_point",
    "outside",
    "by_address",
    "nowhere",
)
BY_CATEGORY = "SELECT category, count(*) FROM arrived_case WHERE known IS NULL GROUP BY 1"
CONFLICTS = "SELECT row FROM arrived_case WHERE NOT same AND NOT still_open"

NUMBER = """
UPDATE arrived_case SET
    incident = nextval(pg_get_serial_sequence('incidents_incident', 'id')),
    complainant = CASE WHEN sealed IS NOT NULL
        THEN nextval(pg_get_serial_sequence('incidents_complainant', 'id')) END,
    our_number = hotline_next_number(),
    nth_open = opened.n
FROM (SELECT row, count(*) FILTER (WHERE was_open) OVER (ORDER BY row) - 1 AS n
      FROM arrived_case WHERE known IS NULL) opened
WHERE opened.row = arrived_case.row
"""
KEEP = """
INSERT INTO incidents_complainant
    (id, sealed, key_id, phone_index, masked_name, masked_phone, language)
SELECT complainant, sealed, key_id, phone_index, masked_name, masked_phone, 'zh-hans'
FROM arrived_case WHERE complainant IS NOT NULL ORDER BY complainant
"""
# A case that ended there has ended: no clock, no call-back, no queue. An open one goes to dispatch
# as any other does, a little after the one before it. `created_at` says where it belongs in time;
# whether it was reported then, `incidents_takencase` alone.
INCIDENTS = """
INSERT INTO incidents_incident
    (id, number, kind, category_id, status, is_urgent, is_confidential, position, division_id,
     address, waiting, outcome, public_reply, visible_units, dispatch_after, ended_at,
     created_at, updated_at)
SELECT incident, our_number, kind, category,
       CASE WHEN waiting <> '' THEN %(triage)s ELSE status END,
       urgent, confidential, point, division, address, waiting,
       CASE WHEN was_open THEN '' ELSE outcome END, CASE WHEN was_open THEN '' ELSE reply END, '{}',
       CASE WHEN was_open AND waiting = '' THEN
           CASE WHEN urgent THEN now() ELSE
               greatest(now(), %(began)s + (%(opened)s + nth_open) * %(apart)s * interval '1 s')
           END
       END,
       CASE WHEN NOT was_open THEN closed_at END,
       coalesce(reported_at, dispatched_at, replied_at, closed_at, now()), now()
FROM arrived_case WHERE known IS NULL ORDER BY incident
"""
REPORTS = """
INSERT INTO incidents_report
    (number, tracking_code, incident_id, channel, text, address, complainant_id,
     given_longitude, given_latitude, datum, origin, position, created_at)
SELECT our_number, tracking_code, incident, %(channel)s, text, address, complainant,
       given_x, given_y, datum,
       CASE WHEN point IS NOT NULL THEN %(given)s WHEN address <> '' THEN %(address)s
            ELSE %(none)s END,
       point, coalesce(reported_at, dispatched_at, replied_at, closed_at, now())
FROM arrived_case WHERE known IS NULL ORDER BY incident
"""
TOLD = """jsonb_strip_nulls(jsonb_build_object(
    'line', %(line_name)s::text, 'number', a.number, 'said', nullif(a.own_status, ''),
    'outcome', nullif(a.outcome, ''), 'reported_at', a.reported_at, 'due_at', a.due_at,
    'dispatched_at', a.dispatched_at, 'replied_at', a.replied_at, 'closed_at', a.closed_at))"""
HISTORY = f"""
INSERT INTO incidents_event (incident_id, step, from_status, to_status, data)
SELECT a.incident, %(import)s, '', a.status, {TOLD}
FROM arrived_case a WHERE a.known IS NULL ORDER BY a.incident
"""
TRIAGED = """
INSERT INTO incidents_event (incident_id, step, from_status, to_status, data)
SELECT incident, %(triage)s, status, %(triage)s, jsonb_build_object('waiting', waiting)
FROM arrived_case WHERE known IS NULL AND waiting <> '' ORDER BY incident
"""
TAKE = f"""
INSERT INTO incidents_takencase
    (incident_id, line_id, number, file_id, status, was_open, {", ".join(DATED)}, outcome,
     satisfaction, unit, reply, digest, taken_at)
SELECT incident, %(line)s, number, %(file)s, own_status, was_open, {", ".join(DATED)}, outcome,
       satisfaction, unit, reply, digest, now()
FROM arrived_case WHERE known IS NULL ORDER BY incident
"""
# News of a case that is open here: told, and nothing of ours is changed by it.
NEWS = f"""
INSERT INTO incidents_event (incident_id, step, from_status, to_status, data)
SELECT a.incident, %(import)s, i.status, i.status, {TOLD}
FROM arrived_case a JOIN incidents_incident i ON i.id = a.incident
WHERE NOT a.same AND a.still_open ORDER BY a.row
"""
AMEND = f"""
UPDATE incidents_takencase t SET
    status = a.own_status, was_open = a.was_open, outcome = a.outcome, unit = a.unit,
    satisfaction = a.satisfaction, reply = a.reply, digest = a.digest, file_id = %(file)s,
    taken_at = now(), {", ".join(f"{name} = a.{name}" for name in DATED)}
FROM arrived_case a WHERE t.id = a.known AND NOT a.same AND a.still_open
"""
SHOW = """
INSERT INTO incidents_outbox (topic, incident_id)
SELECT %(topic)s, incident FROM arrived_case
WHERE was_open AND known IS NULL OR NOT same AND still_open ORDER BY row
"""
DANGEROUS = "SELECT row, incident FROM arrived_case WHERE row = ANY(%(rows)s) AND waiting <> ''"
STORE = (KEEP, INCIDENTS, REPORTS, HISTORY, TRIAGED, TAKE, NEWS, AMEND, SHOW)
