from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from districts.errors import LoadRefused
from districts.households import load


class Command(BaseCommand):
    help = "Loads households by division (CSV: division, households, is_estimate, source)."

    def add_arguments(self, parser: CommandParser) -> None:
        shipped = Path(settings.BASE_DIR) / "fixtures" / "divisions" / "households.csv"
        parser.add_argument("file", nargs="?", type=Path, default=shipped)

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            n = load(file, again=True)
        except (LoadRefused, FileNotFoundError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{n} divisions with households")
