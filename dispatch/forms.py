"""The small forms of a case's page, as data: what each asks, and how it is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import Unit
from incidents.errors import Refused

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Field:
    """One question. `kind`: text, area, select, unit, date, number, photo, check."""

    name: str
    label: Words
    kind: str = "text"
    choices: Sequence[tuple[str, Words]] = ()
    required: bool = True
    most: int = 500
    value: str = ""
    hint: Words = ""


@dataclass(frozen=True, slots=True)
class Form:
    """One thing that may be done now. `name` is the last word of its address."""

    name: str
    title: Words
    fields: Sequence[Field] = ()
    button: Words = ""
    is_main: bool = False
    is_grave: bool = False
    error: dict[str, str] = field(default_factory=dict)
    typed: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_files(self) -> bool:
        return any(each.kind == "photo" for each in self.fields)

    @property
    def shown_fields(self) -> list[dict[str, Any]]:
        """Each field with its id, and what is wrong with it."""
        return [
            {
                "field": each,
                "id": f"{self.name}-{each.name}",
                "error": self.error.get(each.name, ""),
                "typed": self.typed.get(each.name, ""),
            }
            for each in self.fields
        ]

    @property
    def other_error(self) -> str:
        """What is wrong, where no field of this form has that name."""
        own = {each.name for each in self.fields}
        return next((text for name, text in self.error.items() if name not in own), "")


def unit_of(field_name: str, given: str) -> Unit:
    """The unit whose code stands first in what was chosen or typed."""
    code = given.strip().split(" ", 1)[0]
    found = Unit.objects.select_related("division").filter(code=code).first() if code else None
    if found is None:
        raise Refused(field_name, _("There is no unit with this code."))
    return found


def day_of(field_name: str, given: str) -> date:
    """A day as `2026-11-24`."""
    try:
        return date.fromisoformat(given.strip())
    except ValueError:
        raise Refused(field_name, _("Please give a day, such as 2026-12-31.")) from None


def end_of(day: date) -> datetime:
    """The last moment of a local day, for what runs until then."""
    return datetime.combine(day, time(23, 59, 59), timezone.get_default_timezone())
