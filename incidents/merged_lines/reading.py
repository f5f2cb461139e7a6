"""Rows from another line's file, one at a time: CSV, XLSX or JSON. Pure: no Django.

A row is a mapping from column to text. Memory stays flat, whatever the size of the file: no more
than one row and a block are held (of XLSX also its table of shared words, which is limited).
"""

import codecs
import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import IO, Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

BLOCK = 64 * 1024
# Characters of one object; what does not end within it is no list of cases.
LONGEST_OBJECT = 1024 * 1024
# Objects that are looked at for their names.
LOOKED_AT = 100
MOST_COLUMNS = 300
# Bytes of a workbook once unpacked: its words lie in memory, its sheets are read along.
MOST_WORDS, MOST_UNPACKED = 128 * 1024 * 1024, 4 * 1024 * 1024 * 1024
DELIMITERS = (",", ";", "\t")
OLD_EXCEL = bytes.fromhex("d0cf11e0a1b11ae1")
Row = dict[str, str]


class Form(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


class Unreadable(ValueError):
    """The file, or the rest of it, cannot be read. `what` is a word of `faults.SENTENCES`."""

    def __init__(self, what: str, row: int = 0) -> None:
        super().__init__(f"row {row}: {what}")
        self.what, self.row = what, row


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is written, found out once when it comes."""

    form: Form
    encoding: str = "utf-8-sig"
    delimiter: str = ","


def shape_of(head: bytes, *, is_utf8: bool) -> Shape:
    """From the first block, and whether all of the file is UTF-8."""
    if head.startswith(b"PK\x03\x04"):
        return Shape(Form.XLSX)
    if head.startswith(OLD_EXCEL):
        raise Unreadable("old_excel")
    encoding = encoding_of(head, is_utf8=is_utf8)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    if text.lstrip("\ufeff \t\r\n")[:1] in ("[", "{"):
        return Shape(Form.JSON, encoding)
    first = text.split("\n", 1)[0]
    return Shape(Form.CSV, encoding, max(DELIMITERS, key=first.count))


def encoding_of(head: bytes, *, is_utf8: bool) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8-sig" if is_utf8 else "gb18030"


def columns_of(file: IO[bytes], shape: Shape) -> list[str]:
    """The columns in their order; raises Unreadable where there are none, or two of one name."""
    if shape.form == Form.JSON:
        names = list(names_in(file, shape))
    else:
        lines = cells_of(file, shape)
        names = [name for name in next(lines, []) if name]
    if not 0 < len(names) <= MOST_COLUMNS or not all(map(str.isprintable, names)):
        raise Unreadable("no_heading")
    if len(set(names)) < len(names):
        raise Unreadable("column_twice")
    return names


def names_in(file: IO[bytes], shape: Shape) -> dict[str, None]:
    found: dict[str, None] = {}
    for n, each in enumerate(objects_of(file, shape)):
        if n == LOOKED_AT:
            break
        found |= dict.fromkeys(str(name) for name in each)
    return found


def rows_of(file: IO[bytes], shape: Shape) -> Iterator[Row | None]:
    """Each row; None for one with too many or too few cells. Raises Unreadable in the middle."""
    if shape.form == Form.JSON:
        for each in objects_of(file, shape):
            yield {str(name): text_of(value) for name, value in each.items()}
        return
    lines = cells_of(file, shape)
    heading = next(lines, [])
    for cells in lines:
        if any(cells):
            yield named(heading, cells)


def named(heading: list[str], cells: list[str]) -> Row | None:
    """Empty cells at the end may be left out or be too many: programs do both."""
    if any(cells[len(heading) :]):
        return None
    padded = cells + [""] * (len(heading) - len(cells))
    return {name: cell for name, cell in zip(heading, padded, strict=False) if name}


def cells_of(file: IO[bytes], shape: Shape) -> Iterator[list[str]]:
    """The heading first, its names tidied."""
    read = sheet_lines if shape.form == Form.XLSX else csv_lines
    lines = read(file, shape)
    for heading in lines:
        if any(cell.strip() for cell in heading):
            # A name may be broken into lines to fit its column.
            yield [" ".join(cell.split()) for cell in heading]
            break
    yield from lines


def csv_lines(file: IO[bytes], shape: Shape) -> Iterator[list[str]]:
    text = io.TextIOWrapper(file, encoding=shape.encoding, newline="")
    row = -1
    try:
        for row, cells in enumerate(csv.reader(text, delimiter=shape.delimiter, strict=True)):
            cells[:1] = [cell.removeprefix("\ufeff") if row == 0 else cell for cell in cells[:1]]
            yield cells
    except UnicodeDecodeError as error:
        raise Unreadable("encoding", row + 1) from error
    except csv.Error as error:
        raise Unreadable("csv", row + 1) from error


def sheet_lines(file: IO[bytes], _shape: Shape) -> Iterator[list[str]]:
    """Of the first sheet."""
    try:
        refuse_bombs(file)
        book = load_workbook(file, read_only=True, data_only=True)
        for cells in book.worksheets[0].iter_rows(values_only=True):
            yield [text_of(cell) for cell in cells]
    except (zipfile.BadZipFile, InvalidFileException, KeyError, IndexError, SyntaxError) as error:
        raise Unreadable("workbook") from error
    except (ValueError, TypeError, OSError, EOFError, AttributeError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("workbook") from error


def refuse_bombs(file: IO[bytes]) -> None:
    with zipfile.ZipFile(file) as packed:
        sizes = {each.filename: each.file_size for each in packed.infolist()}
    words = sum(size for name, size in sizes.items() if "/worksheets/" not in name)
    if words > MOST_WORDS or sum(sizes.values()) > MOST_UNPACKED:
        raise Unreadable("too_large")
    file.seek(0)


def objects_of(file: IO[bytes], shape: Shape) -> Iterator[dict[str, Any]]:
    """Of an array of objects, or of one object after another; never more than one in memory."""
    text = io.TextIOWrapper(file, encoding=shape.encoding)
    decode, held, row = json.JSONDecoder(strict=False).raw_decode, "", 0
    try:
        while block := text.read(BLOCK):
            held += block.removeprefix("\ufeff") if not row else block
            while held := held.lstrip(" \t\r\n,[]"):
                try:
                    each, end = decode(held)
                except ValueError:
                    break
                if not isinstance(each, dict):
                    raise Unreadable("json", row + 1)
                held, row = held[end:], row + 1
                yield each
            if len(held) > LONGEST_OBJECT:
                raise Unreadable("json", row + 1)
    except UnicodeDecodeError as error:
        raise Unreadable("encoding", row + 1) from error
    except RecursionError as error:
        raise Unreadable("json", row + 1) from error
    if held:
        raise Unreadable("json", row + 1)


def text_of(value: Any) -> str:
    """A cell or a JSON value as text; whole numbers without a fraction, moments as ISO."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
