"""What can be wrong with a file or a row, in a sentence for whoever imports it."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SENTENCES: Mapping[str, str | Promise] = {
    # Of a row.
    "missing": _("It is empty, and must not be."),
    "too_long": _("It is too long."),
    "no_text": _("It has characters that are no text."),
    "unknown": _("This code is not known."),
    "date": _("It is no date that can be read."),
    "future": _("It lies in the future."),
    "order": _("It lies before the step that comes earlier."),
    "number": _("It is no number of degrees."),
    "cells": _("The row has more cells than the heading."),
    "ended": _("Its case has ended here, and the file says something new: nothing was changed."),
    # Of a file.
    "old_excel": _("This is the old form of Excel; save it as .xlsx."),
    "workbook": _("This workbook cannot be read."),
    "too_large": _("This workbook is too large once unpacked; save it as CSV."),
    "encoding": _("It is neither UTF-8 nor GB18030 from here on."),
    "csv": _("A quotation mark does not end here, or a cell has no end."),
    "json": _("Here is no object such as {\"number\": ...}."),
    "no_heading": _("It has no heading, or more than 300 columns."),
    "column_twice": _("Two of its columns have the same name."),
    "away": _("The storage does not answer, or the key is not there; it is tried again."),
    "failed": _("A batch failed three times; the log says why. Continue tries it again."),
}  # fmt: skip


def sentence(what: str) -> str:
    return str(SENTENCES[what])
