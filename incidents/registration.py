"""The first registration of an incident: with its first report, its history and its outbox row.

Every later change goes through `incidents.transitions`; here there is nothing yet to lock or to
check against the table. One statement, because a report pays for each: to have the ORM compile and
PostgreSQL plan four of them took a third of the CPU of filing one.
"""

import json
from typing import Any

from districts import prepared
from incidents.lifecycle import Step
from incidents.models import Incident, Outbox, Report, Status

# Numbers and times are the columns' own defaults. The foreign keys are checked at the commit, so
# it does not matter that one statement's parts do not see each other's rows.
REGISTER = """
WITH incident AS (
    INSERT INTO incidents_incident
        (kind, category_id, status, is_urgent, is_confidential, position, division_id, address,
         waiting, outcome, public_reply, visible_units, dispatch_after, updated_at)
    VALUES (%(kind)s, %(category)s, %(status)s, %(is_urgent)s, %(is_confidential)s,
            ST_SetSRID(ST_MakePoint(%(x)s, %(y)s), 4326), %(division)s, %(address)s,
            %(waiting)s, '', '', '{}', %(dispatch_after)s, statement_timestamp())
    RETURNING id, number, position, address, status
), report AS (
    INSERT INTO incidents_report
        (number, tracking_code, incident_id, channel, text, address, complainant_id,
         given_longitude, given_latitude, datum, accuracy_m, origin, position)
    SELECT number, %(tracking_code)s, id, %(channel)s, %(text)s, address, %(complainant)s,
           %(given_longitude)s, %(given_latitude)s, %(datum)s, %(accuracy_m)s, %(origin)s, position
    FROM incident
    RETURNING id
), history AS (
    INSERT INTO incidents_event (incident_id, step, from_status, to_status, data)
    SELECT id, step, from_status, status, data::jsonb
    FROM incident, unnest(%(steps)s::text[], %(from_statuses)s::text[], %(data)s::text[])
        WITH ORDINALITY AS event (step, from_status, data, n)
    ORDER BY n
), outbox AS (
    INSERT INTO incidents_outbox (topic, incident_id) SELECT %(topic)s, id FROM incident
)
SELECT incident.id AS incident, number, report.id AS report FROM incident, report
"""


def register(incident: Incident, report: Report) -> None:
    """Write both, new and not yet saved; they get their ids and the number they share.

    Inside the transaction of the report, and who opened it wakes whoever listens.
    """
    (made,) = prepared.rows(REGISTER, columns(incident, report) | history(incident))
    incident.pk, incident.number, report.pk = made["incident"], made["number"], made["report"]
    report.incident, report.number = incident, incident.number
    incident._state.adding = report._state.adding = False


def columns(incident: Incident, report: Report) -> dict[str, Any]:
    point = incident.position
    return {
        "kind": incident.kind,
        "category": incident.category_id,
        "status": incident.status,
        "is_urgent": incident.is_urgent,
        "is_confidential": incident.is_confidential,
        "x": point and point.x,
        "y": point and point.y,
        "division": incident.division_id,
        "address": incident.address,
        "waiting": incident.waiting,
        "dispatch_after": incident.dispatch_after,
        "tracking_code": report.tracking_code,
        "channel": report.channel,
        "text": report.text,
        "complainant": report.complainant_id,
        "given_longitude": report.given_longitude,
        "given_latitude": report.given_latitude,
        "datum": report.datum,
        "accuracy_m": report.accuracy_m,
        "origin": report.origin,
        "topic": Outbox.Topic.INCIDENT,
    }


def history(incident: Incident) -> dict[str, list[str]]:
    """The first event, and of an incident that goes to triage at once, the second."""
    events: list[tuple[Step, str, dict[str, str]]] = [(Step.REGISTER, "", {})]
    if incident.status == Status.TRIAGE:
        events.append((Step.TRIAGE, Status.REGISTERED.value, {"waiting": incident.waiting}))
    return {
        "steps": [step.value for step, _before, _data in events],
        "from_statuses": [before for _step, before, _data in events],
        "data": [json.dumps(data) for _step, _before, data in events],
    }
