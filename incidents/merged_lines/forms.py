"""The mapping of a file as a form: a column for each field of ours, a word for each code."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from incidents.merged_lines.headings import CODED, FIELDS, NEEDED, guess, tidy
from incidents.merged_lines.mapping import ANY_OTHER, NOTHING
from incidents.models import (
    CaseFile,
    CaseMapping,
    Category,
    Kind,
    MergedLine,
    Outcome,
    Satisfaction,
    Status,
)

NAMES: Mapping[str, str | Promise] = {
    "number": gettext_lazy("Their number"),
    "text": gettext_lazy("What was asked for"),
    "kind": gettext_lazy("Kind"),
    "category": gettext_lazy("Category"),
    "address": gettext_lazy("Address"),
    "longitude": gettext_lazy("Longitude"),
    "latitude": gettext_lazy("Latitude"),
    "datum": gettext_lazy("Datum"),
    "reported_at": gettext_lazy("When it was reported"),
    "due_at": gettext_lazy("When it is due"),
    "dispatched_at": gettext_lazy("When it was dispatched"),
    "replied_at": gettext_lazy("When it was replied to"),
    "closed_at": gettext_lazy("When it was closed"),
    "outcome": gettext_lazy("Outcome"),
    "status": gettext_lazy("Status"),
    "satisfaction": gettext_lazy("Satisfaction"),
    "unit": gettext_lazy("Their unit"),
    "reply": gettext_lazy("Their reply"),
    "confidential": gettext_lazy("Confidential"),
    "contact_name": gettext_lazy("Name of who asked"),
    "contact_phone": gettext_lazy("Telephone of who asked"),
    "file": gettext_lazy("Row"),
}
DATUMS = (
    ("wgs84", gettext_lazy("WGS-84: GPS")),
    ("gcj02", gettext_lazy("GCJ-02: AMap, Tencent")),
    ("bd09", gettext_lazy("BD-09: Baidu")),
    ("cgcs2000", "CGCS2000"),
)
# Fields that a whole file says alike, and those whose codes are told one by one.
TABLED = tuple(name for name in CODED if name != "datum")
# Options of a code table: as many codes as a page can show.
MOST_ROWS = 200


def ours(name: str) -> list[tuple[str, Any]]:
    """What a code of theirs can become, in the words of the reader."""
    if name == "category":
        return [(each.code, each.name) for each in Category.objects.in_use()]
    if name == "status":
        ends = (Status.ANSWERED, Status.NOT_ACCEPTED, Status.TRANSFERRED, Status.WITHDRAWN)
        return [
            ("open", _("still open")), ("closed", _("closed")),
            *((end.value, end.label) for end in (*ends, Status.INVALID)),
        ]  # fmt: skip
    choices = {"kind": Kind, "outcome": Outcome, "satisfaction": Satisfaction}[name].choices
    return [*((str(value), label) for value, label in choices), (NOTHING, _("says nothing"))]


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code of theirs, with the name of its input and what was chosen for it."""

    name: str
    theirs: str
    seen: int
    chosen: str


@dataclass(frozen=True, slots=True)
class Table:
    field: str
    title: str | Promise
    options: list[tuple[str, Any]]
    rows: list[CodeRow]


class MappingForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name of the mapping"), max_length=60)
    line = forms.CharField(label=gettext_lazy("Merged line"), max_length=60)
    datum = forms.ChoiceField(label=gettext_lazy("Datum of its positions"), choices=DATUMS)
    time_zone = forms.CharField(label=gettext_lazy("Time zone"), initial="Asia/Shanghai")
    date_format = forms.CharField(
        label=gettext_lazy("Form of its dates"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Such as %d.%m.%Y %H:%M; empty for the usual ones, year first."),
    )
    all_or_none = forms.BooleanField(
        label=gettext_lazy("All or none: import nothing while a row is faulty"), required=False
    )

    def __init__(
        self, file: CaseFile, mapping: CaseMapping | None, given: QueryDict | None = None
    ) -> None:
        initial: dict[str, Any] = {"all_or_none": file.all_or_none}
        if mapping is not None:
            initial |= {name: getattr(mapping, name) for name in
                        ("name", "datum", "time_zone", "date_format")} | {
                            "line": mapping.line.name}  # fmt: skip
        super().__init__(given, initial=initial)
        self.file, self.mapping = file, mapping
        known = mapping.columns if mapping else guess(file.columns)
        choices = [("", "–"), *((column, column) for column in file.columns)]
        for name in FIELDS:
            self.fields[f"column-{name}"] = forms.ChoiceField(
                label=str(NAMES[name]),
                choices=choices,
                required=name in NEEDED,
                initial=known.get(name, ""),
            )

    def settings(self) -> Iterator[forms.BoundField]:
        return (field for field in self if not field.name.startswith("column-"))

    def columns(self) -> Iterator[forms.BoundField]:
        return (field for field in self if field.name.startswith("column-"))

    def tables(self) -> list[Table]:
        """The codes that are mapped, and those a check did not know, each with what is chosen."""
        return [self.table(name) for name in TABLED]

    def table(self, name: str) -> Table:
        seen = self.file.checked.get("codes", {}).get(name, {})
        kept = self.sent(name) if self.is_bound else self.kept(name)
        codes = dict.fromkeys([*seen, *kept])
        codes.pop(ANY_OTHER, None)
        rows = [
            CodeRow(f"{name}-{n}", code, seen.get(code, 0), kept.get(code, ""))
            for n, code in enumerate([*list(codes)[:MOST_ROWS], ANY_OTHER])
        ]
        return Table(name, NAMES[name], ours(name), rows)

    def kept(self, name: str) -> dict[str, str]:
        return dict(self.mapping.values.get(name, {})) if self.mapping else {}

    def sent(self, name: str) -> dict[str, str]:
        """Code of theirs -> what was chosen, as the page had them when it was sent."""
        theirs = [self.data.get(f"theirs-{name}-{n}", "") for n in range(MOST_ROWS + 1)]
        return {
            code: self.data.get(f"ours-{name}-{n}", "")
            for n, code in enumerate(theirs)
            if (tidy(code) or code == ANY_OTHER) and code.isprintable()
        }

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        others = CaseMapping.objects.filter(name=name)
        if self.mapping is not None:
            others = others.exclude(pk=self.mapping.pk)
        if others.exists():
            raise forms.ValidationError(_("There is a mapping of this name."))
        return name

    def clean_date_format(self) -> str:
        """One that reads a day back as it wrote it."""
        form: str = self.cleaned_data["date_format"].strip()
        day = datetime(2024, 12, 31)
        try:
            if form and datetime.strptime(day.strftime(form), form).date() != day.date():
                raise ValueError(form)
        except (ValueError, re.error) as error:
            raise forms.ValidationError(
                _("This form does not tell day, month and year.")
            ) from error
        return form

    def clean_time_zone(self) -> str:
        name: str = self.cleaned_data["time_zone"].strip()
        if name not in available_timezones():
            raise forms.ValidationError(_("There is no such time zone, such as Asia/Shanghai."))
        return name

    def clean(self) -> dict[str, Any]:
        """A column serves one field."""
        given = super().clean() or self.cleaned_data
        taken: dict[str, str] = {}
        for name in FIELDS:
            column = given.get(f"column-{name}")
            if column and column in taken:
                self.add_error(f"column-{name}", _("This column is chosen twice."))
            elif column:
                taken[column] = name
        return given

    def values(self) -> dict[str, dict[str, str]]:
        """The tables as they were sent: what is nobody's choice is left out."""
        found: dict[str, dict[str, str]] = {}
        for name in TABLED:
            allowed = {value for value, _label in ours(name)}
            chosen = {code: said for code, said in self.sent(name).items() if said in allowed}
            if chosen:
                found[name] = chosen
        return found

    @transaction.atomic
    def save(self, user: User) -> CaseMapping:
        given = self.cleaned_data
        kept = self.mapping or CaseMapping(version=0)
        kept.line, _made = MergedLine.objects.get_or_create(name=given["line"].strip())
        for name in ("name", "datum", "time_zone", "date_format"):
            setattr(kept, name, given[name])
        kept.columns = {name: given[f"column-{name}"] for name in FIELDS if given[f"column-{name}"]}
        kept.values = self.values()
        kept.version += 1
        kept.changed_by, kept.changed_at = user, timezone.now()
        kept.save()
        return kept
