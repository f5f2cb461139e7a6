"""What one edition of a bulletin says when it is read: names, rates, score, ranks, sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from incidents.models import Reason, Status
from maps.bulletin import COUNTS, Row
from maps.figures import Month
from maps.models import Bulletin
from maps.rates import Rate, ranks, score


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it is printed."""

    row: Row
    rank: int | None = None

    @property
    def name(self) -> str:
        chinese = (get_language() or "").startswith("zh")
        found = self.row.get("name") if chinese else self.row.get("name_en")
        return found or (_("without a county") if "name" in self.row else _("Province"))

    @property
    def is_quiet(self) -> bool:
        """Nothing in the month."""
        return not any(self.row[name] for name in COUNTS)

    @property
    def on_time(self) -> Rate:
        return self.rate("on_time", "due")

    @property
    def response(self) -> Rate:
        return self.rate("contacted", "to_contact")

    @property
    def effective(self) -> Rate:
        return self.rate("reached", "called_back")

    @property
    def solved(self) -> Rate:
        return self.rate("solved", "reached")

    @property
    def satisfied(self) -> Rate:
        return self.rate("satisfied", "rated")

    @property
    def score(self) -> Decimal | None:
        """Response, solved and satisfied, weighted (30/35/35 by default)."""
        return score((self.response, self.solved, self.satisfied), settings.SCORE_WEIGHTS)

    def rate(self, hits: str, of: str) -> Rate:
        return Rate(self.row[hits], self.row[of])


def told(month: Month, found: Bulletin) -> dict[str, Any]:
    """What a page or a paper of one edition says; editions of before say less."""
    data = found.data
    counties = lines(data["counties"])
    return {
        "month": month,
        "bulletin": found,
        "is_frozen": found.edition > 0,
        "total": Line(data["total"]),
        "counties": [line for line in counties if not line.is_quiet],
        "quiet": [line.name for line in counties if line.is_quiet],
        "departments": lines(data["departments"]),
        "accuracy": accuracy(data),
        "unhappy": why_unhappy(data.get("unhappy")),
        "quality": of_quality(data.get("quality")),
        "notes": [*notes(), not_counted(data["excluded"])],
    }


def lines(rows: list[Row]) -> list[Line]:
    """With ranks by score, of those with enough effective call-backs."""
    plain_lines = [Line(row) for row in rows]
    places = ranks(plain_lines, lambda each: each.score, lambda each: each.row["reached"])
    return [Line(line.row, place) for line, place in zip(plain_lines, places, strict=True)]


def accuracy(data: Mapping[str, Any]) -> Rate:
    """Dispatch accuracy = 1 - approved returns / dispatched."""
    of = data["total"]["dispatched"]
    return Rate(max(0, of - data["returns"]), of)


def notes() -> list[str]:
    """How it is counted, in sentences."""
    return [
        _(
            "Closed on time: reply accepted within the limit, of all due in the month. Response: "
            "contacted within the limit, of all to be contacted in the month."
        ),
        _(
            "Solved: of call-backs that said whether it is. Satisfied: levels 3 to 5, of those who "
            "gave a level. Effective: said whether it is solved, of all call-backs that ended."
        ),
        _(
            "Intervals: Wilson, at 95 percent. Rates in percent. Score: response, solved and "
            "satisfied, weighted. Ranks from 30 effective call-backs on."
        ),
        _("Reports of wrongdoing are in no figure."),
    ]


def not_counted(excluded: Mapping[str, int]) -> str:
    labels = {str(status): status.label for status in Status}
    told = [f"{labels.get(why, _('clock paused'))} {n}" for why, n in sorted(excluded.items())]
    return _("Due in the month and not counted:") + " " + (" · ".join(told) or _("none"))


def why_unhappy(counted: Mapping[str, int] | None) -> list[tuple[str, int]]:
    """The commonest first; empty for an edition that did not count them."""
    labels = {**dict(Reason.choices), "": _("no reason coded")}
    told = [(str(labels.get(why, why)), n) for why, n in (counted or {}).items() if n]
    return sorted(told, key=lambda each: -each[1])


def of_quality(counted: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    """Name, figure, what it is of; empty for an edition that did not count them."""
    if not counted:
        return []
    names = {
        "connected": _("Connected in time"), "direct": _("Answered at the desk"),
        "reworked": _("Reworked"), "faked": _("Faked closings"), "repeated": _("Repeated"),
    }  # fmt: skip
    told = [share_of(names[name], Rate(*pair)) for name, pair in counted["pairs"].items()]
    took, overdue = counted["handling"], counted["overdue"]
    of = str(took["n"]) if took["n"] else ""
    told += [
        (_("P50, hours"), hours(took["p50_s"]), of),
        (_("P90, hours"), hours(took["p90_s"]), of),
    ]
    late = " / ".join(str(overdue[days]) for days in ("1", "3", "7"))
    return [*told, (_("Late by 1 / 3 / 7 days"), late, "")]


def share_of(name: str, rate: Rate) -> tuple[str, str, str]:
    if rate.percent is None:
        return name, "–", ""
    return name, f"{rate.percent} %", f"{rate.hits}/{rate.of}"


def hours(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds / 3600:.1f}"
