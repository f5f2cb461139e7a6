"""From a row of theirs to a case of ours, or to what is wrong with it. Pure; the rules are data."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from math import isfinite
from zoneinfo import ZoneInfo

from districts.datums import Datum, to_wgs84
from incidents.merged_lines.headings import CODED, DATED, NEEDED, UNDERSTOOD, YES, tidy

# The row of a value table that stands for every code without one of its own.
ANY_OTHER = "*"
# Ours, where a code of theirs says nothing.
NOTHING = "-"
OPEN = "open"
LONGEST = {"number": 60, "address": 200, "unit": 120, "contact_name": 60, "contact_phone": 30}
LONGEST_TEXT = 20_000
# What PostgreSQL keeps in no text.
NO_TEXT = re.compile("[\0\ud800-\udfff]")
# Of a code, so much is kept and shown.
SHOWN_OF_CODE = 60
EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
# In the order in which they happen.
IN_ORDER = ("reported_at", "dispatched_at", "replied_at", "closed_at")
USUAL_DATES = (
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H时%M分%S秒", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日",
    "%Y.%m.%d %H:%M:%S", "%Y.%m.%d", "%Y%m%d%H%M%S", "%Y%m%d",
)  # fmt: skip
# Faults of their codes, and of nothing else, are counted by what the code is.
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fault:
    """`what`: a word of `faults.SENTENCES`. `value`: the code that is not known."""

    field: str
    what: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """How one line's files are read.

    `columns`: our field -> their column. `values`: our field -> their code, tidied -> ours.
    `ours`: our field -> the codes of ours, those of category with whether it is urgent.
    """

    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    ours: Mapping[str, Mapping[str, bool]]
    zone: ZoneInfo
    date_format: str = ""
    datum: Datum = Datum.WGS84


@dataclass(slots=True)
class Case:
    """A case of theirs in our words. Times are UTC, None where the file gives none."""

    number: str
    text: str
    category: str
    kind: str = "help"
    address: str = ""
    given: tuple[float, float] | None = None
    point: tuple[float, float] | None = None
    datum: Datum = Datum.WGS84
    dates: dict[str, datetime] = field(default_factory=dict)
    state: str = OPEN
    status: str = ""
    outcome: str = ""
    satisfaction: int | None = None
    unit: str = ""
    reply: str = ""
    confidential: bool = False
    urgent: bool = False
    contact_name: str = ""
    contact_phone: str = ""

    @property
    def is_open(self) -> bool:
        return self.state == OPEN

    @property
    def digest(self) -> bytes:
        """Of where it stands: the same one is no news."""
        dates = [self.dates[name].isoformat() if name in self.dates else "" for name in DATED]
        said = [self.state, self.status, self.outcome, str(self.satisfaction), self.reply, *dates]
        return hashlib.sha256("\x1f".join(said).encode()).digest()


def read(row: Mapping[str, str], rules: Rules, now: datetime) -> tuple[Case | None, list[Fault]]:
    """The case, or everything that is wrong with it."""
    said = {name: row.get(column, "").strip() for name, column in rules.columns.items()}
    faults = [Fault(name, "missing") for name in NEEDED if not said.get(name)]
    faults += too_long(said)
    coded = {name: code_of(name, said.get(name, ""), rules, faults) for name in CODED}
    dates = dates_of(said, rules, now, faults)
    datum = Datum(coded["datum"]) if coded["datum"] else rules.datum
    given = position_of(said, faults)
    if faults:
        return None, faults
    case = Case(
        number=said["number"],
        text=said["text"],
        category=coded["category"],
        kind=coded["kind"] or "help",
        address=said.get("address", ""),
        given=given,
        point=to_wgs84(*given, datum) if given else None,
        datum=datum,
        dates=dates,
        state=coded["status"] or (OPEN if "closed_at" not in dates else "closed"),
        status=said.get("status", "")[:SHOWN_OF_CODE],
        outcome=coded["outcome"],
        satisfaction=int(coded["satisfaction"]) if coded["satisfaction"] else None,
        unit=said.get("unit", ""),
        reply=said.get("reply", ""),
        confidential=coded["kind"] == "wrongdoing" or tidy(said.get("confidential", "")) in YES,
        urgent=rules.ours["category"].get(coded["category"], False),
        contact_name=said.get("contact_name", ""),
        contact_phone=said.get("contact_phone", ""),
    )
    return case, []


def too_long(said: Mapping[str, str]) -> list[Fault]:
    found = []
    for name, text in said.items():
        if NO_TEXT.search(text):
            found.append(Fault(name, "no_text"))
        elif len(text) > LONGEST.get(name, LONGEST_TEXT):
            found.append(Fault(name, "too_long"))
    return found


def code_of(name: str, said: str, rules: Rules, faults: list[Fault]) -> str:
    """Ours for a code of theirs: by the table, by its own word, by what is usual; "" for none."""
    if not said:
        return ""
    code, table = tidy(said), rules.values.get(name, {})
    found = table.get(code) or ours_or_usual(name, said, code, rules) or table.get(ANY_OTHER)
    if not found or (found != NOTHING and found not in rules.ours[name]):
        shown = "".join(letter for letter in said if letter.isprintable())
        faults.append(Fault(name, UNKNOWN, shown[:SHOWN_OF_CODE]))
        return ""
    return "" if found == NOTHING else found


def ours_or_usual(name: str, said: str, code: str, rules: Rules) -> str | None:
    if said in rules.ours[name]:
        return said
    return UNDERSTOOD.get(name, {}).get(code)


# --- Dates ----------------------------------------------------------------------------------------


def dates_of(
    said: Mapping[str, str], rules: Rules, now: datetime, faults: list[Fault]
) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for name in DATED:
        if not (text := said.get(name, "")):
            continue
        moment = date_of(text, rules)
        if moment is None or not EARLIEST <= moment < LATEST:
            faults.append(Fault(name, "date"))
        elif name != "due_at" and moment > now:
            faults.append(Fault(name, "future"))
        else:
            found[name] = moment
    known = [name for name in IN_ORDER if name in found]
    faults += [Fault(b, "order") for a, b in pairwise(known) if found[b] < found[a]]
    return found


def date_of(text: str, rules: Rules) -> datetime | None:
    """A day without an hour begins at midnight; a time without a zone is in the line's own."""
    try:
        # A workbook's own dates come as ISO, whatever form is used beside them.
        moment = iso_date(text) or in_form(text, rules.date_format)
        return (moment if moment.tzinfo else moment.replace(tzinfo=rules.zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def iso_date(text: str) -> datetime | None:
    """With its dashes: bare digits may be meant otherwise."""
    try:
        return datetime.fromisoformat(text) if text[4:5] == "-" else None
    except ValueError:
        return None


def in_form(text: str, form: str) -> datetime:
    for each in (form,) if form else USUAL_DATES:
        try:
            return datetime.strptime(text, each)
        except ValueError:
            continue
    raise ValueError(text)


# --- Places ---------------------------------------------------------------------------------------


def position_of(said: Mapping[str, str], faults: list[Fault]) -> tuple[float, float] | None:
    """As it was given; none for none, and for the 0, 0 that machines write instead of none."""
    texts = {"longitude": said.get("longitude", ""), "latitude": said.get("latitude", "")}
    if not any(texts.values()):
        return None
    numbers = [number(name, text, faults) for name, text in texts.items()]
    return None if numbers == [0, 0] else (numbers[0], numbers[1])


def number(name: str, text: str, faults: list[Fault]) -> float:
    most = 180 if name == "longitude" else 90
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    if not isfinite(found) or abs(found) > most:
        faults.append(Fault(name, "number"))
        return float("nan")
    return found
