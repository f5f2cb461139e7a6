"""Import firms from a CSV file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from enterprises import importing
from enterprises.errors import NotImported


class Command(BaseCommand):
    help = (
        "Import firms from a CSV file in UTF-8 (docs/business-line.md): all of it or nothing. "
        "Known codes are brought up to date, so it may be repeated."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="columns: code,name,sector,size,division,...")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open(encoding="utf-8-sig", newline="") as file:
                done = importing.load(file)
        except OSError as error:
            raise CommandError(f"file: {error}") from error
        except NotImported as error:
            listed = "\n".join(str(each) for each in error.faults)
            raise CommandError(
                f"{listed}\n{error.total} faults (row: field: what); nothing was stored."
            ) from error
        self.stdout.write(f"{done.read} lines: {done.new} new firms, {done.changed} changed")
