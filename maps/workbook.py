"""The bulletin as a workbook: what the page says, a sheet each for counties and departments."""

from decimal import Decimal
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from maps import edition
from maps.edition import Line
from maps.figures import Month
from maps.models import Bulletin

HEAD = PatternFill("solid", fgColor="DCE6F1")
FONT = "Noto Sans CJK SC"


def of(month: Month, found: Bulletin) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in (
        (_("Counties"), found.data["counties"]),
        (_("Departments"), found.data["departments"]),
    ):
        fill(book.create_sheet(title), month, found, rows)
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def columns() -> list[str]:
    return [
        _("Rank"), _("County or unit"), _("Dispatched"), _("Due"), _("Closed on time"),
        _("Response on time"), _("Called back"), _("Effective call-backs"), _("Solved"),
        _("Satisfied"), _("Knowledge items updated"), _("Score"),
    ]  # fmt: skip


def values(line: Line) -> list[Any]:
    """Percentages of nothing stay empty: no cell says 0 or 100 of none."""
    row = line.row
    return [
        line.rank, line.name, row["dispatched"], row["due"], number(line.on_time.percent),
        number(line.response.percent), row["called_back"], number(line.effective.percent),
        number(line.solved.percent), number(line.satisfied.percent), row["knowledge"],
        number(line.score),
    ]  # fmt: skip


def number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def fill(sheet: Worksheet, month: Month, found: Bulletin, rows: list[dict[str, Any]]) -> None:
    sheet.append([title_of(month, found)])
    sheet["A1"].font = Font(name=FONT, bold=True, size=14)
    sheet.append(columns())
    for cell in sheet[2]:
        cell.font, cell.fill = Font(name=FONT, bold=True), HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="center")
    for line in [*edition.lines(rows), Line(found.data["total"])]:
        sheet.append([plain(value) for value in values(line)])
    for n in range(1, len(columns()) + 1):
        sheet.column_dimensions[get_column_letter(n)].width = 24 if n == 2 else 12
    sheet.freeze_panes = "C3"
    sheet.print_title_rows = "2:2"
    sheet.page_setup.orientation, sheet.page_setup.fitToWidth = "landscape", 1
    sheet.page_setup.fitToHeight = 0


def plain(value: Any) -> Any:
    """A name that begins like a formula is a name."""
    if isinstance(value, str) and value[:1] in "=+-@":
        return f"'{value}"
    return value


def title_of(month: Month, found: Bulletin) -> str:
    if not found.edition:
        return _("12345 hotline, %(month)s (preliminary)") % {"month": month}
    told = {"month": month, "edition": found.edition, "formula": found.formula}
    return _("12345 hotline, %(month)s, edition %(edition)s, formulas %(formula)s") % told
