"""Import the cases of a merged line from a file."""

import time
from math import inf
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from incidents.errors import IncidentError, Refused
from incidents.merged_lines import beginning, keeping, passing
from incidents.merged_lines.faults import sentence
from incidents.merged_lines.reading import Unreadable
from incidents.models import CaseFile, CaseMapping

LISTED = 100
CUT = (CaseFile.State.IMPORTING, CaseFile.State.STOPPED)
PAUSE_S = 0.5


class Command(BaseCommand):
    help = (
        "Import the cases of a merged line (docs/merged-lines.md): check the file, then store its "
        "good rows. Safe to stop and to repeat."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="CSV, XLSX or JSON")
        parser.add_argument("--mapping", required=True, help="the name of a saved mapping")
        parser.add_argument("--check", action="store_true", help="count, and store nothing")
        parser.add_argument(
            "--all-or-none", action="store_true", help="store nothing where a row is faulty"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        mapping = CaseMapping.objects.filter(name=options["mapping"]).first()
        if mapping is None:
            names = ", ".join(CaseMapping.objects.values_list("name", flat=True)) or "-"
            raise CommandError(f"mapping: no such mapping; there are: {names}")
        try:
            found = self.kept(options["file"])
            if found.state not in CUT:
                given = {"all_or_none": options["all_or_none"], "here": True}
                passing.work_on(beginning.check(found.pk, mapping, **given), inf)
                found = self.worked(found)
                self.tell(found, "checked")
            if not options["check"]:
                if found.state != CaseFile.State.IMPORTING:
                    passing.work_on(beginning.store(found.pk, here=True), inf)
                self.tell(self.worked(found), "stored")
        except Unreadable as error:
            raise CommandError(f"file: row {error.row}: {sentence(error.what)}") from error
        except OSError as error:
            raise CommandError(f"file: {error}") from error
        except Refused as error:
            raise CommandError(f"{error.field}: {error.message}") from error
        except IncidentError as error:
            raise CommandError(str(error)) from error

    def kept(self, path: Path) -> CaseFile:
        """The file, kept; one of the same bytes whose import was cut is gone on with."""
        with path.open("rb") as source:
            found = keeping.keep(source, path.name)
        earlier = CaseFile.objects.filter(digest=found.digest, state__in=CUT).first()
        if earlier is None:
            return found
        keeping.delete(found)
        found.delete()
        return earlier

    def worked(self, found: CaseFile) -> CaseFile:
        """Until it is done: here, or by whoever has it now."""
        while True:
            found = CaseFile.objects.select_related("mapping").get(pk=found.pk)
            if not found.is_working:
                return found
            self.stderr.write(f"row {found.done}")
            mine = passing.claim(CaseFile.objects.due().filter(pk=found.pk))
            if mine is not None:
                passing.work_on(mine, inf)
            else:
                time.sleep(PAUSE_S)

    def tell(self, found: CaseFile, what: str) -> None:
        if found.problem:
            raise CommandError(f"file: row {found.problem_row}: {sentence(found.problem)}")
        if found.state not in (CaseFile.State.CHECKED, CaseFile.State.IMPORTED):
            raise CommandError("It was stopped; the same command goes on with it.")
        counts = getattr(found, what)
        said = ", ".join(f"{name} {n}" for name, n in counts.items() if isinstance(n, int))
        self.stdout.write(f"{what}: {said}")
        for each in found.faulty.exclude(faults=[])[:LISTED] if what == "checked" else ():
            for field, wrong, value in each.faults:
                told = f"{sentence(wrong)} {value}".strip()
                self.stdout.write(f"row {each.row}: {field}: {told}")
