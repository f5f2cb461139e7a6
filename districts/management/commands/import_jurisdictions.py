"""Brings in jurisdictions or grid cells from GeoJSON, a zipped Shapefile or a GeoPackage."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from districts import area_imports
from districts.area_imports import Declared
from districts.datums import Datum
from districts.errors import FileRefused, ImportRefused
from districts.fault_words import sentence, why_not_read
from districts.models import AreaImport

MOST_SHOWN = 100


class Command(BaseCommand):
    help = "Reads and checks a file of jurisdictions or cells; with --on it takes effect that day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--kind", required=True, choices=AreaImport.Kind.values)
        parser.add_argument("--datum", required=True, choices=list(Datum))
        parser.add_argument("--source", help="where the file is from; its name if not given")
        parser.add_argument("--owner", default="", help="code of the city or county, not for cells")
        parser.add_argument("--whole", default="", help="code of the division they fill")
        parser.add_argument("--priority", type=int, default=100, help="the lowest speaks first")
        parser.add_argument("--approximate", action="store_true")
        parser.add_argument(
            "--replaces-all", action="store_true", help="the file lists its kind whole"
        )
        parser.add_argument("--code-column", dest="code")
        parser.add_argument("--name-column", dest="name")
        parser.add_argument("--repair", action="store_true", help="mend what is safe to mend")
        parser.add_argument("--on", type=date.fromisoformat, metavar="YYYY-MM-DD",
                            help="takes effect that day; without it only checked")  # fmt: skip

    def handle(self, *, file: Path, on: date | None, **given: Any) -> None:
        try:
            made = area_imports.keep(file, declared(file, given))
            if given["repair"]:
                self.stdout.write(f"{area_imports.repair(made.pk)} areas mended")
            self.show(made)
            if on is not None:
                area_imports.take_effect(made.pk, on, by="command")
        except FileNotFoundError as error:
            raise CommandError(str(error)) from error
        except FileRefused as error:
            raise CommandError(f"{file}: {why_not_read(error)}") from error
        except ImportRefused as error:
            raise CommandError(f"{error.field}: {error.message}") from error
        state = f"in force from {on}" if on else "checked, see /boundaries/"
        self.stdout.write(f"{made.areas.count()} areas: {state}")

    def show(self, made: AreaImport) -> None:
        made.refresh_from_db()
        lines = list(told(made))
        for line in lines[:MOST_SHOWN]:
            self.stderr.write(line)
        if len(lines) > MOST_SHOWN:
            self.stderr.write(f"and {len(lines) - MOST_SHOWN} more")


def declared(file: Path, given: dict[str, Any]) -> Declared:
    return Declared(
        kind=given["kind"],
        datum=Datum(given["datum"]),
        source=given["source"] or file.name,
        by="command",
        owner=given["owner"],
        whole=given["whole"],
        priority=given["priority"],
        approximate=given["approximate"],
        replaces_all=given["replaces_all"],
        columns={name: given[name] for name in ("code", "name") if given[name]},
    )


def told(made: AreaImport) -> Iterator[str]:
    """Each fault with the feature it is about."""
    for fault in made.faults:
        yield f"the file: {sentence(fault)}"
    for area in made.areas.exclude(faults=[]):
        for fault in area.faults:
            yield f"{area.row} {area.code} {area.name}: {sentence(fault)}"
