"""A batch of cases into the database: COPY beside our tables, then a constant number of statements.

Only an incident that waits outside dispatch's reach and cries danger costs a few more: it is
alarmed as any other (`incidents.alarming`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from districts.datums import Datum
from incidents.alarming import heed
from incidents.alarms import heard, known
from incidents.lifecycle import OPEN, Step
from incidents.merged_lines import statements as sql
from incidents.merged_lines.headings import DATED
from incidents.merged_lines.mapping import Case
from incidents.models import (
    CaseFile,
    Channel,
    Complainant,
    Incident,
    Origin,
    Outbox,
    Status,
    Waiting,
    new_tracking_code,
)
from incidents.vault import Identity, seal

# What a case of theirs is with us from the first moment.
STATUS = {
    "open": Status.REGISTERED,
    "closed": Status.ARCHIVED,
    "answered": Status.ANSWERED,
    "not_accepted": Status.NOT_ACCEPTED,
    "transferred": Status.TRANSFERRED,
    "withdrawn": Status.WITHDRAWN,
    "invalid": Status.INVALID,
}
STATES = tuple(STATUS)
# In place of a code and an identity.
NOBODY = (None, None, "", "", "", "")
# Open cases become due for dispatch so far apart, so that new reports never stand behind them.
APART_S = 0.05

WORDS: dict[str, Any] = {
    "no_place": Waiting.NO_PLACE,
    "outside": Waiting.OUTSIDE,
    "triage": Status.TRIAGE,
    "channel": Channel.MERGED_LINE,
    "given": Origin.MERGED_LINE,
    "address": Origin.ADDRESS,
    "none": Origin.NONE,
    "import": Step.IMPORT,
    "topic": Outbox.Topic.INCIDENT,
    "apart": APART_S,
}


@dataclass
class Found:
    """What a batch is, counted by `sql.COUNTED`; `conflicts`: rows whose case has ended here."""

    counts: dict[str, int]
    categories: dict[str, int]
    conflicts: list[int] = field(default_factory=list)


def look(cases: Iterable[tuple[int, Case]], line: int, *, to_keep: bool) -> Found:
    """Copy a batch beside our tables and find out what of it is new and where it lies.

    `to_keep`: it will be stored, so who asked is sealed and comes along.
    """
    with connection.cursor() as cursor:
        for statement in sql.ARRIVED:
            cursor.execute(statement)
        copy(cursor, cases, to_keep=to_keep)
        given = {"line": line, "open": list(OPEN), **WORDS}
        for statement in (sql.LOCK_LINE, sql.KNOW, sql.PLACE, sql.WAIT):
            cursor.execute(statement, given)
        cursor.execute(sql.COUNT)
        counts = dict(zip(sql.COUNTED, cursor.fetchone(), strict=True))
        cursor.execute(sql.BY_CATEGORY)
        categories = dict(cursor.fetchall())
        cursor.execute(sql.CONFLICTS)
        return Found(counts, categories, [row for (row,) in cursor.fetchall()])


def store(cases: Sequence[tuple[int, Case]], file: CaseFile, line_name: str) -> None:
    """Make the batch that was looked at ours, within the same transaction."""
    assert file.mapping is not None
    given = WORDS | {
        "line": file.mapping.line_id,
        "line_name": line_name,
        "file": file.pk,
        "began": file.began_at,
        "opened": file.stored.get("open", 0),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.NUMBER)
        for statement in sql.STORE:
            cursor.execute(statement, given)
    alarm(cases)


def alarm(cases: Sequence[tuple[int, Case]]) -> None:
    """Danger in what waits for a place: in all else dispatch listens for it."""
    words = known()
    urgent = {row: case for row, case in cases if case.is_open and (
        case.urgent or heard(case.text, words))}  # fmt: skip
    if not urgent:
        return
    with connection.cursor() as cursor:
        cursor.execute(sql.DANGEROUS, {"rows": list(urgent)})
        waiting = dict(cursor.fetchall())
    for incident in Incident.objects.filter(pk__in=waiting.values()).select_related("category"):
        row = next(row for row, pk in waiting.items() if pk == incident.pk)
        heed(incident, urgent[row].text, urgent=urgent[row].urgent)


def copy(cursor: Any, cases: Iterable[tuple[int, Case]], *, to_keep: bool) -> None:
    # One object for all of them: making a model for each row cost as much as sealing it.
    who = Complainant()
    with cursor.copy(sql.COPY) as into:
        for row, case in cases:
            into.write_row(line_of(row, case) + (sealed(case, who) if to_keep else NOBODY))


def line_of(row: int, case: Case) -> tuple[Any, ...]:
    given, point = case.given or (None, None), case.point or (None, None)
    dates: list[datetime | None] = [case.dates.get(name) for name in DATED]
    return (
        row, case.number, case.text, case.kind, case.category, case.address, *given,
        case.datum if case.given else Datum.WGS84, *point, *dates, STATUS[case.state],
        case.status, case.is_open, case.outcome, case.satisfaction, case.unit, case.reply,
        case.confidential, case.urgent, case.digest,
    )  # fmt: skip


def sealed(case: Case, who: Complainant) -> tuple[Any, ...]:
    """The citizen's own code and, apart from what was asked, who it was."""
    code = new_tracking_code()
    if not (case.contact_name or case.contact_phone):
        return code, *NOBODY[1:]
    seal(who, Identity(case.contact_name, case.contact_phone))
    return (
        code, who.sealed, who.key_id, who.phone_index, who.masked_name, who.masked_phone,
    )  # fmt: skip
