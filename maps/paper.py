"""The bulletin on paper: A4 across, as PDF.

ReportLab drew 1,500 lines in 4 s; WeasyPrint, from the page's own HTML, took 88 s for the same on
the same busy machine.
"""

from collections.abc import Sequence
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    LongTable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from maps import edition
from maps.edition import Line
from maps.figures import Month
from maps.models import Bulletin
from maps.rates import Rate

FONT = "hotline"
INK, SOFT, LINE, HEAD = (
    HexColor("#12355b"),
    HexColor("#555555"),
    HexColor("#c6ced8"),
    HexColor("#e8eef5"),
)
SIDE = 12 * mm
WIDE = landscape(A4)[0] - 2 * SIDE
NAME_MM, RANK_MM, COUNT_MM, RATE_MM, OF_MM = 64, 11, 17, 16, 17
SMALL = 7.6
# No table begins with less room than this.
LEAST_MM = 40


class NoFont(Exception):
    """No Chinese font where `HOTLINE_PDF_FONT` says."""


@cache
def with_font() -> str:
    """The one font of the paper, with Chinese and Latin letters; only those used are kept in it."""
    if not Path(settings.PDF_FONT).is_file():
        raise NoFont(settings.PDF_FONT)
    registerFont(TTFont(FONT, settings.PDF_FONT, subfontIndex=0))
    return FONT


def style(size: float, colour: Any = INK, **more: Any) -> ParagraphStyle:
    # CJK: lines may break between any two ideographs, and no punctuation begins one.
    wrap = "CJK" if (get_language() or "").startswith("zh") else None
    return ParagraphStyle(
        f"s{size}", fontName=with_font(), fontSize=size, leading=size * 1.45, textColor=colour,
        wordWrap=wrap, **more,
    )  # fmt: skip


def pdf(month: Month, found: Bulletin) -> bytes:
    """In the language of whoever asks. Raises NoFont."""
    told = edition.told(month, found)
    kept = BytesIO()
    title = _("12345 hotline, bulletin of %(month)s") % {"month": month}
    paper = SimpleDocTemplate(
        kept, pagesize=landscape(A4), leftMargin=SIDE, rightMargin=SIDE, topMargin=12 * mm,
        bottomMargin=14 * mm, title=title, author=_("12345 hotline"), lang=get_language() or "",
    )  # fmt: skip
    foot = partial(at_the_foot, title)
    paper.build(pieces(title, told), onFirstPage=foot, onLaterPages=foot)
    return kept.getvalue()


def at_the_foot(title: str, canvas: Canvas, paper: Any) -> None:
    canvas.setFont(with_font(), 7.5)
    canvas.setFillColor(SOFT)
    canvas.drawString(SIDE, 7 * mm, title)
    canvas.drawRightString(SIDE + WIDE, 7 * mm, str(paper.page))


# --- What stands on it ----------------------------------------------------------------------------


def pieces(title: str, told: dict[str, Any]) -> list[Flowable]:
    heading = partial(words, size=11.5, spaceBefore=9, spaceAfter=3)
    made = [
        words(title, size=17, spaceAfter=2),
        words(edition_of(told["bulletin"]), size=7.8, colour=SOFT, spaceAfter=5),
        boxes(province(told)),
        *([Spacer(1, 4), boxes(told["quality"])] if told["quality"] else []),
        CondPageBreak(LEAST_MM * mm),
        heading(_("Counties")),
        table(told["counties"]),
    ]
    if told["quiet"]:
        made.append(said(_("Nothing in the month:") + " " + " · ".join(told["quiet"])))
    made += [CondPageBreak(LEAST_MM * mm), heading(_("Departments")), table(told["departments"])]
    if told["unhappy"]:
        made += [heading(_("Why citizens were not satisfied")), said(listed(told["unhappy"]))]
    made.append(heading(_("How it is counted")))
    return [*made, *(said(note) for note in told["notes"])]


def words(text: str, *, size: float, colour: Any = INK, **more: Any) -> Paragraph:
    return Paragraph(escape(text), style(size, colour, **more))


def said(text: str) -> Paragraph:
    return words(text, size=7.8, colour=SOFT, spaceAfter=1.5)


def listed(counted: Sequence[tuple[str, int]]) -> str:
    return " · ".join(f"{name} {n}" for name, n in counted) or _("none")


def edition_of(found: Bulletin) -> str:
    if not found.edition:
        return _("Preliminary: the month is counted as it stands now, and no edition is kept.")
    at = timezone.localtime(found.made_at)
    text = _("Edition %(n)s, frozen on %(at)s, formulas %(formula)s.") % {
        "n": found.edition, "at": f"{at:%Y-%m-%d %H:%M}", "formula": found.formula,
    }  # fmt: skip
    if not found.reason:
        return text
    who = found.made_by.name if found.made_by else ""
    return " ".join([text, _("Counted again because:"), found.reason, f"({who})"])


# --- Tables ---------------------------------------------------------------------------------------


def province(told: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The heads of the page: name, figure, and what it is of."""
    total: Line = told["total"]
    return [
        (_("Dispatched"), str(total.row["dispatched"]), ""),
        head(_("Closed on time"), total.on_time),
        head(_("Response on time"), total.response),
        head(_("Solved"), total.solved),
        head(_("Satisfied"), total.satisfied),
        head(_("Effective call-backs"), total.effective),
        head(_("Dispatch accuracy"), told["accuracy"]),
        (_("Knowledge items updated"), str(total.row["knowledge"]), ""),
        (_("Score"), plain(total.score), ""),
    ]


def boxes(heads: Sequence[tuple[str, str, str]]) -> Table:
    rows = [list(row) for row in zip(*heads, strict=True)]
    made = Table(rows, colWidths=[WIDE / len(heads)] * len(heads))
    made.setStyle(TableStyle([
        ("FONT", (0, 0), (-1, -1), with_font(), SMALL), ("TEXTCOLOR", (0, 0), (-1, -1), SOFT),
        ("FONTSIZE", (0, 1), (-1, 1), 13), ("TEXTCOLOR", (0, 1), (-1, 1), INK),
        ("BOTTOMPADDING", (0, 1), (-1, 1), 6), ("FONTSIZE", (0, 2), (-1, 2), 6.6),
        ("BOX", (0, 0), (-1, -1), 0.6, LINE), ("LINEAFTER", (0, 0), (-2, -1), 0.3, LINE),
    ]))  # fmt: skip
    return made


def head(name: str, rate: Rate) -> tuple[str, str, str]:
    if rate.percent is None or rate.interval is None:
        return name, "–", ""
    low, high = rate.interval
    return name, f"{rate.percent} %", f"{rate.hits}/{rate.of} ({low}–{high})"


def plain(value: Any) -> str:
    return "–" if value is None else str(value)


def columns() -> list[tuple[str, int]]:
    """Heading and width in mm; each rate is followed by what it is of."""
    rates = (
        _("Closed on time"),
        _("Response on time"),
        _("Effective call-backs"),
        _("Solved"),
        _("Satisfied"),
    )
    made = [(_("Rank"), RANK_MM), (_("County or unit"), NAME_MM), (_("Dispatched"), COUNT_MM)]
    for name in rates:
        made += [(f"{name} %", RATE_MM), (_("of"), OF_MM)]
    return [*made, (_("Knowledge items updated"), RATE_MM), (_("Score"), RATE_MM)]


def table(lines: Sequence[Line]) -> LongTable:
    heads = columns()
    scale = WIDE / sum(width for _name, width in heads)
    rows: list[list[Any]] = [
        [
            words(name, size=7, alignment=TA_RIGHT if n > 1 else TA_LEFT)
            for n, (name, _mm) in enumerate(heads)
        ]
    ]
    rows += [cells(line, NAME_MM * scale) for line in lines]
    made = LongTable(rows, colWidths=[width * scale for _name, width in heads], repeatRows=1)
    made.setStyle(TableStyle([
        ("FONT", (0, 0), (-1, -1), with_font(), SMALL), ("ALIGN", (2, 1), (-1, -1), "RIGHT"),
        ("BACKGROUND", (0, 0), (-1, 0), HEAD), ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.3, LINE), ("TOPPADDING", (0, 0), (-1, -1), 1.6),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.4), ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        *(("TEXTCOLOR", (n, 1), (n, -1), SOFT) for n in range(4, 13, 2)),
    ]))  # fmt: skip
    return made


def cells(line: Line, width: float) -> list[Any]:
    made: list[Any] = [plain(line.rank), named(line.name, width), str(line.row["dispatched"])]
    for rate in (line.on_time, line.response, line.effective, line.solved, line.satisfied):
        made += [plain(rate.percent), f"{rate.hits}/{rate.of}" if rate.of else ""]
    return [*made, str(line.row["knowledge"]), plain(line.score)]


def named(name: str, width: float) -> Any:
    """Only a name that needs two lines is laid out as a paragraph: the others cost a tenth."""
    if stringWidth(name, with_font(), SMALL) < width - 6:
        return name
    return words(name, size=SMALL, colour=HexColor("#000000"))
