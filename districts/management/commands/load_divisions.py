import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from districts.errors import LoadRefused
from districts.households import load
from districts.load import load_divisions


class Command(BaseCommand):
    help = "Loads a province's divisions and boundaries; a second run with the same data is free."

    def add_arguments(self, parser: CommandParser) -> None:
        shipped = Path(settings.BASE_DIR) / "fixtures" / "divisions"
        parser.add_argument("folder", nargs="?", type=Path, default=shipped)

    def handle(self, *, folder: Path, **options: Any) -> None:
        started = time.perf_counter()
        try:
            loaded = load_divisions(folder)
        except (LoadRefused, FileNotFoundError) as error:
            raise CommandError(str(error)) from error
        seconds = time.perf_counter() - started
        size = f"{loaded.divisions} divisions, {loaded.leaves} leaves"
        change = f"{loaded.added} boundaries added, {loaded.closed} closed"
        load(folder / "households.csv", again=False)
        self.stdout.write(f"{size}: {change if loaded.is_new else 'unchanged'} ({seconds:.1f} s)")
