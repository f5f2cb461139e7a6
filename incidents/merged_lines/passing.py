"""The two passes over a file: checking, which stores nothing, and importing.

Both go on in batches, each one transaction that also says how far the file is: whoever is killed
leaves the rest to the next, and nothing comes twice. The queue is `CaseFile.work_after`.
"""

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.keys import keyring
from districts.datums import Datum
from incidents import wake
from incidents.errors import SealedAway
from incidents.intake import DISPATCH
from incidents.merged_lines import keeping, storing
from incidents.merged_lines.headings import tidy
from incidents.merged_lines.mapping import UNKNOWN, Case, Fault, Rules, read
from incidents.merged_lines.reading import Row, Unreadable, rows_of
from incidents.models import CaseFile, CaseMapping, Category, FaultyRow, Kind, Outcome, Satisfaction

IMPORT_CASES = "incidents.tasks.import_cases"
BATCH = 1000
# Work of one task; reading on to where it was comes before it. Photos wait so long behind it.
SLICE_S = 15.0
# Renewed with each batch, and much longer than one takes.
LEASE = timedelta(seconds=60)
# While it reads on to where it was, it says every so many rows that it lives.
RENEWED_ROWS = 20_000
LATER = timedelta(minutes=1)
MAX_TRIES = 3
# Unknown codes that are told apart, of each field.
MOST_CODES = 200
State = CaseFile.State
Numbered = tuple[int, Row | None]
log = logging.getLogger(__name__)


def work_due() -> bool:
    """Work on one file for a while; whether there was one."""
    found = claim(CaseFile.objects.due().order_by("work_after"))
    if found is not None:
        work_on(found)
    return found is not None


@transaction.atomic
def claim(due: "Any") -> CaseFile | None:
    """Lease it: whoever dies with it leaves it to a later one."""
    found: CaseFile | None = due.select_for_update(of=("self",), skip_locked=True).first()
    if found is None:
        return None
    found.tries += 1
    found.work_after = timezone.now() + LEASE
    if found.tries > MAX_TRIES:
        found.state, found.problem, found.work_after = State.STOPPED, "failed", None
    found.save(update_fields=["tries", "work_after", "state", "problem"])
    return found if found.is_working else None


def work_on(found: CaseFile, seconds: float | None = None) -> None:
    """So long at the pass it is in, a slice unless told; what is left is due again at once."""
    try:
        ended = run(found, SLICE_S if seconds is None else seconds)
    except Unreadable as error:
        settle(found, State.BROKEN, problem=error.what, problem_row=error.row)
    except (SealedAway, OSError) as error:
        # That says nothing about the file: it is tried for ever.
        log.warning("file of cases %s waits: %s", found.uid, error)
        CaseFile.objects.filter(pk=found.pk).update(
            tries=0, problem="away", work_after=timezone.now() + LATER
        )
    except DatabaseError:
        log.exception("file of cases %s: a batch failed at row %s", found.uid, found.done)
    else:
        finish(found) if ended else again(found)


def again(found: CaseFile) -> None:
    CaseFile.objects.filter(pk=found.pk, work_after__isnull=False).update(work_after=timezone.now())
    wake.start(IMPORT_CASES)


def finish(found: CaseFile) -> None:
    if found.state == State.CHECKING:
        settle(found, State.CHECKED)
        return
    settle(found, State.IMPORTED, ended_at=timezone.now())
    if found.is_kept:
        # All of it is ours now, or kept row by row.
        keeping.delete(found)


def settle(found: CaseFile, state: State, **more: Any) -> None:
    """Out of the queue, unless somebody stopped it meanwhile."""
    changes = {"state": state, "work_after": None, "tries": 0, "problem": ""} | more
    CaseFile.objects.filter(pk=found.pk, state=found.state).update(**changes)


def run(found: CaseFile, seconds: float) -> bool:
    """Batch after batch until the time is over; whether the pass has ended."""
    rules, ends = rules_of(found.mapping), None
    with numbered(found) as rows:
        while batch := list(islice(rows, BATCH)):
            ends = ends or time.monotonic() + seconds
            for part in without_twins(batch, rules):
                if not pass_over(found, part, rules):
                    return False
            if time.monotonic() > ends:
                return False
    return True


@contextmanager
def numbered(found: CaseFile) -> Iterator[Iterator[Numbered]]:
    """The rows after those that are done: of the file, or of what is left of it."""
    if not found.is_kept:
        left = found.faulty.filter(row__gt=found.done).order_by("row")
        yield ((each.row, row_of(each)) for each in left.iterator(BATCH))
        return
    with keeping.opened(found) as file:
        rows = enumerate(rows_of(file, keeping.shape(found)), start=1)
        for n, _row in islice(rows, found.done):
            if n % RENEWED_ROWS == 0:
                renew(found)
        yield rows


def renew(found: CaseFile) -> None:
    later = timezone.now() + LEASE
    CaseFile.objects.filter(pk=found.pk, work_after__isnull=False).update(work_after=later)


def row_of(kept: FaultyRow) -> Row | None:
    row: Row | None = json.loads(keyring().open(bytes(kept.sealed)))
    return row


def without_twins(batch: list[Numbered], rules: Rules) -> Iterator[list[Numbered]]:
    """In parts that name each case once: a later row is news of what an earlier one stored."""
    part: list[Numbered] = []
    seen: set[str] = set()
    for n, row in batch:
        number = (row or {}).get(rules.columns.get("number", ""), "").strip()
        if number in seen:
            yield part
            part, seen = [], set()
        part.append((n, row))
        seen |= {number} if number else set()
    yield part


def pass_over(found: CaseFile, batch: list[Numbered], rules: Rules) -> bool:
    """One batch, one transaction; False where the file is not ours to go on with any more."""
    good, bad = sorted_out(batch, rules)
    with transaction.atomic():
        locked = CaseFile.objects.select_for_update(of=("self",)).get(pk=found.pk)
        if (locked.state, locked.done) != (found.state, found.done):
            return False
        importing = locked.state == State.IMPORTING
        line = found.mapping.line  # type: ignore[union-attr]
        looked = storing.look(good, line.pk, to_keep=importing)
        bad |= {n: [Fault("number", "ended")] for n in looked.conflicts}
        if importing:
            storing.store(good, locked, line.name)
        keep_faulty(locked, dict(batch), bad)
        note(locked, found, looked, bad, batch)
        if importing and looked.counts["open"]:
            wake.after_commit(DISPATCH)
    return True


def sorted_out(
    batch: list[Numbered], rules: Rules
) -> tuple[list[tuple[int, Case]], dict[int, list[Fault]]]:
    good, bad, now = [], {}, timezone.now()
    for n, row in batch:
        case, faults = (None, [Fault("file", "cells")]) if row is None else read(row, rules, now)
        if case is None:
            bad[n] = faults
        else:
            good.append((n, case))
    return good, bad


def keep_faulty(file: CaseFile, rows: dict[int, Row | None], bad: dict[int, list[Fault]]) -> None:
    """A faulty row is sealed and kept; one that is good now is kept no longer than it is needed."""
    ring = keyring()
    FaultyRow.objects.bulk_create(
        [
            FaultyRow(
                file=file, row=n, faults=[[f.field, f.what, f.value] for f in faults],
                sealed=ring.seal(json.dumps(rows[n])), key_id=ring.first,
            )
            for n, faults in bad.items()
        ],
        update_conflicts=True,
        unique_fields=["file", "row"],
        update_fields=["faults"],
    )  # fmt: skip
    of_batch = FaultyRow.objects.filter(file=file, row__range=(min(rows), max(rows)))
    repaired = of_batch.exclude(row__in=list(bad))
    if file.state == State.IMPORTING:
        repaired.delete()
    elif not file.is_kept:
        repaired.update(faults=[])


def note(
    locked: CaseFile,
    found: CaseFile,
    looked: storing.Found,
    bad: dict[int, list[Fault]],
    batch: list[Numbered],
) -> None:
    """How far it is, and what was counted, in the row and with whoever holds the lease."""
    which = "stored" if locked.state == State.IMPORTING else "checked"
    setattr(locked, which, added(getattr(locked, which), looked, bad, len(batch)))
    locked.done = batch[-1][0]
    locked.work_after, locked.tries, locked.problem = timezone.now() + LEASE, 0, ""
    locked.save(update_fields=[which, "done", "work_after", "tries", "problem"])
    found.done = locked.done
    setattr(found, which, getattr(locked, which))


def added(
    before: dict[str, Any], looked: storing.Found, bad: dict[int, list[Fault]], rows: int
) -> dict[str, Any]:
    more = {"rows": rows, "faulty": len(bad), **looked.counts}
    counts = {name: before.get(name, 0) + n for name, n in more.items()}
    categories, codes = dict(before.get("categories", {})), dict(before.get("codes", {}))
    for code, n in looked.categories.items():
        categories[code] = categories.get(code, 0) + n
    for fault in (each for faults in bad.values() for each in faults if each.what == UNKNOWN):
        known = codes.setdefault(fault.field, {})
        if fault.value in known or len(known) < MOST_CODES:
            known[fault.value] = known.get(fault.value, 0) + 1
    return counts | {"categories": categories, "codes": codes}


def rules_of(mapping: CaseMapping | None) -> Rules:
    """A mapping with the codes of ours as they are now."""
    assert mapping is not None
    categories = list(Category.objects.in_use())
    names = {tidy(name): each.code for each in categories for name in (each.name_en, each.name_zh)}
    values = {
        field: {tidy(theirs): ours for theirs, ours in table.items()}
        for field, table in mapping.values.items()
    }
    values["category"] = names | values.get("category", {})
    return Rules(
        columns=mapping.columns,
        values=values,
        ours={
            "category": {each.code: each.is_urgent for each in categories},
            "kind": dict.fromkeys(Kind.values, False),
            "status": dict.fromkeys(storing.STATES, False),
            "outcome": dict.fromkeys(Outcome.values, False),
            "satisfaction": dict.fromkeys(map(str, Satisfaction.values), False),
            "datum": dict.fromkeys(map(str, Datum), False),
        },
        zone=ZoneInfo(mapping.time_zone),
        date_format=mapping.date_format,
        datum=Datum(mapping.datum),
    )
