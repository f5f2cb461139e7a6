"""The catalogue as a file: written out, and read back as a draft.

A line is a rule: category or field (or neither), division and/or jurisdiction, hours, owner,
unit, cooperating units, legal basis; codes all of them. Read back, a file either states the
catalogue whole, or only what changes: there a line whose unit is `-` ends the rule it names.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Unit
from dispatch.editions import locked
from dispatch.errors import CatalogueRefused
from dispatch.models import CatalogueEdition, Rule
from districts.models import Division, Jurisdiction
from incidents.models import Category, ServiceField

COLUMNS = (
    *("category", "field", "division", "jurisdiction", "hours", "owner"),
    *("unit", "cooperating", "legal_basis"),
)
ENDS = "-"
BOM = "\ufeff"
MOST_BYTES = 10 * 1024 * 1024
MOST_LINES = 100_000
MOST_FAULTS = 100
# category, field, division, jurisdiction, hours, owner: what names a rule.
Key = tuple[str, str, str, str, str, bool]
# unit, cooperating units, legal basis: what it says.
Says = tuple[str, tuple[str, ...], str]


def written(rules: "QuerySet[Rule]") -> Iterator[str]:
    """Line by line, with a byte-order mark, so that spreadsheets see UTF-8."""
    yield BOM + line(COLUMNS)
    found = rules.select_related("unit").prefetch_related("cooperating").order_by("pk")
    for rule in found.iterator(chunk_size=2000):
        says, key = says_of(rule), key_of(rule)
        yield line((*key[:5], "1" if key[5] else "", says[0], ";".join(says[1]), safe(says[2])))


def line(values: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue()


def safe(text: str) -> str:
    """Not to be taken for a formula by a spreadsheet."""
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def key_of(rule: Rule) -> Key:
    place = (rule.division_id or "", rule.jurisdiction_id or "")
    return (rule.category_id or "", rule.field_id or "", *place, rule.hours, rule.is_owner)


def says_of(rule: Rule) -> Says:
    helpers = tuple(sorted(unit.code for unit in rule.cooperating.all()))
    return rule.unit.code, helpers, rule.legal_basis


# --- Reading back -------------------------------------------------------------------------------


class Known:
    """Every code a line may name."""

    def __init__(self) -> None:
        self.codes = {
            "category": codes(Category),
            "field": codes(ServiceField),
            "division": codes(Division),
            "jurisdiction": codes(Jurisdiction),
        }
        self.units = dict(Unit.objects.values_list("code", "pk"))


def codes(model: Any) -> set[str]:
    return set(model.objects.values_list("code", flat=True))


@dataclass(frozen=True)
class Proposed:
    """How many rules the draft adds and ends, and how many it leaves as they are."""

    added: int
    ended: int
    same: int


@transaction.atomic
def propose(edition: CatalogueEdition, content: bytes, *, whole: bool) -> Proposed:
    """The file becomes what the draft changes, instead of what it changed before.

    Raises CatalogueRefused with every faulty line; then the draft is as it was.
    """
    draft = locked(edition.pk)
    known = Known()
    wanted = read(content, known)
    draft.rules.all().delete()
    draft.ended.update(ended_by=None)
    today = timezone.localdate()
    there = present(today)
    ends = [
        rule.pk for key, rule in there.items()
        if (whole and key not in wanted) or (key in wanted and wanted[key] != says_of(rule))
    ]  # fmt: skip
    new = {
        key: says for key, says in wanted.items()
        if says[0] != ENDS and (key not in there or says != says_of(there[key]))
    }  # fmt: skip
    for key in wanted:
        if wanted[key][0] == ENDS and key not in there:
            raise CatalogueRefused("file", _("There is no rule to end: %(rule)s") % {"rule": key})
    Rule.objects.filter(pk__in=ends).update(ended_by=draft)
    add(draft, new, known)
    return Proposed(len(new), len(ends), len(there) - len(ends))


def present(day: date) -> dict[Key, Rule]:
    rules = Rule.objects.in_force(day).select_related("unit").prefetch_related("cooperating")
    return {key_of(rule): rule for rule in rules}


def add(draft: CatalogueEdition, new: Mapping[Key, Says], known: Known) -> None:
    made = Rule.objects.bulk_create(
        (
            Rule(
                category_id=category or None,
                field_id=of_field or None,
                division_id=division or None,
                jurisdiction_id=area or None,
                hours=hours,
                is_owner=owner,
                unit_id=known.units[unit],
                legal_basis=basis,
                edition=draft,
                valid_from=None,
            )
            for (category, of_field, division, area, hours, owner), (unit, _h, basis) in new.items()
        ),
        batch_size=1000,
    )
    through = Rule.cooperating.through
    through.objects.bulk_create(
        through(rule_id=rule.pk, unit_id=known.units[helper])
        for rule, (_unit, helpers, _basis) in zip(made, new.values(), strict=True)
        for helper in helpers
    )


def read(content: bytes, known: Known) -> dict[Key, Says]:
    """Each rule of the file; CatalogueRefused with every line at fault."""
    faults: list[str] = []
    found: dict[Key, Says] = {}
    for number, row in enumerate(rows(content), start=2):
        wrong = list(faults_of(row, known))
        key, says = rule_of(row)
        if not wrong and key in found:
            wrong.append(_("There is a rule for this matter in this place."))
        faults += [_("Line %(n)d: %(what)s") % {"n": number, "what": each} for each in wrong]
        found[key] = says
    if faults:
        text = _("Nothing was taken over: %(n)d faults.") % {"n": len(faults)}
        raise CatalogueRefused("file", text, faults[:MOST_FAULTS])
    return found


def rows(content: bytes) -> list[dict[str, str]]:
    if len(content) > MOST_BYTES:
        raise CatalogueRefused("file", _("The file is too large."))
    try:
        text = content.decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), restval="", strict=True)
        lines = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise CatalogueRefused("file", _("The file is no CSV in UTF-8.")) from error
    if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
        text = _("These columns are missing: %(names)s.") % {"names": ", ".join(missing)}
        raise CatalogueRefused("file", text)
    if not lines or len(lines) > MOST_LINES:
        raise CatalogueRefused("file", _("The file has no line, or too many."))
    return [{name: tidy(each[name]) for name in COLUMNS} for each in lines]


def tidy(value: str | None) -> str:
    return (value or "").replace("\x00", "").strip()


def faults_of(row: Mapping[str, str], known: Known) -> Iterator[str]:
    for name, there in known.codes.items():
        if row[name] and row[name] not in there:
            yield _("%(column)s: there is no %(code)s.") % {"column": name, "code": row[name][:60]}
    units = [row["unit"]] if row["unit"] != ENDS else []
    for code in (*units, *helpers_of(row)):
        if code not in known.units:
            yield _("There is no unit %(code)s.") % {"code": code[:60]}
    if row["category"] and row["field"]:
        yield _("A rule is for a service field or for a category; for neither: for all.")
    if not (row["division"] or row["jurisdiction"]):
        yield _("Say where: a division or a jurisdiction.")
    if row["hours"] not in ("", *Rule.Hours.values):
        yield _("hours must be one of %(known)s.") % {"known": ", ".join(Rule.Hours.values)}
    if row["owner"] not in ("", "0", "1"):
        yield _("owner must be 1 or empty.")
    if len(row["legal_basis"]) > 200:
        yield _("The legal basis is longer than 200 characters.")


def helpers_of(row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted({code.strip() for code in row["cooperating"].split(";") if code.strip()}))


def rule_of(row: Mapping[str, str]) -> tuple[Key, Says]:
    place = (row["division"], row["jurisdiction"])
    hours = row["hours"] or Rule.Hours.ANY.value
    key = (row["category"], row["field"], *place, hours, row["owner"] == "1")
    return key, (row["unit"], helpers_of(row), row["legal_basis"].removeprefix("'"))
